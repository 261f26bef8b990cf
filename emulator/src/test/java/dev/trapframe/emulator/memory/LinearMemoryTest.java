package dev.trapframe.emulator.memory;

import static dev.trapframe.emulator.TestMachine.KERNEL_DATA;
import static dev.trapframe.emulator.TestMachine.USER_DATA;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.trapframe.emulator.TestMachine;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.event.ExceptionVector;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.state.Cr0;
import dev.trapframe.emulator.state.Rflags;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Linear memory")
class LinearMemoryTest {

    private static final long PATTERN = 0xfedc_ba98_7654_3210L;

    private final TestMachine machine = TestMachine.inKernelMode();

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 8})
    @DisplayName("is little-endian and zero-extends")
    void littleEndian(int sizeBytes) {
        machine.memory().write(SegmentRegister.DS, KERNEL_DATA, 8, PATTERN);
        long low = sizeBytes == 8 ? PATTERN : PATTERN & (1L << 8 * sizeBytes) - 1;
        assertThat(machine.memory().read(SegmentRegister.DS, KERNEL_DATA, sizeBytes))
                .isEqualTo(low);
        machine.memory().write(SegmentRegister.DS, KERNEL_DATA, 8, -1);
        machine.memory().write(SegmentRegister.DS, KERNEL_DATA, sizeBytes, PATTERN);
        long rest = sizeBytes == 8 ? 0 : -1L << 8 * sizeBytes;
        assertThat(machine.memory().read(SegmentRegister.DS, KERNEL_DATA, 8)).isEqualTo(rest | low);
    }

    @Test
    @DisplayName("splits an access over a page border between pages that are no neighbours")
    void overAPageBorder() {
        machine.withPageEntry(KERNEL_DATA + 0x1000, 0x20003);
        machine.memory().write(SegmentRegister.DS, KERNEL_DATA + 0xffd, 8, 0x0807_0605_0403_0201L);
        assertThat(machine.physicalMemory().read(KERNEL_DATA + 0xffd, 2)).isEqualTo(0x0201);
        assertThat(machine.physicalMemory().read(0x20000, 4)).isEqualTo(0x0706_0504L);
        assertThat(machine.memory().read(SegmentRegister.DS, KERNEL_DATA + 0xffd, 8))
                .isEqualTo(0x0807_0605_0403_0201L);
    }

    @ParameterizedTest(name = "through {0}: #{1}(0)")
    @CsvSource({"DS, GP", "SS, SS", "GS, GP"})
    @DisplayName("refuses addresses that are not canonical, also where only the last byte is not")
    void nonCanonical(SegmentRegister segment, ExceptionVector vector) {
        for (long linear : new long[] {0x8000_0000_0000L, 0x7fff_ffff_fffcL, 0xffff_7fff_ffff_fff8L}) {
            assertThatExceptionOfType(Fault.class)
                    .isThrownBy(() -> machine.memory().read(segment, linear, 8))
                    .matches(fault ->
                            fault.vector() == vector && fault.errorCode().orElseThrow() == 0);
        }
    }

    @ParameterizedTest(name = "{0}, {1} bytes: {2}")
    @CsvSource({
        "7ffffffffff8, 8, #PF(0x0)",
        "7ffffffffff9, 8, #GP(0x0)",
        "7fffffffffff, 1, #PF(0x0)",
        "800000000000, 1, #GP(0x0)",
        "7ffffffffffe, 2, #PF(0x0)",
        "7fffffffffff, 2, #GP(0x0)",
        "ffff800000000000, 8, #PF(0x0)",
        "ffff7fffffffffff, 1, #GP(0x0)"
    })
    @DisplayName("takes an access as canonical if its first and its last byte are. SDM Vol. 1, Canonical Addressing")
    void canonicalBorder(String linear, int sizeBytes, String fault) {
        long address = Long.parseUnsignedLong(linear, 16);
        assertThat(faultOf(() -> machine.memory().read(SegmentRegister.DS, address, sizeBytes)))
                .isEqualTo(fault);
        assertThat(faultOf(() -> machine.memory().readSystem(address, sizeBytes)))
                .isEqualTo(fault);
        String ofWrites = fault.replace("PF(0x0)", "PF(0x2)");
        assertThat(faultOf(() -> machine.memory().readForWrite(SegmentRegister.DS, address, sizeBytes)))
                .isEqualTo(ofWrites);
        assertThat(faultOf(() -> machine.memory().write(SegmentRegister.DS, address, sizeBytes, 0)))
                .isEqualTo(ofWrites);
        assertThat(faultOf(() -> machine.memory().checkWrite(SegmentRegister.DS, address, sizeBytes)))
                .isEqualTo(ofWrites);
        assertThat(faultOf(() -> machine.memory().writeSystem(address, sizeBytes, 0)))
                .isEqualTo(ofWrites);
    }

    private static String faultOf(Runnable access) {
        try {
            access.run();
            return "none";
        } catch (Fault fault) {
            return fault.getMessage();
        }
    }

    @Test
    @DisplayName("fetches nothing from addresses that are not canonical: #GP(0)")
    void fetchNonCanonical() {
        assertThat(faultOf(() -> machine.memory().translateFetch(0x8000_0000_0000L)))
                .isEqualTo("#GP(0x0)");
        assertThat(machine.memory().translateFetch(KERNEL_DATA + 5)).isEqualTo(KERNEL_DATA + 5);
    }

    @ParameterizedTest(name = "{1} bytes at +{0}: {2}")
    @CsvSource({
        "ff8, 8, none",
        "ff9, 8, #PF(0x2)",
        "fff, 1, none",
        "fff, 2, #PF(0x2)",
        "0, 1000, none",
        "1, 1000, #PF(0x2)",
        "ffffffffffffffff, 2, #PF(0x2)"
    })
    @DisplayName("checks a write of any length without writing: every page of it, and none beyond")
    void checkWrite(String offset, String sizeBytes, String fault) {
        machine.withPageEntry(KERNEL_DATA - 0x1000, 0).withPageEntry(KERNEL_DATA + 0x1000, 0);
        long linear = KERNEL_DATA + Long.parseUnsignedLong(offset, 16);
        int size = Integer.parseInt(sizeBytes, 16);
        assertThat(faultOf(() -> machine.memory().checkWrite(SegmentRegister.DS, linear, size)))
                .isEqualTo(fault);
    }

    @Test
    @DisplayName("checks a write over pages that are there without a word")
    void checkWriteOverPages() {
        for (int sizeBytes : new int[] {2, 0x1001, 0x2001}) {
            assertThat(faultOf(() -> machine.memory().checkWrite(SegmentRegister.DS, KERNEL_DATA + 0xfff, sizeBytes)))
                    .isEqualTo("none");
        }
    }

    @Test
    @DisplayName("needs no page behind the last byte of an access")
    void atTheEndOfAPage() {
        machine.withPageEntry(KERNEL_DATA + 0x1000, 0);
        machine.memory().writeSystem(KERNEL_DATA + 0xff8, 8, PATTERN);
        assertThat(machine.memory().readSystem(KERNEL_DATA + 0xff8, 8)).isEqualTo(PATTERN);
        assertThat(machine.memory().readForWrite(SegmentRegister.DS, KERNEL_DATA + 0xff8, 8))
                .isEqualTo(PATTERN);
    }

    @Test
    @DisplayName("over a page border reads and writes no byte too many, and tells both halves of a write")
    void bothHalves() {
        machine.withPageEntry(KERNEL_DATA + 0x1000, 0x20003)
                .withQuadword(KERNEL_DATA + 0xff8, -1)
                .withQuadword(0x20000, PATTERN);
        assertThat(machine.memory().read(SegmentRegister.DS, KERNEL_DATA + 0xffe, 4))
                .isEqualTo(0x3210_ffffL);
        machine.memory().write(SegmentRegister.DS, KERNEL_DATA + 0xffe, 4, 0);
        HeardChanges heard = HeardChanges.of(machine);
        machine.memory().write(SegmentRegister.DS, KERNEL_DATA + 0xffe, 4, 0x8877_6655L);
        assertThat(heard.take())
                .containsExactly("fffe of fffe, 2 bytes: 0 to 6655", "20000 of 10000, 2 bytes: 0 to 8877");
        assertThat(machine.physicalMemory().read(0x20000, 8)).isEqualTo(0xfedc_ba98_7654_8877L);
    }

    @ParameterizedTest(name = "CR0 {0}, RFLAGS {1}, CPL {2}: {3}")
    @CsvSource({
        "0x80050033, 0x40002, 3, #AC(0x0)",
        "0x80010033, 0x40002, 3, none",
        "0x80050033, 0x3, 3, none",
        "0x80050033, 0x40002, 0, none",
        "0x80050033, 0x40002, 2, none"
    })
    @DisplayName("checks alignment with CR0.AM and RFLAGS.AC at CPL 3 alone. SDM Vol. 3A, Interrupt 17 (#AC)")
    void alignmentConditions(String cr0, String rflags, int cpl, String fault) {
        TestMachine misaligned = TestMachine.inKernelMode()
                .with(MachineRegister.CR0, Long.decode(cr0))
                .with(MachineRegister.RFLAGS, Long.decode(rflags))
                .with(MachineRegister.CPL, cpl);
        for (int sizeBytes : new int[] {2, 4, 8}) {
            long linear = USER_DATA + sizeBytes / 2;
            assertThat(faultOf(() -> misaligned.memory().read(SegmentRegister.DS, linear, sizeBytes)))
                    .isEqualTo(fault);
            assertThat(faultOf(() -> misaligned.memory().read(SegmentRegister.DS, USER_DATA + sizeBytes, sizeBytes)))
                    .isEqualTo("none");
        }
    }

    @Test
    @DisplayName(
            "checks alignment of pushes with the user's rights alone: what delivery pushes for the kernel is aligned")
    void alignmentOfPushes() {
        TestMachine user = TestMachine.inUserMode()
                .with(MachineRegister.CR0, 0x8001_0033L | Cr0.AM)
                .with(MachineRegister.RFLAGS, 2 | Rflags.AC);
        assertThat(faultOf(() -> user.memory().writeAs(Privilege.USER, SegmentRegister.SS, USER_DATA + 4, 8, 0)))
                .isEqualTo("#AC(0x0)");
        assertThat(faultOf(() -> user.memory().writeAs(Privilege.SUPERVISOR, SegmentRegister.SS, USER_DATA + 4, 8, 0)))
                .isEqualTo("none");
        assertThat(faultOf(() -> user.memory().writeAs(Privilege.USER, SegmentRegister.SS, 1L << 47, 8, 0)))
                .isEqualTo("#SS(0x0)");
    }

    @Test
    @DisplayName("checks alignment at CPL 3 with CR0.AM and RFLAGS.AC, before it looks for the page")
    void alignment() {
        TestMachine user = TestMachine.inUserMode()
                .withPageEntry(USER_DATA, 0)
                .with(MachineRegister.CR0, 0x8001_0033L)
                .with(MachineRegister.RFLAGS, 2 | Rflags.AC);
        assertThatExceptionOfType(Fault.class)
                .isThrownBy(() -> user.memory().read(SegmentRegister.DS, USER_DATA + 2, 4))
                .matches(fault -> fault.vector() == ExceptionVector.PF);
        user.cpu().set(MachineRegister.CR0, 0x8001_0033L | Cr0.AM);
        assertThatExceptionOfType(Fault.class)
                .isThrownBy(() -> user.memory().read(SegmentRegister.DS, USER_DATA + 2, 4))
                .matches(fault -> fault.vector() == ExceptionVector.AC);
    }

    @Test
    @DisplayName("follows CPL: what the kernel has just read, the user still may not")
    void followsThePrivilegeLevel() {
        machine.memory().write(SegmentRegister.DS, KERNEL_DATA, 8, 1);
        assertThat(machine.memory().read(SegmentRegister.DS, KERNEL_DATA, 8)).isEqualTo(1);
        machine.cpu().setCpl(3);
        assertThatExceptionOfType(Fault.class)
                .isThrownBy(() -> machine.memory().read(SegmentRegister.DS, KERNEL_DATA, 8));
    }

    @Test
    @DisplayName("reads ones beyond RAM and loses what is written there")
    void beyondRam() {
        machine.withPageEntry(KERNEL_DATA, 0x1000_0003L);
        machine.memory().write(SegmentRegister.DS, KERNEL_DATA, 8, 5);
        assertThat(machine.memory().read(SegmentRegister.DS, KERNEL_DATA, 8)).isEqualTo(-1);
        assertThat(machine.memory().read(SegmentRegister.DS, KERNEL_DATA, 2)).isEqualTo(0xffff);
    }
}
