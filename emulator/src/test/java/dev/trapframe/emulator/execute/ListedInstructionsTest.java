package dev.trapframe.emulator.execute;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.api.InstructionCatalog.Support;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.event.NotEmulated;
import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.isa.InstructionForm;
import dev.trapframe.emulator.isa.InstructionTable;
import dev.trapframe.emulator.isa.Mnemonic;
import dev.trapframe.emulator.isa.Operand;
import dev.trapframe.emulator.isa.RepeatPrefix;
import dev.trapframe.emulator.isa.Unit;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.util.Locale;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Instructions that are only listed still raise the faults of their unit. Source: Intel SDM Vol. 2A, "SSE, AVX and AVX-512
 * Exceptions"; Vol. 3A, "Interrupt 7 - Device Not Available Exception (#NM)".
 */
@DisplayName("An instruction that is only listed")
class ListedInstructionsTest {

    private static final long CR0 = 0x8005_0031L;
    private static final long ALL = 0x4_06a0;

    private final TestContext context = new TestContext();

    /** A row of an instruction table that is not marked as executed. */
    private static InstructionForm listed(Unit unit) {
        String row = "FNOP\tD9 D0\t-\t-\t-\t-\t" + unit.name().toLowerCase(Locale.ROOT);
        try {
            return InstructionTable.read(new StringReader(row), "test").forms().get(0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String outcome(Unit unit) {
        InstructionForm form = listed(unit);
        Instruction instruction = new Instruction(form, 4, 4, 8, RepeatPrefix.NONE, false, null, new Operand[0]);
        try {
            context.execute(instruction);
        } catch (Fault fault) {
            return fault.getMessage();
        } catch (NotEmulated stop) {
            assertThat(stop).hasMessageContaining(form.name());
            return "listed";
        }
        throw new AssertionError("it was executed");
    }

    @ParameterizedTest(name = "{0}, CR0 {1}, CR4 {2}, XCR0 {3}: {4}")
    @CsvSource({
        "X87, 0x2, 0x406a0, 0xe7, listed", "X87, 0x4, 0x406a0, 0xe7, #NM", "X87, 0x8, 0x406a0, 0xe7, #NM",
        "MMX, 0x2, 0x406a0, 0xe7, listed", "MMX, 0x4, 0x406a0, 0xe7, #UD", "MMX, 0x8, 0x406a0, 0xe7, #NM",
        "MMX, 0xc, 0x406a0, 0xe7, #UD", "SSE, 0x2, 0x406a0, 0xe7, listed", "SSE, 0x4, 0x406a0, 0xe7, #UD",
        "SSE, 0x8, 0x406a0, 0xe7, #NM", "SSE, 0x2, 0x404a1, 0xe7, #UD", "AVX, 0x2, 0x406a0, 0xe7, listed",
        "AVX, 0x2, 0x406a0, 0x6, listed", "AVX, 0x2, 0x406a0, 0x3, #UD", "AVX, 0x2, 0x406a0, 0x5, #UD",
        "AVX, 0x4, 0x406a0, 0xe7, listed", "AVX, 0x8, 0x406a0, 0xe7, #NM", "AVX, 0x2, 0x6a1, 0xe7, #UD",
        "AVX, 0x8, 0x6a0, 0xe7, #UD", "AVX512, 0x2, 0x406a0, 0xe6, listed", "AVX512, 0x2, 0x406a0, 0x7, #UD",
        "AVX512, 0x2, 0x406a0, 0xc7, #UD", "AVX512, 0x2, 0x406a0, 0x67, #UD", "AVX512, 0x8, 0x406a0, 0xe7, #NM",
        "ABSENT, 0x2, 0x406a0, 0xe7, #UD", "ABSENT, 0x8, 0x406a0, 0xe7, #UD"
    })
    @DisplayName("raises what CR0, CR4 and XCR0 ask for, #UD before #NM")
    void faults(Unit unit, String cr0, String cr4, String xcr0, String expected) {
        context.cpu().set(MachineRegister.CR0, CR0 & ~0xeL | Long.decode(cr0));
        context.cpu().set(MachineRegister.CR4, Long.decode(cr4));
        context.cpu().set(MachineRegister.XCR0, Long.decode(xcr0));
        assertThat(outcome(unit)).isEqualTo(expected);
    }

    @Test
    @DisplayName("is decoded and not emulated; UD2 is undefined, MOV emulated")
    void support() {
        assertThat(InstructionSet.supportOf(listed(Unit.X87))).isEqualTo(Support.DECODED);
        for (InstructionForm form : InstructionTable.standard().forms()) {
            if (form.mnemonic() == Mnemonic.UD2) {
                assertThat(InstructionSet.supportOf(form)).isEqualTo(Support.UNDEFINED);
            }
            if (form.mnemonic() == Mnemonic.MOV || form.mnemonic() == Mnemonic.PUSH) {
                assertThat(InstructionSet.supportOf(form)).isEqualTo(Support.EMULATED);
            }
        }
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource({"X87, #MF", "MMX, #MF", "SSE, listed", "AVX, listed"})
    @DisplayName("of x87 and MMX raises #MF while an x87 exception is pending")
    void pending(Unit unit, String expected) {
        context.cpu().set(MachineRegister.CR4, ALL);
        context.cpu().set(MachineRegister.XCR0, 0xe7);
        context.cpu().set(MachineRegister.FSW, 1);
        context.cpu().set(MachineRegister.FCW, 0x37e);
        assertThat(outcome(unit)).isEqualTo(expected);
    }
}
