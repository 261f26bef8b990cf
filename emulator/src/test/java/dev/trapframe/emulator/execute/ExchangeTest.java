package dev.trapframe.emulator.execute;

import static dev.trapframe.emulator.execute.TestContext.memory;
import static dev.trapframe.emulator.execute.TestContext.register;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.Mnemonic;
import dev.trapframe.emulator.state.Rflags;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("XCHG, XADD, CMPXCHG, CMPXCHG8B, CMPXCHG16B")
class ExchangeTest {

    private final TestContext context = new TestContext();

    @Test
    @DisplayName("XCHG swaps register and memory, and changes nothing if memory cannot be written")
    void exchange() {
        context.poke(0x2000, 8, 5);
        context.set(GeneralRegister.RAX, 6);
        context.execute(Mnemonic.XCHG, memory(0x2000, 8), register(GeneralRegister.RAX, 8));
        assertThat(context.peek(0x2000, 8)).isEqualTo(6);
        context.makeReadOnly(0x2000);
        assertThatExceptionOfType(Fault.class)
                .isThrownBy(() -> context.execute(Mnemonic.XCHG, memory(0x2000, 8), register(GeneralRegister.RAX, 8)));
        assertThat(context.get(GeneralRegister.RAX)).isEqualTo(5);
    }

    @Test
    @DisplayName("XADD of a register with itself doubles it")
    void exchangeAndAdd() {
        context.set(GeneralRegister.RAX, 0x81);
        context.execute(Mnemonic.XADD, register(GeneralRegister.RAX, 1), register(GeneralRegister.RAX, 1));
        assertThat(context.get(GeneralRegister.RAX)).isEqualTo(2);
        assertThat(context.cpu().flag(Rflags.CF)).isTrue();
        context.set(GeneralRegister.RBX, 40);
        context.execute(Mnemonic.XADD, register(GeneralRegister.RBX, 4), register(GeneralRegister.RAX, 4));
        assertThat(context.get(GeneralRegister.RBX)).isEqualTo(42);
        assertThat(context.get(GeneralRegister.RAX)).isEqualTo(40);
    }

    @Test
    @DisplayName("CMPXCHG of registers: what is not written keeps its upper half")
    void compareAndExchange() {
        context.set(GeneralRegister.RAX, 0xffff_ffff_0000_0001L);
        context.set(GeneralRegister.RBX, 0xffff_ffff_0000_0001L);
        context.set(GeneralRegister.RCX, 7);
        context.execute(Mnemonic.CMPXCHG, register(GeneralRegister.RBX, 4), register(GeneralRegister.RCX, 4));
        assertThat(context.cpu().flag(Rflags.ZF)).isTrue();
        assertThat(context.get(GeneralRegister.RBX)).isEqualTo(7);
        assertThat(context.get(GeneralRegister.RAX)).isEqualTo(0xffff_ffff_0000_0001L);

        context.set(GeneralRegister.RBX, 0xffff_ffff_0000_0002L);
        context.execute(Mnemonic.CMPXCHG, register(GeneralRegister.RBX, 4), register(GeneralRegister.RCX, 4));
        assertThat(context.cpu().flag(Rflags.ZF)).isFalse();
        assertThat(context.cpu().flag(Rflags.CF)).as("1 - 2 borrows").isTrue();
        assertThat(context.get(GeneralRegister.RAX)).isEqualTo(2);
        assertThat(context.get(GeneralRegister.RBX)).isEqualTo(0xffff_ffff_0000_0002L);
    }

    @Test
    @DisplayName("CMPXCHG with memory faults as a write even if unequal")
    void compareAndExchangeWrites() {
        context.makeReadOnly(0x2000);
        context.set(GeneralRegister.RAX, 1);
        assertThatExceptionOfType(Fault.class)
                .isThrownBy(
                        () -> context.execute(Mnemonic.CMPXCHG, memory(0x2000, 4), register(GeneralRegister.RCX, 4)));
        assertThat(context.get(GeneralRegister.RAX)).isEqualTo(1);
    }

    @Test
    @DisplayName("CMPXCHG8B and 16B compare RDX:RAX, write RCX:RBX, and change ZF only")
    void pairs() {
        context.poke(0x2000, 8, 0x1111_1111_2222_2222L);
        context.poke(0x2008, 8, 4);
        context.set(GeneralRegister.RDX, -1);
        context.set(GeneralRegister.RBX, 8);
        context.set(GeneralRegister.RCX, 9);
        context.cpu().setRflags(Rflags.ALWAYS_ONE | Rflags.CF | Rflags.SF);
        context.execute(Mnemonic.CMPXCHG8B, memory(0x2000, 8));
        assertThat(context.get(GeneralRegister.RDX)).isEqualTo(0x1111_1111L);
        assertThat(context.get(GeneralRegister.RAX)).isEqualTo(0x2222_2222L);
        context.execute(Mnemonic.CMPXCHG8B, memory(0x2000, 8));
        assertThat(context.peek(0x2000, 8)).isEqualTo(9L << 32 | 8);
        assertThat(context.cpu().rflags()).isEqualTo(Rflags.ALWAYS_ONE | Rflags.CF | Rflags.SF | Rflags.ZF);
        context.execute(Mnemonic.CMPXCHG16B, memory(0x2000, 16));
        context.execute(Mnemonic.CMPXCHG16B, memory(0x2000, 16));
        assertThat(context.peek(0x2000, 8)).isEqualTo(8);
        assertThat(context.peek(0x2008, 8)).isEqualTo(9);
    }

    @Test
    @DisplayName("CMPXCHG16B wants 16-byte alignment")
    void alignment() {
        assertThatExceptionOfType(Fault.class)
                .isThrownBy(() -> context.execute(Mnemonic.CMPXCHG16B, memory(0x2008, 16)))
                .withMessage("#GP(0x0)");
    }
}
