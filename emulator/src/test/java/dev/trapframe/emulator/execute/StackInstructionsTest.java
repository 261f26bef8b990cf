package dev.trapframe.emulator.execute;

import static dev.trapframe.emulator.execute.TestContext.immediate;
import static dev.trapframe.emulator.execute.TestContext.memory;
import static dev.trapframe.emulator.execute.TestContext.register;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.Mnemonic;
import dev.trapframe.emulator.isa.SegmentRegister;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("PUSH, POP, ENTER, LEAVE")
class StackInstructionsTest {

    private final TestContext context = new TestContext();

    @Test
    @DisplayName("PUSH RSP pushes the old RSP, POP RSP keeps what was popped")
    void stackPointer() {
        context.execute(Mnemonic.PUSH, register(GeneralRegister.RSP, 8));
        assertThat(context.cpu().rsp()).isEqualTo(0x7ff8);
        assertThat(context.peek(0x7ff8, 8)).isEqualTo(0x8000);
        context.poke(0x7ff8, 8, 0x1234);
        context.execute(Mnemonic.POP, register(GeneralRegister.RSP, 8));
        assertThat(context.cpu().rsp()).isEqualTo(0x1234);
    }

    @Test
    @DisplayName("POP to memory relative to RSP uses the new RSP, PUSH the old one")
    void relativeToRsp() {
        context.poke(0x8000, 8, 0x77);
        context.poke(0x8010, 8, 0x99);
        context.execute(Mnemonic.PUSH, memory(SegmentRegister.SS, GeneralRegister.RSP, 0x10, 8));
        assertThat(context.peek(0x7ff8, 8)).isEqualTo(0x99);
        context.execute(Mnemonic.POP, memory(SegmentRegister.SS, GeneralRegister.RSP, 0x18, 8));
        assertThat(context.peek(0x8018, 8)).isEqualTo(0x99);
        assertThat(context.cpu().rsp()).isEqualTo(0x8000);
    }

    @Test
    @DisplayName("immediates are sign-extended to the operand size; 16 bits move RSP by 2")
    void immediates() {
        context.executeSized(Mnemonic.PUSH, 8, immediate(-1, 8));
        assertThat(context.peek(0x7ff8, 8)).isEqualTo(-1);
        context.executeSized(Mnemonic.PUSH, 2, immediate(0x1234, 2));
        assertThat(context.cpu().rsp()).isEqualTo(0x7ff6);
        assertThat(context.peek(0x7ff6, 2)).isEqualTo(0x1234);
    }

    @Test
    @DisplayName("a PUSH that faults leaves RSP")
    void faultingPush() {
        context.makeReadOnly(0x7000);
        assertThatExceptionOfType(Fault.class)
                .isThrownBy(() -> context.execute(Mnemonic.PUSH, register(GeneralRegister.RAX, 8)));
        assertThat(context.cpu().rsp()).isEqualTo(0x8000);
    }

    @Test
    @DisplayName("ENTER with level 2 copies one frame pointer and pushes the new one; LEAVE undoes it")
    void nestedFrames() {
        context.set(GeneralRegister.RBP, 0x9000);
        context.poke(0x8ff8, 8, 0xabc);
        context.executeSized(Mnemonic.ENTER, 8, immediate(0x20, 2), immediate(2, 1));
        assertThat(context.peek(0x7ff8, 8)).isEqualTo(0x9000);
        assertThat(context.peek(0x7ff0, 8)).isEqualTo(0xabc);
        assertThat(context.peek(0x7fe8, 8)).isEqualTo(0x7ff8);
        assertThat(context.get(GeneralRegister.RBP)).isEqualTo(0x7ff8);
        assertThat(context.cpu().rsp()).isEqualTo(0x7fe8 - 0x20);
        context.executeSized(Mnemonic.LEAVE, 8);
        assertThat(context.get(GeneralRegister.RBP)).isEqualTo(0x9000);
        assertThat(context.cpu().rsp()).isEqualTo(0x8000);
    }

    @Test
    @DisplayName("ENTER faults if a write at the final RSP would, and leaves RBP and RSP")
    void enterBeyondTheStack() {
        context.makeReadOnly(0x1000);
        context.set(GeneralRegister.RBP, 5);
        context.cpu().setRsp(0x10_1008);
        assertThatExceptionOfType(Fault.class)
                .isThrownBy(() -> context.executeSized(Mnemonic.ENTER, 8, immediate(0x20, 2), immediate(0, 1)));
        assertThat(context.get(GeneralRegister.RBP)).isEqualTo(5);
        assertThat(context.cpu().rsp()).isEqualTo(0x10_1008);
    }
}
