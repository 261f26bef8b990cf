package dev.trapframe.emulator.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.Mnemonic;
import dev.trapframe.emulator.isa.RepeatPrefix;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.state.Rflags;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("String instructions")
class StringsTest {

    private final TestContext context = new TestContext();

    @BeforeEach
    void pointers() {
        point(0x2000, 0x3000, 4);
    }

    private void point(long rsi, long rdi, long rcx) {
        context.set(GeneralRegister.RSI, rsi);
        context.set(GeneralRegister.RDI, rdi);
        context.set(GeneralRegister.RCX, rcx);
    }

    private void execute(Mnemonic mnemonic, int size, RepeatPrefix repeat) {
        context.execute(TestContext.instruction(mnemonic, size, 8, repeat, null));
    }

    private void assertPointers(long rsi, long rdi, long rcx) {
        assertThat(context.get(GeneralRegister.RSI)).as("RSI").isEqualTo(rsi);
        assertThat(context.get(GeneralRegister.RDI)).as("RDI").isEqualTo(rdi);
        assertThat(context.get(GeneralRegister.RCX)).as("RCX").isEqualTo(rcx);
    }

    @Nested
    @DisplayName("MOVS")
    class Move {

        @ParameterizedTest(name = "{0} moves {1} bytes forward, or backward with DF")
        @CsvSource({"MOVSB, 1", "MOVSW, 2", "MOVSD, 4", "MOVSQ, 8"})
        void one(Mnemonic mnemonic, int size) {
            context.poke(0x2000, 8, 0x1122_3344_5566_7788L);
            execute(mnemonic, size, RepeatPrefix.NONE);
            assertThat(context.peek(0x3000, 8)).isEqualTo(Width.zeroExtend(0x1122_3344_5566_7788L, size));
            assertPointers(0x2000 + size, 0x3000 + size, 4);
            context.cpu().setRflags(Rflags.ALWAYS_ONE | Rflags.DF);
            execute(mnemonic, size, RepeatPrefix.NONE);
            assertPointers(0x2000, 0x3000, 4);
        }

        @Test
        @DisplayName("the source's segment can be overridden, the destination's cannot")
        void override() {
            context.cpu().set(MachineRegister.GS_BASE, 0x10_0000);
            context.poke(0x10_2000, 1, 0x5a);
            context.execute(TestContext.instruction(Mnemonic.MOVSB, 1, 8, RepeatPrefix.NONE, SegmentRegister.GS));
            assertThat(context.peek(0x3000, 1)).isEqualTo(0x5a);
        }

        @Test
        @DisplayName("REP with RCX = 0 does nothing at all")
        void zeroTimes() {
            context.makeAbsent(0);
            point(0x2000, 0x3000, 0);
            execute(Mnemonic.MOVSQ, 8, RepeatPrefix.REP);
            assertPointers(0x2000, 0x3000, 0);
        }

        @Test
        @DisplayName("a fault in the middle keeps the progress")
        void faultInTheMiddle() {
            context.makeReadOnly(0x3010);
            assertThatExceptionOfType(Fault.class).isThrownBy(() -> execute(Mnemonic.MOVSQ, 8, RepeatPrefix.REP));
            assertPointers(0x2010, 0x3010, 2);
        }

        @Test
        @DisplayName("the loop can end the step between iterations, and is not asked after the last")
        void endsBetweenIterations() {
            context.iterationsAllowed = 3;
            execute(Mnemonic.MOVSW, 2, RepeatPrefix.REP);
            assertPointers(0x2006, 0x3006, 1);
            execute(Mnemonic.MOVSW, 2, RepeatPrefix.REP);
            assertPointers(0x2008, 0x3008, 0);
            assertThat(context.iterationsAllowed).isZero();
        }

        @Test
        @DisplayName("with 32-bit addresses ECX, ESI and EDI are used, and their upper halves cleared")
        void addressSize() {
            point(0xffff_ffff_0000_2000L, 0xffff_ffff_ffff_fffcL, 0xffff_ffff_0000_0002L);
            context.poke(0x2000, 8, 0x1111_1111_2222_2222L);
            context.execute(TestContext.instruction(Mnemonic.MOVSD, 4, 4, RepeatPrefix.REP, null));
            assertThat(context.peek(0xffff_fffcL, 4)).isEqualTo(0x2222_2222L);
            assertThat(context.peek(0, 4)).isEqualTo(0x1111_1111L);
            assertPointers(0x2008, 4, 0);
        }
    }

    @Nested
    @DisplayName("STOS and LODS")
    class StoreAndLoad {

        @Test
        @DisplayName("REP STOSD fills with EAX; RSI stays")
        void fill() {
            context.set(GeneralRegister.RAX, 0x1_aabb_ccddL);
            execute(Mnemonic.STOSD, 4, RepeatPrefix.REP);
            assertThat(context.peek(0x300c, 8)).isEqualTo(0xaabb_ccddL);
            assertPointers(0x2000, 0x3010, 0);
        }

        @Test
        @DisplayName("F2 repeats STOS as F3 does")
        void otherPrefix() {
            execute(Mnemonic.STOSB, 1, RepeatPrefix.REPNE);
            assertPointers(0x2000, 0x3004, 0);
        }

        @Test
        @DisplayName("LODSD clears the upper half of RAX, LODSB leaves it")
        void load() {
            context.poke(0x2000, 8, 0x1122_3344_5566_7788L);
            context.set(GeneralRegister.RAX, -1);
            execute(Mnemonic.LODSB, 1, RepeatPrefix.NONE);
            assertThat(context.get(GeneralRegister.RAX)).isEqualTo(-0x78);
            execute(Mnemonic.LODSD, 4, RepeatPrefix.NONE);
            assertThat(context.get(GeneralRegister.RAX)).isEqualTo(0x4455_6677L);
            assertPointers(0x2005, 0x3000, 4);
        }
    }

    @Nested
    @DisplayName("CMPS and SCAS")
    class Compare {

        @Test
        @DisplayName("CMPS subtracts [RDI] from [RSI]")
        void direction() {
            context.poke(0x2000, 1, 1);
            context.poke(0x3000, 1, 2);
            execute(Mnemonic.CMPSB, 1, RepeatPrefix.NONE);
            assertThat(context.cpu().flag(Rflags.CF)).isTrue();
        }

        @Test
        @DisplayName("REPE CMPS stops after the first difference")
        void whileEqual() {
            context.poke(0x3002, 1, 1);
            execute(Mnemonic.CMPSB, 1, RepeatPrefix.REP);
            assertPointers(0x2003, 0x3003, 1);
            assertThat(context.cpu().flag(Rflags.ZF)).isFalse();
        }

        @Test
        @DisplayName("REPNE SCAS stops after the first match, with ZF")
        void untilEqual() {
            context.set(GeneralRegister.RAX, 7);
            context.poke(0x3002, 2, 7);
            execute(Mnemonic.SCASW, 2, RepeatPrefix.REPNE);
            assertPointers(0x2000, 0x3004, 2);
            assertThat(context.cpu().flag(Rflags.ZF)).isTrue();
        }

        @Test
        @DisplayName("REPE with RCX = 0 leaves the flags")
        void zeroTimes() {
            point(0x2000, 0x3000, 0);
            context.cpu().setRflags(Rflags.ALWAYS_ONE | Rflags.STATUS);
            execute(Mnemonic.SCASB, 1, RepeatPrefix.REP);
            assertThat(context.cpu().rflags()).isEqualTo(Rflags.ALWAYS_ONE | Rflags.STATUS);
        }
    }

    @Nested
    @DisplayName("INS and OUTS")
    class Ports {

        @Test
        @DisplayName("REP OUTSB writes the port once for each byte; INSW stores what it reads")
        void moves() {
            context.set(GeneralRegister.RDX, 0x3f8);
            context.poke(0x2003, 1, 0x41);
            execute(Mnemonic.OUTSB, 1, RepeatPrefix.REP);
            assertThat(context.ports).containsEntry(0x3f8, 0x41L);
            assertPointers(0x2004, 0x3000, 0);
            context.ports.put(0x3f8, 0x1_2345L);
            execute(Mnemonic.INSW, 2, RepeatPrefix.NONE);
            assertThat(context.peek(0x3000, 4)).isEqualTo(0x2345);
        }

        @Test
        @DisplayName("at CPL 3 without permission are #GP(0)")
        void privilege() {
            context.cpu().setCpl(3);
            assertThatExceptionOfType(Fault.class)
                    .isThrownBy(() -> execute(Mnemonic.OUTSB, 1, RepeatPrefix.NONE))
                    .withMessage("#GP(0x0)");
            assertThatExceptionOfType(Fault.class)
                    .isThrownBy(() -> execute(Mnemonic.INSD, 4, RepeatPrefix.REP))
                    .withMessage("#GP(0x0)");
        }
    }
}
