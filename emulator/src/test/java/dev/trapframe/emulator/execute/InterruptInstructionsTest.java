package dev.trapframe.emulator.execute;

import static dev.trapframe.emulator.execute.TestContext.immediate;
import static dev.trapframe.emulator.execute.TestContext.register;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.Change.SystemRegister;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.event.Event;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.Mnemonic;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.state.Rflags;
import java.util.OptionalInt;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("Interrupts, system calls and ports")
class InterruptInstructionsTest {

    private final TestContext context = new TestContext();

    @Test
    @DisplayName("INT n, INT3 and INT1 raise events of three kinds and none with an error code")
    void software() {
        context.execute(Mnemonic.INT, immediate(0x80, 1));
        context.execute(Mnemonic.INT3);
        context.execute(Mnemonic.INT1);
        assertThat(context.raised)
                .containsExactly(
                        Event.softwareInterrupt(0x80),
                        Event.softwareInterrupt(3),
                        new Event(1, Event.Source.INT1, OptionalInt.empty()));
    }

    @Test
    @DisplayName("IRETQ, SYSCALL and SYSRET are left to delivery, with their operand size")
    void delivered() {
        context.executeSized(Mnemonic.IRETQ, 8);
        context.executeSized(Mnemonic.IRETD, 4);
        context.executeSized(Mnemonic.SYSCALL, 8);
        context.executeSized(Mnemonic.SYSRET, 4);
        assertThat(context.calls)
                .containsExactly("interruptReturn 8", "interruptReturn 4", "fastSystemCall", "fastSystemReturn 4");
    }

    @Nested
    @DisplayName("SYSENTER and SYSEXIT")
    class SystemEntryTest {

        @Test
        @DisplayName("are #GP(0) while IA32_SYSENTER_CS is null")
        void nullSelector() {
            for (Mnemonic mnemonic : new Mnemonic[] {Mnemonic.SYSENTER, Mnemonic.SYSEXIT}) {
                assertThatExceptionOfType(Fault.class)
                        .isThrownBy(() -> context.executeSized(mnemonic, 8))
                        .withMessage("#GP(0x0)");
            }
        }

        @Test
        @DisplayName("SYSENTER loads CS, SS, RSP and RIP and clears IF; SYSEXIT goes back by RCX and RDX")
        void roundTrip() {
            context.cpu().set(MachineRegister.SYSENTER_CS, 0x10);
            context.cpu().set(MachineRegister.SYSENTER_ESP, 0x9000);
            context.cpu().set(MachineRegister.SYSENTER_EIP, 0x5000);
            context.cpu().setCpl(3);
            context.cpu().setRflags(Rflags.ALWAYS_ONE | Rflags.IF | Rflags.CF);
            context.executeSized(Mnemonic.SYSENTER, 8);
            assertThat(context.cpu().cpl()).isZero();
            assertThat(context.cpu().rip()).isEqualTo(0x5000);
            assertThat(context.cpu().rsp()).isEqualTo(0x9000);
            assertThat(context.cpu().rflags()).isEqualTo(Rflags.ALWAYS_ONE | Rflags.CF);
            assertThat(context.cpu().selector(SegmentRegister.SS)).isEqualTo(0x18);

            context.set(GeneralRegister.RCX, 0x6000);
            context.set(GeneralRegister.RDX, 0x7000);
            context.executeSized(Mnemonic.SYSEXIT, 8);
            assertThat(context.cpu().cpl()).isEqualTo(3);
            assertThat(context.cpu().selector(SegmentRegister.CS)).isEqualTo(0x33);
            assertThat(context.cpu().selector(SegmentRegister.SS)).isEqualTo(0x3b);
            assertThat(context.cpu().rip()).isEqualTo(0x7000);
            assertThat(context.cpu().rsp()).isEqualTo(0x6000);
        }
    }

    @Nested
    @DisplayName("IN and OUT")
    class Ports {

        private static final long TSS = 0x3000;

        private void permissionMap(int limitBytes) {
            context.cpu().setCpl(3);
            context.cpu().setDescriptor(SystemRegister.TR, new Descriptor(0x40, TSS, limitBytes, 0x8b));
            context.poke(TSS + 0x66, 2, 0x68);
            context.poke(TSS + 0x68, 8, -1);
        }

        @Test
        @DisplayName("at CPL 0 move between the accumulator and the port")
        void kernel() {
            context.set(GeneralRegister.RAX, -1);
            context.set(GeneralRegister.RDX, 0x1_03f8L);
            context.ports.put(0x3f8, 0x12L);
            context.execute(Mnemonic.IN, register(GeneralRegister.RAX, 4), register(GeneralRegister.RDX, 2));
            assertThat(context.get(GeneralRegister.RAX)).isEqualTo(0x12);
            context.execute(Mnemonic.OUT, immediate(0x80, 1), register(GeneralRegister.RAX, 1));
            assertThat(context.ports).containsEntry(0x80, 0x12L);
        }

        @ParameterizedTest(name = "at CPL 3, port {0}, {1} bytes, TSS limit {2}: allowed {3}")
        @CsvSource({
            "3, 1, ff, true",
            "4, 1, ff, true",
            "3, 2, ff, true",
            "4, 2, ff, false",
            "2, 1, ff, false",
            "3, 1, 69, true",
            "3, 1, 68, false",
            "3, 1, 66, false",
            "11, 1, 69, false"
        })
        void user(int port, int size, String limit, boolean allowed) {
            permissionMap(Integer.parseInt(limit, 16));
            context.poke(TSS + 0x68, 1, 0b1110_0111);
            context.set(GeneralRegister.RDX, port);
            if (allowed) {
                out(size);
                assertThat(context.ports).containsKey(port);
            } else {
                assertThatExceptionOfType(Fault.class)
                        .isThrownBy(() -> out(size))
                        .withMessage("#GP(0x0)");
                assertThat(context.ports).isEmpty();
            }
        }

        private void out(int size) {
            context.execute(Mnemonic.OUT, register(GeneralRegister.RDX, 2), register(GeneralRegister.RAX, size));
        }

        @Test
        @DisplayName("IOPL 3 needs no map")
        void ioPrivilege() {
            context.cpu().setCpl(3);
            context.cpu().setRflags(0x3002);
            context.execute(Mnemonic.IN, register(GeneralRegister.RAX, 1), immediate(0x60, 1));
            assertThat(context.get(GeneralRegister.RAX)).isZero();
        }
    }
}
