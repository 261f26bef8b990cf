package dev.trapframe.emulator.memory;

import static dev.trapframe.emulator.TestMachine.KERNEL_DATA;
import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.TestMachine;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.isa.SegmentRegister;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Source: Intel SDM Vol. 3B, "Debug Registers" and "Breakpoint Field Recognition". */
@DisplayName("A breakpoint of DR0 to DR3")
class DataBreakpointsTest {

    private static final int EXECUTION = 0;
    private static final int WRITES = 1;
    private static final int READS_AND_WRITES = 3;
    private static final int LENGTH_1 = 0;
    private static final int LENGTH_8 = 2;
    private static final long PLACE = KERNEL_DATA + 0x100;

    private final TestMachine machine = TestMachine.inKernelMode();

    /** Enables one breakpoint, locally. */
    private void watch(int breakpoint, int kind, int length, long address) {
        machine.cpu().set(MachineRegister.valueOf("DR" + breakpoint), address);
        machine.cpu().set(MachineRegister.DR7, 0x400 | 1L << 2 * breakpoint | fields(breakpoint, kind, length));
    }

    private static long fields(int breakpoint, int kind, int length) {
        return (kind | (long) length << 2) << 16 + 4 * breakpoint;
    }

    private long hitsOfRead(long linear, int sizeBytes) {
        machine.memory().read(SegmentRegister.DS, linear, sizeBytes);
        return machine.memory().breakpoints().takeHits();
    }

    private long hitsOfWrite(long linear, int sizeBytes) {
        machine.memory().write(SegmentRegister.DS, linear, sizeBytes, 0);
        return machine.memory().breakpoints().takeHits();
    }

    @Test
    @DisplayName("on I/O ports: each of the four, of R/W 2 alone, enabled, with CR4.DE, and told in its own bit")
    void ports() {
        // Bit 0 of CR4 is VME, and of DR7 L0: neither stands for another.
        for (long cr4 : new long[] {0x6a1, 0x6a9}) {
            for (int breakpoint = 0; breakpoint < 4; breakpoint++) {
                for (int kind = 0; kind < 4; kind++) {
                    machine.cpu().set(MachineRegister.CR4, cr4);
                    watch(breakpoint, kind, LENGTH_1, 0x61);
                    DataBreakpoints breakpoints = machine.memory().breakpoints();
                    breakpoints.portAccessed(0x60, 1);
                    breakpoints.portAccessed(0x62, 4);
                    assertThat(breakpoints.hasHits()).isFalse();
                    breakpoints.portAccessed(0x60, 2);
                    boolean met = cr4 == 0x6a9 && kind == 2;
                    assertThat(breakpoints.takeHits())
                            .as("DR%d, R/W %d, CR4 %x", breakpoint, kind, cr4)
                            .isEqualTo(met ? 1L << breakpoint : 0);
                }
            }
        }
        machine.cpu().set(MachineRegister.DR7, 0x400 | fields(2, 2, LENGTH_1) | fields(3, 2, LENGTH_1) | 0xc0);
        machine.cpu().set(MachineRegister.DR2, 0x61);
        machine.cpu().set(MachineRegister.DR3, 0x61);
        machine.memory().breakpoints().portAccessed(0x61, 1);
        assertThat(machine.memory().breakpoints().takeHits())
                .as("DR2 is not enabled")
                .isEqualTo(8);
        machine.cpu().set(MachineRegister.DR7, 0x400 | fields(2, 2, LENGTH_1) | fields(3, 2, LENGTH_1) | 0xf0);
        machine.memory().breakpoints().portAccessed(0x61, 1);
        assertThat(machine.memory().breakpoints().takeHits()).as("both").isEqualTo(12);
    }

    @ParameterizedTest(name = "LEN {0}, at +{1}: {2} bytes at +{3}: {4}")
    @CsvSource({
        "0, 8, 1, 8, true", "0, 8, 1, 7, false", "0, 8, 1, 9, false", "0, 8, 8, 1, true", "0, 8, 8, 0, false",
        "1, 8, 1, 9, true", "1, 8, 1, 10, false", "1, 8, 2, 7, true", "1, 8, 2, 6, false", "1, 9, 1, 8, true",
        "3, 8, 1, 11, true", "3, 8, 1, 12, false", "3, 8, 4, 5, true", "3, 8, 4, 4, false", "3, 11, 1, 8, true",
        "2, 8, 1, 15, true", "2, 8, 1, 16, false", "2, 8, 8, 1, true", "2, 8, 8, 0, false", "2, 15, 1, 8, true"
    })
    @DisplayName("is met by every access that shares a byte with it; the low bits of its address do not count")
    void overlaps(int length, int address, int sizeBytes, int offset, boolean hit) {
        watch(0, READS_AND_WRITES, length, PLACE + address);
        assertThat(hitsOfRead(PLACE + offset, sizeBytes)).isEqualTo(hit ? 1 : 0);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    @DisplayName("has its own address, its own fields in DR7 and its own bit in DR6")
    void hasItsOwnFields(int breakpoint) {
        watch(breakpoint, READS_AND_WRITES, LENGTH_8, PLACE);
        assertThat(hitsOfRead(PLACE, 8)).isEqualTo(1L << breakpoint);
        assertThat(hitsOfRead(PLACE + 8, 8)).isZero();
        watch(breakpoint, EXECUTION, LENGTH_1, PLACE);
        assertThat(machine.memory().breakpoints().atInstruction(PLACE)).isEqualTo(1L << breakpoint);
        assertThat(machine.memory().breakpoints().atInstruction(PLACE + 1)).isZero();
    }

    @ParameterizedTest(name = "R/W {0}: read {1}, write {2}, instruction {3}")
    @CsvSource({"0, 0, 0, 1", "1, 0, 1, 0", "2, 0, 0, 0", "3, 1, 1, 0"})
    @DisplayName("watches what R/W says; I/O is no memory")
    void kinds(int kind, long byRead, long byWrite, long byInstruction) {
        watch(0, kind, LENGTH_1, PLACE);
        assertThat(hitsOfRead(PLACE, 1)).isEqualTo(byRead);
        assertThat(hitsOfWrite(PLACE, 1)).isEqualTo(byWrite);
        assertThat(machine.memory().breakpoints().atInstruction(PLACE)).isEqualTo(byInstruction);
    }

    @ParameterizedTest(name = "L, G = {0}: {1}")
    @CsvSource({"0, 0", "1, 1", "2, 1", "3, 1"})
    @DisplayName("is enabled by L or G")
    void localOrGlobal(long enables, long hits) {
        for (int kind : new int[] {WRITES, EXECUTION}) {
            watch(0, kind, LENGTH_1, PLACE);
            machine.cpu().set(MachineRegister.DR7, 0x400 | enables | fields(0, kind, LENGTH_1));
            assertThat(machine.memory().breakpoints().areEnabled()).isEqualTo(enables != 0);
            long met = kind == WRITES
                    ? hitsOfWrite(PLACE, 1)
                    : machine.memory().breakpoints().atInstruction(PLACE);
            assertThat(met).isEqualTo(hits);
        }
    }

    @Test
    @DisplayName("is one of four: DR7.LE and GE enable no other, and DR6 is no address")
    void isOneOfFour() {
        machine.cpu().set(MachineRegister.DR7, 0x700);
        assertThat(machine.memory().breakpoints().atInstruction(machine.cpu().get(MachineRegister.DR6)))
                .isZero();
    }

    @Test
    @DisplayName("that is met together with others is told with them; all are told once")
    void together() {
        for (int i = 0; i < 4; i++) machine.with(MachineRegister.valueOf("DR" + i), PLACE);
        machine.with(MachineRegister.DR7, 0x4ff);
        assertThat(machine.memory().breakpoints().atInstruction(PLACE)).isEqualTo(0xf);
        machine.cpu().set(MachineRegister.DR7, 0x1111_04ffL);
        machine.memory().write(SegmentRegister.DS, PLACE, 1, 0);
        assertThat(machine.memory().breakpoints().hasHits()).isTrue();
        assertThat(machine.memory().breakpoints().takeHits()).isEqualTo(0xf);
        assertThat(machine.memory().breakpoints().hasHits()).isFalse();
        assertThat(machine.memory().breakpoints().takeHits()).isZero();
    }

    @Test
    @DisplayName("is met by every access to its page, not by the first alone, and by one over a page border")
    void everyAccess() {
        watch(2, READS_AND_WRITES, LENGTH_1, PLACE);
        for (int i = 0; i < 3; i++) {
            assertThat(hitsOfRead(PLACE, 1)).isEqualTo(4);
            assertThat(hitsOfWrite(PLACE, 1)).isEqualTo(4);
            machine.memory().readForWrite(SegmentRegister.DS, PLACE, 1);
            assertThat(machine.memory().breakpoints().takeHits()).isEqualTo(4);
        }
        watch(2, READS_AND_WRITES, LENGTH_1, KERNEL_DATA + 0x1001);
        assertThat(hitsOfRead(KERNEL_DATA + 0xffe, 4)).isEqualTo(4);
        assertThat(hitsOfWrite(KERNEL_DATA + 0xffe, 4)).isEqualTo(4);
    }
}
