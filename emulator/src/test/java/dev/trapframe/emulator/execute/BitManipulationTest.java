package dev.trapframe.emulator.execute;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.Machine;
import dev.trapframe.emulator.TestMachine;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.state.Rflags;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The codes read RCX and RBX and write RAX. */
@DisplayName("BMI1 and BMI2")
class BitManipulationTest {

    private static Machine run(String code, String rcx, String rbx) {
        Machine machine = TestMachine.inKernelMode()
                .withCode(code)
                .with(MachineRegister.RAX, 0x7777_7777_7777_7777L)
                .with(MachineRegister.RCX, Long.parseUnsignedLong(rcx, 16))
                .with(MachineRegister.RBX, Long.parseUnsignedLong(rbx, 16))
                .with(MachineRegister.RDX, Long.parseUnsignedLong(rcx, 16))
                .with(MachineRegister.RFLAGS, Rflags.STATUS | 2)
                .machine();
        machine.step();
        return machine;
    }

    private static String hex(Machine machine, MachineRegister register) {
        return Long.toHexString(machine.view().register(register));
    }

    @ParameterizedTest
    @CsvSource({
        "c4 e2 60 f2 c1, ff00ff00ff00ff00, f0f0f0f0, f000f00", // andn %ecx,%ebx,%eax
        "c4 e2 e0 f2 c1, ff00ff00ff00ff00, f0f0f0f0, ff00ff000f000f00",
        "c4 e2 60 f7 c1, 12345678, 804, 67", // bextr %ebx,%ecx,%eax
        "c4 e2 60 f7 c1, 12345678, ff04, 1234567",
        "c4 e2 60 f7 c1, 12345678, 820, 0",
        "c4 e2 e0 f7 c1, 123456789abcdef0, 4008, 123456789abcde",
        "c4 e2 78 f3 d9, 50, 0, 10", // blsi %ecx,%eax
        "c4 e2 78 f3 d1, 50, 0, 1f", // blsmsk
        "c4 e2 78 f3 c9, 50, 0, 40", // blsr
        "c4 e2 78 f3 d1, 0, 0, ffffffff",
        "c4 e2 60 f5 c1, ffffffff, c, fff", // bzhi %ebx,%ecx,%eax
        "c4 e2 60 f5 c1, ffffffff, 20, ffffffff",
        "c4 e2 e0 f5 c1, ffffffffffffffff, 3f, 7fffffffffffffff",
        "c4 e2 73 f5 c3, abcd, f0f0f0f0, a0b0c0d0", // pdep %ebx,%ecx,%eax
        "c4 e2 72 f5 c3, 12345678, f0f0f0f, 2468", // pext
        "c4 e3 7b f0 c1 08, 12345678, 0, 78123456", // rorx $8,%ecx,%eax
        "c4 e3 fb f0 c1 28, 12345678, 0, 12345678000000",
        "c4 e2 62 f7 c1, 80000000, 24, f8000000", // sarx %ebx,%ecx,%eax: 36 is 4
        "c4 e2 61 f7 c1, 80000001, 1, 2", // shlx
        "c4 e2 63 f7 c1, 80000000, 1f, 1", // shrx
        "c4 e2 e3 f7 c1, 8000000000000000, 3f, 1",
        "c4 e2 fb f6 c3, ffffffffffffffff, ffffffffffffffff, fffffffffffffffe", // mulx %rbx,%rax,%rax
    })
    @DisplayName("compute what the manual's operation sections say")
    void results(String code, String rcx, String rbx, String expected) {
        assertThat(hex(run(code, rcx, rbx), MachineRegister.RAX)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "c4 e2 60 f2 c1, 80000000, 0, S", // andn; PF of the low byte 0
        "c4 e2 60 f2 c1, 1, 1, Z",
        "c4 e2 60 f7 c1, 1, 0, Z", // bextr of no bits
        "c4 e2 78 f3 d9, 0, 0, Z", // blsi: CF says that there was a bit
        "c4 e2 78 f3 d9, 80000000, 0, SC",
        "c4 e2 78 f3 d1, 0, 0, SC", // blsmsk never sets ZF
        "c4 e2 78 f3 c9, 0, 0, ZC", // blsr
        "c4 e2 78 f3 c9, 8, 0, Z",
        "c4 e2 60 f5 c1, 1, 20, C", // bzhi: the index is beyond the operand
        "c4 e2 60 f5 c1, 1, 1f, ''",
    })
    @DisplayName("set CF, ZF, SF and clear OF as the manual says")
    void flags(String code, String rcx, String rbx, String set) {
        long flags = run(code, rcx, rbx).view().register(MachineRegister.RFLAGS);
        assertThat((flags & Rflags.ZF) != 0).isEqualTo(set.contains("Z"));
        assertThat((flags & Rflags.SF) != 0).isEqualTo(set.contains("S"));
        assertThat((flags & Rflags.CF) != 0).isEqualTo(set.contains("C"));
        assertThat(flags & Rflags.OF).isZero();
    }

    @ParameterizedTest
    @CsvSource({"c4 e2 73 f6 c3", "c4 e2 73 f5 c3", "c4 e2 72 f5 c3", "c4 e3 7b f0 c1 08", "c4 e2 62 f7 c1"})
    @DisplayName("MULX, PDEP, PEXT, RORX and the shifts without flags change no flag")
    void noFlags(String code) {
        assertThat(run(code, "12", "34").view().register(MachineRegister.RFLAGS) & Rflags.STATUS)
                .isEqualTo(Rflags.STATUS);
    }

    @Test
    @DisplayName("MULX writes the low half to the second operand")
    void mulx() {
        Machine machine = run("c4 e2 73 f6 c3", "80000000", "6"); // mulx %ebx,%ecx,%eax
        assertThat(hex(machine, MachineRegister.RAX)).isEqualTo("3");
        assertThat(hex(machine, MachineRegister.RCX)).isEqualTo("0");
    }
}
