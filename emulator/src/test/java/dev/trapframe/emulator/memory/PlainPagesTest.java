package dev.trapframe.emulator.memory;

import static dev.trapframe.emulator.TestMachine.KERNEL_DATA;
import static dev.trapframe.emulator.TestMachine.USER_DATA;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.trapframe.emulator.TestMachine;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.state.Cr0;
import dev.trapframe.emulator.state.Rflags;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The table of plain pages in front of the TLB must never show: what is used often behaves as at the first time. */
@DisplayName("A page that is used again and again")
class PlainPagesTest {

    private static final long OTHER = 0x1_0000;
    private static final long ENTRY = 0x4000 + 8 * (KERNEL_DATA >>> 12);
    /** This page and the last page of all share a place in the table. */
    private static final long SAME_PLACE = 0x3_4000;

    private static final long LAST_PAGE = -0x1000;

    private final TestMachine machine = TestMachine.inKernelMode();

    /** What sits between two uses of a page. */
    private static final List<Arguments> FORGETTING = List.of(
            action("INVLPG", memory -> memory.invalidate(KERNEL_DATA)),
            action("INVPCID", memory -> memory.invalidate(0, KERNEL_DATA)),
            action("a flush of the PCID", memory -> memory.flushTlb(0, true)),
            action("a flush of everything", memory -> memory.flushTlb(true)));

    private static Arguments action(String name, Consumer<LinearMemory> action) {
        return Arguments.of(name, action);
    }

    private void use(long linear) {
        for (int i = 0; i < 2; i++) {
            machine.memory().write(SegmentRegister.DS, linear, 8, 0x1111);
            machine.memory().read(SegmentRegister.DS, linear, 8);
        }
    }

    @ParameterizedTest(name = "{1} bytes at offset {0}: {2}")
    @CsvSource({"0, 8, true", "4088, 8, true", "4089, 8, false", "4095, 1, true", "4095, 2, false", "4092, 4, true"})
    @DisplayName("gives its bytes to those who ask for them, as far as it goes")
    void plainBytes(int offset, int sizeBytes, boolean within) {
        LinearMemory memory = machine.memory();
        assertThat(memory.plainToRead(KERNEL_DATA + offset, sizeBytes)).isNull();
        use(KERNEL_DATA);
        byte[] bytes = memory.plainToRead(KERNEL_DATA + offset, sizeBytes);
        if (within)
            assertThat(bytes).startsWith(0x11, 0x11).isSameAs(memory.plainToWrite(KERNEL_DATA + offset, sizeBytes));
        else assertThat(bytes).isNull();
        if (!within)
            assertThat(memory.plainToWrite(KERNEL_DATA + offset, sizeBytes)).isNull();
        assertThat(memory.plainToRead(KERNEL_DATA - 0x1000 + offset, 1)).isNull();
        assertThat(memory.plainToWrite(KERNEL_DATA - 0x1000 + offset, 1)).isNull();
    }

    @Test
    @DisplayName("gives its bytes for writing only after a write, not where code is, and not while others hold them")
    void plainBytesToWrite() {
        LinearMemory memory = machine.memory();
        use(KERNEL_DATA);
        memory.flushTlb(true);
        memory.read(SegmentRegister.DS, KERNEL_DATA, 8);
        assertThat(memory.plainToRead(KERNEL_DATA, 8)).isNotNull();
        assertThat(memory.plainToWrite(KERNEL_DATA, 8)).isNull();
        use(KERNEL_DATA);
        machine.physicalMemory().watch(KERNEL_DATA + 0x20, 1);
        assertThat(memory.plainToWrite(KERNEL_DATA + 0x19, 8)).isNull();
        assertThat(memory.plainToWrite(KERNEL_DATA + 0x18, 8)).isNotNull();
        assertThat(memory.plainToWrite(KERNEL_DATA + 0x30, 8)).isNotNull();
        machine.physicalMemory().pages();
        assertThat(memory.plainToWrite(KERNEL_DATA + 0x30, 8)).isNull();
    }

    @Test
    @DisplayName("gives its bytes no more once a right has changed and it was settled; else it goes on to")
    void settles() {
        LinearMemory memory = machine.memory();
        memory.settlePlainPages();
        use(KERNEL_DATA);
        memory.settlePlainPages();
        assertThat(memory.plainToRead(KERNEL_DATA, 8)).isNotNull();
        machine.cpu().set(MachineRegister.CR4, 0x6a1);
        memory.settlePlainPages();
        assertThat(memory.plainToRead(KERNEL_DATA, 8)).isNull();
        use(KERNEL_DATA);
        assertThat(memory.plainToRead(KERNEL_DATA, 8)).isNotNull();
    }

    @Test
    @DisplayName("is known for fetches once one was made there, as long as that is permitted")
    void knownFetch() {
        LinearMemory memory = machine.memory();
        assertThat(memory.knownFetch(0x8123)).isEqualTo(-1);
        memory.translateFetch(0x8000);
        assertThat(memory.knownFetch(0x8123)).isEqualTo(0x8123);
        machine.physicalMemory().write(ENTRY, -1, 8, OTHER | 3);
        memory.translateFetch(KERNEL_DATA);
        assertThat(memory.knownFetch(KERNEL_DATA + 0xfff)).isEqualTo(OTHER + 0xfff);
        assertThat(memory.knownFetch(0x8000_0000_0000_8123L))
                .as("not canonical")
                .isEqualTo(-1);
        machine.cpu().setCpl(3);
        assertThat(memory.knownFetch(0x8123)).as("for the supervisor alone").isEqualTo(-1);
        machine.cpu().setCpl(0);
        machine.cpu().set(MachineRegister.CR0, 0x11);
        machine.cpu().set(MachineRegister.EFER, 0);
        assertThat(memory.knownFetch(0x1_0012_3456L)).as("without paging").isEqualTo(0x12_3456);
    }

    @ParameterizedTest(name = "{0}")
    @FieldSource("FORGETTING")
    @DisplayName("is another page after its entry has changed and the TLB was told")
    void isForgotten(String name, Consumer<LinearMemory> action) {
        use(KERNEL_DATA);
        int generation = machine.memory().tlbGeneration();
        machine.physicalMemory().write(ENTRY, -1, 8, OTHER | 3);
        machine.physicalMemory().write(OTHER, -1, 8, 0x2222);
        action.accept(machine.memory());
        assertThat(machine.memory().tlbGeneration()).isGreaterThan(generation);
        assertThat(machine.memory().read(SegmentRegister.DS, KERNEL_DATA, 8)).isEqualTo(0x2222);
        machine.memory().write(SegmentRegister.DS, KERNEL_DATA, 8, 0x3333);
        assertThat(machine.physicalMemory().read(OTHER, 8)).isEqualTo(0x3333);
    }

    @ParameterizedTest(name = "{0}")
    @FieldSource("FORGETTING")
    @DisplayName("is another page to the first write after it too, and to a read-modify-write")
    void isForgottenByWrites(String name, Consumer<LinearMemory> action) {
        use(KERNEL_DATA);
        machine.physicalMemory().write(ENTRY, -1, 8, OTHER | 3);
        machine.physicalMemory().write(OTHER, -1, 8, 0x2222);
        action.accept(machine.memory());
        machine.memory().write(SegmentRegister.DS, KERNEL_DATA + 8, 8, 0x3333);
        assertThat(machine.physicalMemory().read(OTHER + 8, 8)).isEqualTo(0x3333);

        use(KERNEL_DATA);
        machine.physicalMemory().write(ENTRY, -1, 8, KERNEL_DATA | 3);
        machine.physicalMemory().write(KERNEL_DATA + 16, -1, 8, 0x4444);
        action.accept(machine.memory());
        assertThat(machine.memory().readForWrite(SegmentRegister.DS, KERNEL_DATA + 16, 8))
                .isEqualTo(0x4444);
    }

    @Test
    @DisplayName("is not page 0, which is absent, after everything was forgotten")
    void pageZero() {
        use(KERNEL_DATA);
        machine.memory().flushTlb(true);
        assertThatExceptionOfType(Fault.class)
                .isThrownBy(() -> machine.memory().read(SegmentRegister.DS, 0, 8))
                .withMessage("#PF(0x0)");
        assertThatExceptionOfType(Fault.class)
                .isThrownBy(() -> machine.memory().write(SegmentRegister.DS, 0, 8, 0))
                .withMessage("#PF(0x2)");
        assertThatExceptionOfType(Fault.class)
                .isThrownBy(() -> machine.memory().readForWrite(SegmentRegister.DS, 0, 8))
                .withMessage("#PF(0x2)");
    }

    @Test
    @DisplayName("belongs to the context that used it: another CR3 has another page there")
    void anotherContext() {
        use(KERNEL_DATA);
        machine.physicalMemory().write(ENTRY, -1, 8, OTHER | 3);
        machine.memory().replayTlb(machine.memory().tlb().get(0), false);
        int generation = machine.memory().tlbGeneration();
        machine.memory().switchContext();
        assertThat(machine.memory().tlbGeneration()).isGreaterThan(generation);
        assertThat(machine.memory().read(SegmentRegister.DS, KERNEL_DATA, 8)).isZero();
    }

    @Test
    @DisplayName("is another page when the TLB was full and the oldest translation had to go")
    void evicted() {
        use(KERNEL_DATA);
        machine.physicalMemory().write(ENTRY, -1, 8, OTHER | 3);
        for (int i = 0; i < 4; i++) machine.physicalMemory().write(0x3008 + 8 * i, -1, 8, 0x83);
        int generation = machine.memory().tlbGeneration();
        for (long page = 0; page < Tlb.CAPACITY; page++) machine.memory().readSystem(0x20_0000 + 4096 * page, 8);
        assertThat(machine.memory().tlbGeneration()).isEqualTo(generation + 1);
        assertThat(machine.memory().read(SegmentRegister.DS, KERNEL_DATA, 8)).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 4, 8})
    @DisplayName("ends where it ends: an access that goes on by one byte has its last byte in the next page")
    void pageBorder(int sizeBytes) {
        use(KERNEL_DATA);
        long linear = KERNEL_DATA + 0x1001 - sizeBytes;
        long value = 0x8877_6655_4433_2211L >>> 64 - 8 * sizeBytes;
        machine.memory().write(SegmentRegister.DS, linear, sizeBytes, value);
        assertThat(machine.memory().read(SegmentRegister.DS, linear, sizeBytes)).isEqualTo(value);
        assertThat(machine.memory().readForWrite(SegmentRegister.DS, linear, sizeBytes))
                .isEqualTo(value);
        assertThat(machine.physicalMemory().read(KERNEL_DATA + 0x1000, 1)).isEqualTo(0x88);
    }

    @Test
    @DisplayName("is read where its bytes are, by reads and by read-modify-writes")
    void offsets() {
        use(OTHER);
        use(KERNEL_DATA);
        for (long page : new long[] {OTHER, KERNEL_DATA}) {
            for (int offset = 0; offset < 0x1000; offset += 0x7f8) {
                machine.memory().write(SegmentRegister.DS, page + offset, 8, page + offset);
                assertThat(machine.memory().read(SegmentRegister.DS, page + offset, 8))
                        .isEqualTo(page + offset);
                assertThat(machine.memory().readForWrite(SegmentRegister.DS, page + offset, 8))
                        .isEqualTo(page + offset);
            }
        }
    }

    @Test
    @DisplayName("is not the last page of all, however alike their places are")
    void lastPage() {
        for (long table = 0x1000; table < 0x4000; table += 0x1000) machine.withQuadword(table + 0xff8, table + 0x1007);
        machine.withQuadword(SAME_PLACE, 63).withQuadword(0x1f_f000, 511).withQuadword(0x1f_f008, 512);
        machine.physicalMemory().write(SAME_PLACE + 16, -1, 8, 0);
        machine.physicalMemory().write(0x1f_f010, -1, 8, 0);
        for (int i = 0; i < 3; i++) {
            assertThat(machine.memory().read(SegmentRegister.DS, SAME_PLACE, 8)).isEqualTo(63);
            assertThat(machine.memory().read(SegmentRegister.DS, LAST_PAGE, 8)).isEqualTo(511);
            assertThat(machine.memory().read(SegmentRegister.DS, LAST_PAGE + 8, 8))
                    .isEqualTo(512);
        }
        for (int i = 0; i < 3; i++) {
            assertThat(machine.memory().readForWrite(SegmentRegister.DS, SAME_PLACE, 8))
                    .isEqualTo(63);
            assertThat(machine.memory().readForWrite(SegmentRegister.DS, LAST_PAGE, 8))
                    .isEqualTo(511);
            assertThat(machine.memory().readForWrite(SegmentRegister.DS, LAST_PAGE + 8, 8))
                    .isEqualTo(512);
        }
        for (long i = 1; i < 4; i++) {
            machine.memory().write(SegmentRegister.DS, SAME_PLACE, 8, i);
            machine.memory().write(SegmentRegister.DS, LAST_PAGE, 8, -i);
            machine.memory().write(SegmentRegister.DS, LAST_PAGE + 8, 8, -i);
            assertThat(machine.physicalMemory().read(SAME_PLACE, 8)).isEqualTo(i);
            assertThat(machine.physicalMemory().read(0x1f_f000, 8)).isEqualTo(-i);
        }
    }

    @Test
    @DisplayName("by the processor itself stays closed to the user")
    void implicitAccesses() {
        TestMachine user = TestMachine.inUserMode();
        user.memory().readSystem(KERNEL_DATA, 8);
        user.memory().writeSystem(KERNEL_DATA, 8, 5);
        assertThatExceptionOfType(Fault.class)
                .isThrownBy(() -> user.memory().read(SegmentRegister.DS, KERNEL_DATA, 8))
                .withMessage("#PF(0x5)");
        assertThatExceptionOfType(Fault.class)
                .isThrownBy(() -> user.memory().write(SegmentRegister.DS, KERNEL_DATA, 8, 0))
                .withMessage("#PF(0x7)");
    }

    @Test
    @DisplayName("by the kernel stays closed to the user, also after the user has used another")
    void privilegeLevels() {
        machine.withQuadword(USER_DATA, 1);
        use(KERNEL_DATA);
        machine.cpu().setCpl(3);
        machine.memory().read(SegmentRegister.DS, USER_DATA, 8);
        assertThatExceptionOfType(Fault.class)
                .isThrownBy(() -> machine.memory().read(SegmentRegister.DS, KERNEL_DATA, 8))
                .withMessage("#PF(0x5)");
        assertThatExceptionOfType(Fault.class)
                .isThrownBy(() -> machine.memory().write(SegmentRegister.DS, KERNEL_DATA, 8, 1))
                .withMessage("#PF(0x7)");
    }

    @Test
    @DisplayName("is still checked for alignment. SDM Vol. 3A, Interrupt 17 - Alignment Check Exception (#AC)")
    void alignment() {
        TestMachine user = TestMachine.inUserMode()
                .with(MachineRegister.CR0, 0x8001_0033L | Cr0.AM)
                .with(MachineRegister.RFLAGS, 2 | Rflags.AC);
        for (int i = 0; i < 2; i++) {
            user.memory().write(SegmentRegister.DS, USER_DATA, 4, 1);
            user.memory().read(SegmentRegister.DS, USER_DATA, 4);
        }
        assertThatExceptionOfType(Fault.class)
                .isThrownBy(() -> user.memory().read(SegmentRegister.DS, USER_DATA + 2, 4))
                .withMessage("#AC(0x0)");
        assertThatExceptionOfType(Fault.class)
                .isThrownBy(() -> user.memory().write(SegmentRegister.DS, USER_DATA + 2, 4, 1))
                .withMessage("#AC(0x0)");
        assertThatExceptionOfType(Fault.class)
                .isThrownBy(() -> user.memory().readForWrite(SegmentRegister.DS, USER_DATA + 2, 4))
                .withMessage("#AC(0x0)");
    }

    @Test
    @DisplayName("gets its dirty bit by the first write, however often it was read before")
    void dirty() {
        machine.physicalMemory().write(KERNEL_DATA, -1, 8, 1);
        for (int i = 0; i < 3; i++) machine.memory().read(SegmentRegister.DS, KERNEL_DATA, 8);
        assertThat(machine.physicalMemory().read(ENTRY, 8)).isEqualTo(KERNEL_DATA | 0x23);
        machine.memory().write(SegmentRegister.DS, KERNEL_DATA, 8, 1);
        assertThat(machine.physicalMemory().read(ENTRY, 8)).isEqualTo(KERNEL_DATA | 0x63);
    }

    @Test
    @DisplayName(
            "by writes neither changes bytes that were handed out nor is written before its watcher has heard of it")
    void sharedAndWatched() {
        use(KERNEL_DATA);
        byte[] handedOut = machine.physicalMemory().pages().get(KERNEL_DATA);
        machine.memory().write(SegmentRegister.DS, KERNEL_DATA, 8, 0x77);
        assertThat(handedOut[0]).isEqualTo((byte) 0x11);

        StringBuilder heard = new StringBuilder();
        machine.physicalMemory().setWatcher(page -> heard.append(page));
        machine.physicalMemory().watch(KERNEL_DATA + 0x30, 3);
        for (int offset : new int[] {0x28, 0x40})
            machine.memory().write(SegmentRegister.DS, KERNEL_DATA + offset, 8, 1);
        assertThat(heard).as("beside what is watched").isEmpty();
        machine.memory().write(SegmentRegister.DS, KERNEL_DATA + 0x29, 8, 0x78);
        assertThat(heard).as("over its beginning").hasToString("15");
        machine.memory().write(SegmentRegister.DS, KERNEL_DATA + 0x30, 8, 0x78);
        assertThat(heard).as("once").hasToString("15");
    }
}
