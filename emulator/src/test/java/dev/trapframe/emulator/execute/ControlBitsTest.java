package dev.trapframe.emulator.execute;

import static dev.trapframe.emulator.execute.TestContext.memory;
import static dev.trapframe.emulator.execute.TestContext.register;
import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.isa.DebugRegisterOperand;
import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.Mnemonic;
import dev.trapframe.emulator.isa.Operand;
import dev.trapframe.emulator.isa.RegisterFile;
import dev.trapframe.emulator.isa.VectorRegisterOperand;
import dev.trapframe.emulator.state.Cr4;
import dev.trapframe.emulator.state.Rflags;
import java.util.Locale;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Which bit of CR0, CR4 and RFLAGS lets an instruction run, and that no other does. Source: Intel SDM Vol. 3A, "Control
 * Registers", and the instructions' pages.
 */
@DisplayName("One bit decides, and no other:")
class ControlBitsTest {

    private static final long CR0 = 0x8005_0033L;
    private static final long CR4 = 0x6a0;
    /** CR4.VME and RFLAGS.CF: the bits 0 of their registers. */
    private static final long BIT_0 = 1;

    private final TestContext context = new TestContext();

    private String run(String instruction) {
        String[] words = instruction.split(" ");
        Operand[] operands = new Operand[words.length - 1];
        for (int i = 1; i < words.length; i++) operands[i - 1] = operand(words[i]);
        try {
            context.executeSized(
                    Mnemonic.valueOf(words[0]), operands.length == 0 ? 8 : operands[0].sizeBytes(), operands);
            return "none";
        } catch (Fault fault) {
            return fault.getMessage();
        }
    }

    private static Operand operand(String name) {
        return switch (name) {
            case "m16" -> memory(0x2000, 2);
            case "m32" -> memory(0x2000, 4);
            case "m64" -> memory(0x2000, 8);
            case "m512" -> memory(0x2000, 512);
            case "r32" -> register(GeneralRegister.RBX, 4);
            case "r64" -> register(GeneralRegister.RBX, 8);
            case "xmm" -> new VectorRegisterOperand(RegisterFile.XMM, 1);
            case "dr5" -> new DebugRegisterOperand(5);
            case "dr4" -> new DebugRegisterOperand(4);
            default -> throw new AssertionError(name.toLowerCase(Locale.ROOT));
        };
    }

    @ParameterizedTest(name = "{0}: CR4 bit {1}, without {2}, with {3}")
    @CsvSource({
        "RDFSBASE r64, 16, #UD, none",
        "WRGSBASE r64, 16, #UD, none",
        "RDPKRU, 22, #UD, none",
        "WRPKRU, 22, #UD, none",
        "RDTSC, 2, none, #GP(0x0)",
        "RDTSCP, 2, none, #GP(0x0)",
        "SGDT m64, 11, none, #GP(0x0)",
        "SLDT r32, 11, none, #GP(0x0)",
        "SMSW r32, 11, none, #GP(0x0)",
        "XGETBV, 18, #UD, none",
        "LDMXCSR m32, 9, #UD, none",
        "STMXCSR m32, 9, #UD, none",
        "MOVUPS xmm xmm, 9, #UD, none",
        "CLI, 1, #GP(0x0), none",
        "STI, 1, #GP(0x0), none",
        "MOV r64 dr4, 3, #GP(0x0), #UD",
        "MOV r64 dr5, 3, #GP(0x0), #UD"
    })
    @DisplayName("CR4, at CPL 3")
    void controlRegister4(String instruction, int bit, String without, String with) {
        long others = (CR4 & ~(1L << bit)) | BIT_0;
        context.cpu().set(MachineRegister.CR4, others);
        context.cpu().setCpl(3);
        context.set(GeneralRegister.RCX, 0);
        assertThat(run(instruction)).isEqualTo(without);
        context.cpu().set(MachineRegister.CR4, CR4 & ~BIT_0 | 1L << bit);
        assertThat(run(instruction)).isEqualTo(with);
    }

    @ParameterizedTest(name = "{0}, CR0 flags MP EM TS = {1}: {2}")
    @CsvSource({
        "FNOP, 2, none",
        "FNOP, 4, #NM",
        "FNOP, 8, #NM",
        "FWAIT, 2, none",
        "FWAIT, 8, none",
        "FWAIT, 10, #NM",
        "FWAIT, 4, none",
        "FWAIT, 14, #NM",
        "FNINIT, 2, none",
        "FNINIT, 4, #NM",
        "FNINIT, 8, #NM",
        "FNCLEX, 4, #NM",
        "FNCLEX, 8, #NM",
        "FNSTCW m16, 4, #NM",
        "FNSTCW m16, 8, #NM",
        "FNSTSW m16, 4, #NM",
        "FLDCW m16, 8, #NM",
        "MOVUPS xmm xmm, 2, none",
        "MOVUPS xmm xmm, 4, #UD",
        "MOVUPS xmm xmm, 8, #NM",
        "MOVUPS xmm xmm, 12, #UD",
        "LDMXCSR m32, 4, #UD",
        "LDMXCSR m32, 8, #NM",
        "STMXCSR m32, 8, #NM",
        "STMXCSR m32, 4, #UD",
        "MOVQ xmm r64, 8, #NM",
        "MOVQ xmm r64, 4, #UD",
        "PXOR xmm xmm, 8, #NM",
        "MOVAPS xmm xmm, 8, #NM",
        "FXSAVE m512, 2, none",
        "FXSAVE m512, 4, #NM",
        "FXSAVE m512, 8, #NM",
        "FXRSTOR m512, 4, #NM",
        "FXRSTOR m512, 8, #NM",
        "CLFLUSH m32, 12, none"
    })
    @DisplayName("CR0.EM and CR0.TS, and for WAIT CR0.MP with TS. SDM Vol. 3A, Interrupt 7 (#NM)")
    void controlRegister0(String instruction, long flags, String expected) {
        context.cpu().set(MachineRegister.CR0, CR0 & ~0xeL | flags);
        context.cpu().set(MachineRegister.CR4, CR4);
        assertThat(run(instruction)).isEqualTo(expected);
    }

    @Test
    @DisplayName("WAIT asks CR0.MP and TS, not PE")
    void waitOutsideProtectedMode() {
        context.cpu().set(MachineRegister.CR0, 0xa);
        assertThat(run("FWAIT")).isEqualTo("#NM");
    }

    @ParameterizedTest(name = "{0}, FSW {1}, FCW {2}: {3}")
    @CsvSource({
        "FNOP, 0x1, 0x37f, none",
        "FNOP, 0x1, 0x37e, #MF",
        "FNOP, 0x20, 0x35f, #MF",
        "FNOP, 0x20, 0x37e, none",
        "FNOP, 0x40, 0x33f, none",
        "FNOP, 0x80, 0x37e, none",
        "FWAIT, 0x4, 0x37b, #MF",
        "FWAIT, 0x4, 0x37f, none",
        "FLDCW m16, 0x8, 0x377, #MF",
        "FNSTCW m16, 0x8, 0x377, none",
        "FNSTSW m16, 0x8, 0x377, none",
        "FNINIT, 0x8, 0x377, none",
        "FNCLEX, 0x8, 0x377, none"
    })
    @DisplayName("an unmasked exception stops waiting x87 instructions. SDM Vol. 3A, Interrupt 16 (#MF)")
    void pendingException(String instruction, String status, String control, String expected) {
        context.cpu().set(MachineRegister.FSW, Long.decode(status));
        context.cpu().set(MachineRegister.FCW, Long.decode(control));
        assertThat(run(instruction)).isEqualTo(expected);
    }

    @ParameterizedTest(name = "{0} at CPL {1} with RFLAGS {2}: {3}")
    @CsvSource({
        "CLI, 1, 0x0003, #GP(0x0)", "CLI, 1, 0x1002, none", "CLI, 2, 0x1003, #GP(0x0)", "CLI, 2, 0x2002, none",
        "CLI, 3, 0x2003, #GP(0x0)", "CLI, 3, 0x3002, none", "STI, 1, 0x0003, #GP(0x0)", "STI, 3, 0x3002, none"
    })
    @DisplayName("IOPL")
    void ioPrivilege(String instruction, int cpl, String rflags, String expected) {
        context.cpu().set(MachineRegister.CR4, CR4);
        context.cpu().setCpl(cpl);
        context.cpu().setRflags(Long.decode(rflags));
        assertThat(run(instruction)).isEqualTo(expected);
    }

    @ParameterizedTest(name = "{0} at CPL {1}, RFLAGS {2}: {3}, then {4}")
    @CsvSource({
        "STI, 3, 0x3, none, 0x80003",
        "STI, 3, 0x100002, #GP(0x0), 0x100002",
        "STI, 2, 0x2, #GP(0x0), 0x2",
        "CLI, 3, 0x180203, none, 0x100203",
        "CLI, 2, 0x2, #GP(0x0), 0x2"
    })
    @DisplayName("CR4.PVI, for CPL 3 alone. SDM Vol. 3B, Protected-Mode Virtual Interrupts")
    void virtualInterrupts(String instruction, int cpl, String rflags, String expected, String after) {
        context.cpu().set(MachineRegister.CR4, CR4 | 2);
        context.cpu().setCpl(cpl);
        context.cpu().setRflags(Long.decode(rflags));
        assertThat(run(instruction)).isEqualTo(expected);
        assertThat(context.cpu().rflags()).isEqualTo(Long.decode(after));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "CLC, 1",
        "CLD, 0x400",
        "CLI, 0x200",
        "CLAC, 0x40000",
        "STC, 1",
        "STD, 0x400",
        "STI, 0x200",
        "STAC, 0x40000",
        "CMC, 1"
    })
    @DisplayName("an instruction for one flag leaves all others, set or clear")
    void oneFlag(String instruction, String flag) {
        long mask = Long.decode(flag);
        long all = 0x3f_7fd7;
        for (long before : new long[] {all, all & ~mask, 2, 2 | mask}) {
            context.cpu().setRflags(before);
            assertThat(run(instruction)).isEqualTo("none");
            boolean sets = instruction.startsWith("ST") || instruction.equals("CMC") && (before & mask) == 0;
            assertThat(context.cpu().rflags()).isEqualTo(sets ? before | mask : before & ~mask);
        }
    }

    @ParameterizedTest(name = "{0} = {1}: {2}")
    @CsvSource({"0x0, none", "0xffff, none", "0x10000, #GP(0x0)", "0x80000000, #GP(0x0)", "0x1f80, none"})
    @DisplayName("LDMXCSR takes 16 bits. SDM Vol. 1, MXCSR Control and Status Register")
    void mxcsr(String value, String expected) {
        context.cpu().set(MachineRegister.CR4, CR4 | Cr4.OSFXSR);
        context.poke(0x2000, 8, 0xff_0000_0000L | Long.decode(value));
        assertThat(run("LDMXCSR m32")).isEqualTo(expected);
        boolean taken = expected.equals("none");
        assertThat(context.cpu().get(MachineRegister.MXCSR)).isEqualTo(taken ? Long.decode(value) : 0x1f80);
        run("STMXCSR m32");
        assertThat(context.peek(0x2000, 8) >>> 32).isEqualTo(0xff);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"FNINIT, 0x37f, 0, 0, 0, 0, 0", "FNCLEX, 0x1f40, 0x7f00, 5, 6, 7, 8"})
    @DisplayName("FNINIT sets every x87 control register, FNCLEX clears the exceptions alone")
    void x87Control(String instruction, String fcw, String fsw, long ftw, long fop, long fip, long fdp) {
        context.cpu().set(MachineRegister.FCW, 0x1f40);
        context.cpu().set(MachineRegister.FSW, 0xffff);
        context.cpu().set(MachineRegister.FTW, 5);
        context.cpu().set(MachineRegister.FOP, 6);
        context.cpu().set(MachineRegister.FIP, 7);
        context.cpu().set(MachineRegister.FDP, 8);
        assertThat(run(instruction)).isEqualTo("none");
        assertThat(context.cpu().get(MachineRegister.FCW)).isEqualTo(Long.decode(fcw));
        assertThat(context.cpu().get(MachineRegister.FSW)).isEqualTo(Long.decode(fsw));
        assertThat(context.cpu().get(MachineRegister.FTW)).isEqualTo(ftw);
        assertThat(context.cpu().get(MachineRegister.FOP)).isEqualTo(fop);
        assertThat(context.cpu().get(MachineRegister.FIP)).isEqualTo(fip);
        assertThat(context.cpu().get(MachineRegister.FDP)).isEqualTo(fdp);
        assertThat(context.cpu().flag(Rflags.CF)).isFalse();
    }
}
