package dev.trapframe.emulator.execute;

import static dev.trapframe.emulator.execute.TestContext.immediate;
import static dev.trapframe.emulator.execute.TestContext.memory;
import static dev.trapframe.emulator.execute.TestContext.register;
import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.TestMachine;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MicroOp;
import dev.trapframe.emulator.api.MicroStep;
import dev.trapframe.emulator.api.Processor;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.Mnemonic;
import dev.trapframe.emulator.isa.Operand;
import dev.trapframe.emulator.state.Rflags;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Registers that an instruction does not name: how much of them it reads and writes, and at which CPL it may. */
@DisplayName("Registers that are not named")
class ImplicitRegistersTest {

    private static final long ABOVE_8 = 0x1122_3344_5566_0000L;

    private final TestContext context = new TestContext();

    private String faultOf(Mnemonic mnemonic, Operand... operands) {
        try {
            context.execute(mnemonic, operands);
            return "none";
        } catch (Fault fault) {
            return fault.getMessage();
        }
    }

    @ParameterizedTest(name = "{0} of AX {1} by {2}: AX {3}")
    @CsvSource({
        "MUL, 0xff10, 0x30, 0x300",
        "IMUL, 0x00f0, 0x10, 0xff00",
        "DIV, 0x0131, 0x30, 0x1106",
        "IDIV, 0xfff9, 0x2, 0xfffd",
        "IDIV, 0x0007, 0xfe, 0x1fd"
    })
    @DisplayName("AX alone is read and written where the operand is a byte. SDM Vol. 2A, DIV, IDIV, IMUL; Vol. 2B, MUL")
    void bytes(Mnemonic mnemonic, String ax, String operand, String result) {
        context.set(GeneralRegister.RAX, ABOVE_8 | Long.decode(ax));
        context.set(GeneralRegister.RBX, Long.decode(operand));
        assertThat(faultOf(mnemonic, register(GeneralRegister.RBX, 1))).isEqualTo("none");
        assertThat(context.get(GeneralRegister.RAX)).isEqualTo(ABOVE_8 | Long.decode(result));
    }

    @ParameterizedTest(name = "{0} {1}, AX {2}, flags {3}: AX {4}, flags {5}")
    @CsvSource({
        "DAS, 0, 0x0006, 0x12, 0x0000, 0x56", "DAS, 0, 0x0005, 0x12, 0x00ff, 0x97",
                "DAS, 0, 0x000a, 0x02, 0x0004, 0x12",
        "AAA, 0, 0x0009, 0x02, 0x0009, 0x02", "AAA, 0, 0x000a, 0x02, 0x0100, 0x13",
                "AAA, 0, 0x0010, 0x02, 0x0000, 0x02",
        "AAS, 0, 0x0209, 0x02, 0x0209, 0x02", "AAS, 0, 0x020a, 0x02, 0x0104, 0x13",
                "AAM, 10, 0x0063, 0x03, 0x0909, 0x07",
        "AAM, 10, 0x0063, 0x02, 0x0909, 0x06", "AAD, 10, 0x0c14, 0x03, 0x008c, 0x83",
                "AAD, 10, 0x0909, 0x02, 0x0063, 0x06"
    })
    @DisplayName("AL and AX of the decimal adjustments. SDM Vol. 2A, AAA, AAD, AAM, AAS, DAS")
    void decimal(Mnemonic mnemonic, int base, String ax, String flags, String result, String after) {
        long defined = switch (mnemonic) {
            case AAA, AAS -> Rflags.CF | Rflags.AF;
            default -> Rflags.STATUS & ~Rflags.OF;
        };
        context.set(GeneralRegister.RAX, ABOVE_8 | Long.decode(ax));
        context.cpu().setRflags(Long.decode(flags));
        Operand[] operands = base == 0 ? new Operand[0] : new Operand[] {immediate(base, 1)};
        assertThat(faultOf(mnemonic, operands)).isEqualTo("none");
        assertThat(context.get(GeneralRegister.RAX)).isEqualTo(ABOVE_8 | Long.decode(result));
        assertThat(context.cpu().rflags() & defined).isEqualTo(Long.decode(after) & defined);
    }

    @ParameterizedTest(name = "RCX {0}, RDX {1}: {2}")
    @CsvSource({
        "0x100000000, 0x100000000, none",
        "0x1, 0, #GP(0x0)",
        "0x80000000, 0, #GP(0x0)",
        "0, 0x1, #GP(0x0)",
        "0, 0x80000000, #GP(0x0)"
    })
    @DisplayName("WRPKRU wants ECX and EDX to be 0. SDM Vol. 2D, WRPKRU")
    void wrpkru(String rcx, String rdx, String expected) {
        context.set(GeneralRegister.RAX, 0xffff_ffff_0000_000cL);
        context.set(GeneralRegister.RCX, Long.decode(rcx));
        context.set(GeneralRegister.RDX, Long.decode(rdx));
        assertThat(faultOf(Mnemonic.WRPKRU)).isEqualTo(expected);
        assertThat(context.cpu().get(MachineRegister.PKRU)).isEqualTo(expected.equals("none") ? 0xc : 0);
    }

    @ParameterizedTest(name = "type {0}, PCID {1}, linear {2}, CR4 {3}: {4}")
    @CsvSource({
        "0, 0xfff, 0x5000, 0x206a0, invalidatePage 4095 0x5000",
        "0, 0x1000, 0x5000, 0x206a0, #GP(0x0)",
        "1, 0xfff, 0x800000000000, 0x206a0, flushPcid 4095",
        "1, 0x1000, 0, 0x206a0, #GP(0x0)",
        "0, 0, 0x800000000000, 0x206a0, #GP(0x0)",
        "1, 1, 0, 0x6a1, #GP(0x0)",
        "0, 1, 0, 0x6a1, #GP(0x0)",
        "2, 1, 0x800000000000, 0x6a0, flushTlb with global",
        "3, 1, 0x800000000000, 0x6a0, flushTlb without global",
        "2, 0x1000, 0, 0x6a0, #GP(0x0)",
        "4, 0, 0, 0x206a0, #GP(0x0)"
    })
    @DisplayName("INVPCID's type and descriptor. SDM Vol. 2A, INVPCID")
    void invpcid(long type, String pcid, String linear, String cr4, String expected) {
        context.cpu().set(MachineRegister.CR4, Long.decode(cr4));
        context.set(GeneralRegister.RBX, type);
        context.poke(0x2000, 8, Long.decode(pcid));
        context.poke(0x2008, 8, Long.decode(linear));
        String fault = faultOf(Mnemonic.INVPCID, register(GeneralRegister.RBX, 8), memory(0x2000, 16));
        assertThat(fault.equals("none") ? context.calls.get(0) : fault).isEqualTo(expected);
        context.cpu().setCpl(1);
        assertThat(faultOf(Mnemonic.INVPCID, register(GeneralRegister.RBX, 8), memory(0x2000, 16)))
                .isEqualTo("#GP(0x0)");
    }

    @Test
    @DisplayName("INVPCID is #UD where the processor has none, before its privilege is asked")
    void withoutInvpcid() {
        context.processor = Processor.ORACLE_QEMU;
        context.cpu().setCpl(3);
        assertThat(faultOf(Mnemonic.INVPCID, register(GeneralRegister.RBX, 8), memory(0x2000, 16)))
                .isEqualTo("#UD");
    }

    @ParameterizedTest(name = "EFER {0} with CR0 {1}, then {2}: {3}, flushes {4}")
    @CsvSource({
        "0xd01, 0x80050033, 0xd00, 0xd00, 0", "0xd00, 0x80050033, 0x101, 0x501, 1",
                "0xd01, 0x80050033, 0xd01, 0xd01, 0",
        "0xd01, 0x80050033, 0x501, 0x501, 1", "0x501, 0x80050033, 0xd01, 0xd01, 1", "0xd01, 0x80050033, 0x801, , 0",
        "0x801, 0x80050033, 0xd01, , 0", "0x1, 0x50033, 0x901, 0x901, 1", "0x900, 0x50033, 0x1, 0x1, 1",
        "0x101, 0x50033, 0xd01, 0x901, 1", "0xd01, 0x80050033, 0xd03, , 0"
    })
    @DisplayName(
            "IA32_EFER: SCE, LME and NXE are written, LME not while paging is on, LMA never. SDM Vol. 4, IA32_EFER")
    void efer(String before, String cr0, String written, String after, int flushes) {
        context.cpu().set(MachineRegister.CR0, Long.decode(cr0));
        context.cpu().set(MachineRegister.EFER, Long.decode(before));
        context.set(GeneralRegister.RCX, 0xc000_0080L);
        context.set(GeneralRegister.RAX, Long.decode(written));
        assertThat(faultOf(Mnemonic.WRMSR)).isEqualTo(after == null ? "#GP(0x0)" : "none");
        assertThat(context.cpu().get(MachineRegister.EFER)).isEqualTo(Long.decode(after == null ? before : after));
        assertThat(context.calls).hasSize(flushes);
        if (flushes > 0) assertThat(context.calls).containsExactly("flushTlb with global");
    }

    @ParameterizedTest(name = "value {0}: {1}")
    @CsvSource({"0, none", "1, #GP(0x0)", "0x100, #GP(0x0)"})
    @DisplayName("IA32_XSS holds 0 and nothing else")
    void xss(String value, String expected) {
        context.set(GeneralRegister.RCX, 0xda0);
        context.set(GeneralRegister.RAX, Long.decode(value));
        assertThat(faultOf(Mnemonic.WRMSR)).isEqualTo(expected);
        context.set(GeneralRegister.RAX, -1);
        context.set(GeneralRegister.RDX, -1);
        assertThat(faultOf(Mnemonic.RDMSR)).isEqualTo("none");
        assertThat(context.get(GeneralRegister.RAX)).isZero();
        assertThat(context.get(GeneralRegister.RDX)).isZero();
    }

    @Test
    @DisplayName("SWAPGS tells what it has exchanged")
    void swapGs() {
        TestMachine machine = TestMachine.inKernelMode()
                .withCode("0f 01 f8")
                .with(MachineRegister.GS_BASE, 1)
                .with(MachineRegister.KERNEL_GS_BASE, 2);
        assertThat(machine.record(1).step(0).microSteps())
                .extracting(MicroStep::op)
                .contains(new MicroOp.GsBasesSwapped(2, 1));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    @DisplayName("RDMSR, WRMSR and XSETBV read theirs at CPL 0 alone")
    void privileged(int cpl) {
        String expected = cpl == 0 ? "none" : "#GP(0x0)";
        context.cpu().set(MachineRegister.CR4, 0x406a0);
        context.set(GeneralRegister.RCX, 0xc000_0102L);
        context.cpu().setCpl(cpl);
        assertThat(faultOf(Mnemonic.RDMSR)).isEqualTo(expected);
        assertThat(faultOf(Mnemonic.WRMSR)).isEqualTo(expected);
        context.set(GeneralRegister.RAX, 3);
        context.set(GeneralRegister.RCX, 0);
        context.set(GeneralRegister.RDX, 0);
        assertThat(faultOf(Mnemonic.XSETBV)).isEqualTo(expected);
    }
}
