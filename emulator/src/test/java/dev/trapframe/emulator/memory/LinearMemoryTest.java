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
        assertThat(machine.memory().read(SegmentRegister.DS, KERNEL_DATA, sizeBytes))
                .isEqualTo(sizeBytes == 8 ? PATTERN : PATTERN & (1L << 8 * sizeBytes) - 1);
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
