package dev.trapframe.emulator.execute;

import static dev.trapframe.emulator.execute.TestContext.NEXT_RIP;
import static dev.trapframe.emulator.execute.TestContext.immediate;
import static dev.trapframe.emulator.execute.TestContext.memory;
import static dev.trapframe.emulator.execute.TestContext.register;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.Mnemonic;
import dev.trapframe.emulator.isa.RelativeOperand;
import dev.trapframe.emulator.isa.RepeatPrefix;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.state.Rflags;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("Near control transfers")
class ControlTransferTest {

    private static final long NOT_CANONICAL = 0x0000_8000_0000_0000L;

    private final TestContext context = new TestContext();

    @Nested
    @DisplayName("JMP")
    class Jump {

        @Test
        @DisplayName("relative to the next instruction, through a register, through memory")
        void targets() {
            context.executeSized(Mnemonic.JMP, 8, new RelativeOperand(-0x20, 1));
            assertThat(context.cpu().rip()).isEqualTo(NEXT_RIP - 0x20);
            context.set(GeneralRegister.RAX, -0x1000);
            context.execute(Mnemonic.JMP, register(GeneralRegister.RAX, 8));
            assertThat(context.cpu().rip()).isEqualTo(-0x1000);
            context.poke(0x2000, 8, 0x4444);
            context.execute(Mnemonic.JMP, memory(0x2000, 8));
            assertThat(context.cpu().rip()).isEqualTo(0x4444);
        }

        @Test
        @DisplayName("to a non-canonical address is #GP(0)")
        void notCanonical() {
            context.set(GeneralRegister.RAX, NOT_CANONICAL);
            assertThatExceptionOfType(Fault.class)
                    .isThrownBy(() -> context.execute(Mnemonic.JMP, register(GeneralRegister.RAX, 8)))
                    .withMessage("#GP(0x0)");
        }
    }

    @Nested
    @DisplayName("CALL and RET")
    class CallAndReturn {

        @Test
        @DisplayName("CALL pushes the next instruction, RET pops it and releases what it is told to")
        void callAndReturn() {
            context.executeSized(Mnemonic.CALL, 8, new RelativeOperand(0x100, 4));
            assertThat(context.cpu().rip()).isEqualTo(NEXT_RIP + 0x100);
            assertThat(context.cpu().rsp()).isEqualTo(0x7ff8);
            assertThat(context.peek(0x7ff8, 8)).isEqualTo(NEXT_RIP);
            context.executeSized(Mnemonic.RET, 8, immediate(0x10, 2));
            assertThat(context.cpu().rip()).isEqualTo(NEXT_RIP);
            assertThat(context.cpu().rsp()).isEqualTo(0x8010);
        }

        @Test
        @DisplayName("CALL through RSP-relative memory reads the target before it pushes")
        void callThroughTheStack() {
            context.poke(0x8000, 8, 0x5555);
            context.execute(Mnemonic.CALL, memory(SegmentRegister.SS, GeneralRegister.RSP, 0, 8));
            assertThat(context.cpu().rip()).isEqualTo(0x5555);
        }

        @Test
        @DisplayName("to a non-canonical address is #GP(0), with nothing pushed and nothing popped")
        void notCanonical() {
            context.set(GeneralRegister.RAX, NOT_CANONICAL);
            context.poke(0x8000, 8, NOT_CANONICAL);
            assertThatExceptionOfType(Fault.class)
                    .isThrownBy(() -> context.execute(Mnemonic.CALL, register(GeneralRegister.RAX, 8)));
            assertThatExceptionOfType(Fault.class).isThrownBy(() -> context.executeSized(Mnemonic.RET, 8));
            assertThat(context.peek(0x7ff8, 8)).isZero();
            assertThat(context.cpu().rsp()).isEqualTo(0x8000);
        }
    }

    @Nested
    @DisplayName("LOOP, LOOPE, LOOPNE, JRCXZ")
    class Loops {

        @ParameterizedTest(name = "{0} with RCX={1} and ZF={2}: jumps {3}")
        @CsvSource({
            "LOOP, 2, false, true", "LOOP, 1, false, false", "LOOP, 0, false, true", "LOOPE, 2, true, true",
            "LOOPE, 2, false, false", "LOOPE, 1, true, false", "LOOPNE, 2, false, true", "LOOPNE, 2, true, false"
        })
        void loops(Mnemonic mnemonic, long count, boolean zero, boolean jumps) {
            long flags = Rflags.ALWAYS_ONE | (zero ? Rflags.ZF : 0);
            context.set(GeneralRegister.RCX, count);
            context.cpu().setRflags(flags);
            context.executeSized(mnemonic, 8, new RelativeOperand(0x10, 1));
            assertThat(context.cpu().rip() == NEXT_RIP + 0x10).isEqualTo(jumps);
            assertThat(context.get(GeneralRegister.RCX)).isEqualTo(count - 1);
            assertThat(context.cpu().rflags()).isEqualTo(flags);
        }

        @Test
        @DisplayName("with 32-bit addresses ECX counts, and its upper half is cleared")
        void addressSize() {
            context.set(GeneralRegister.RCX, 0xffff_ffff_0000_0001L);
            execute32(Mnemonic.JECXZ);
            assertThat(context.cpu().rip()).isEqualTo(TestContext.RIP);
            execute32(Mnemonic.LOOP);
            assertThat(context.cpu().rip()).isEqualTo(TestContext.RIP);
            assertThat(context.get(GeneralRegister.RCX)).isZero();
            context.set(GeneralRegister.RCX, 0xffff_ffff_0000_0000L);
            execute32(Mnemonic.JECXZ);
            assertThat(context.cpu().rip()).isEqualTo(NEXT_RIP + 0x10);
        }

        private void execute32(Mnemonic mnemonic) {
            context.execute(
                    TestContext.instruction(mnemonic, 8, 4, RepeatPrefix.NONE, null, new RelativeOperand(0x10, 1)));
        }

        @Test
        @DisplayName("JRCXZ jumps if all 64 bits are 0")
        void jrcxz() {
            context.set(GeneralRegister.RCX, 1L << 32);
            context.executeSized(Mnemonic.JRCXZ, 8, new RelativeOperand(0x10, 1));
            assertThat(context.cpu().rip()).isEqualTo(TestContext.RIP);
            context.set(GeneralRegister.RCX, 0);
            context.executeSized(Mnemonic.JRCXZ, 8, new RelativeOperand(0x10, 1));
            assertThat(context.cpu().rip()).isEqualTo(NEXT_RIP + 0x10);
        }
    }
}
