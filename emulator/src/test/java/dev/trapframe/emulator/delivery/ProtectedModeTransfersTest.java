package dev.trapframe.emulator.delivery;

import static dev.trapframe.emulator.ProtectedMachine.CODE;
import static dev.trapframe.emulator.ProtectedMachine.CODE_32_ENTRY;
import static dev.trapframe.emulator.ProtectedMachine.DATA;
import static dev.trapframe.emulator.ProtectedMachine.DATA_32_ENTRY;
import static dev.trapframe.emulator.ProtectedMachine.DPL3;
import static dev.trapframe.emulator.ProtectedMachine.ESP;
import static dev.trapframe.emulator.ProtectedMachine.ESP0;
import static dev.trapframe.emulator.ProtectedMachine.GDT;
import static dev.trapframe.emulator.ProtectedMachine.HANDLER;
import static dev.trapframe.emulator.ProtectedMachine.SPARE;
import static dev.trapframe.emulator.ProtectedMachine.TSS;
import static dev.trapframe.emulator.ProtectedMachine.TSS_SELECTOR;
import static dev.trapframe.emulator.ProtectedMachine.USER_CODE;
import static dev.trapframe.emulator.ProtectedMachine.USER_DATA;
import static dev.trapframe.emulator.ProtectedMachine.USER_ESP;
import static dev.trapframe.emulator.ProtectedMachine.gate;
import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.CheckOrder;
import dev.trapframe.emulator.Machine;
import dev.trapframe.emulator.ProtectedMachine;
import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.Change.SystemRegister;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.RunEnd;
import dev.trapframe.emulator.api.StepOutcome;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.event.NotEmulated;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.state.CpuState;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Source: Intel SDM Vol. 2A, CALL, JMP and "IRET/IRETD/IRETQ", Operation; Vol. 2B, RET, SYSENTER and SYSEXIT. */
@DisplayName("Outside of IA-32e mode")
class ProtectedModeTransfersTest {

    private static final int GATE = 0xf0;
    private static final long NEXT = 0x8123;
    private static final long PRESENT = 1L << 47;
    private static final long CONFORMING = 1L << 42;

    private static String outcome(Runnable action) {
        try {
            action.run();
            return CheckOrder.accepted();
        } catch (Fault fault) {
            return fault.getMessage();
        } catch (NotEmulated missing) {
            return missing.what();
        }
    }

    private static List<Long> words(ProtectedMachine machine, long linear, int count, int sizeBytes) {
        List<Long> words = new ArrayList<>();
        for (int i = 0; i < count; i++)
            words.add(machine.memory().readSystem(linear + (long) i * sizeBytes, sizeBytes));
        return words;
    }

    private static long register(Machine machine, MachineRegister register) {
        return machine.view().register(register);
    }

    @Nested
    @DisplayName("a call gate")
    class ThroughGates {

        private ProtectedMachine user(int flags, int parameters) {
            return ProtectedMachine.inUserMode()
                    .withEntry(GATE, gate(CODE, HANDLER, flags) | (long) parameters << 32)
                    .put(USER_ESP, 4, 0x1111_1111)
                    .put(USER_ESP + 4, 4, 0x2222_2222)
                    .put(USER_ESP + 8, 4, 0x3333_3333);
        }

        private long call(ProtectedMachine machine, int selector) {
            return new CallGates(machine.cpu(), machine.memory()).call(selector, NEXT);
        }

        @Test
        @DisplayName("to an inner level pushes SS:ESP, copies parameters, pushes CS:EIP")
        void inner() {
            ProtectedMachine machine = user(0xec, 2);
            assertThat(call(machine, GATE | 3)).isEqualTo(HANDLER);
            assertThat(words(machine, ESP0 - 24, 6, 4))
                    .containsExactly(NEXT, (long) USER_CODE, 0x1111_1111L, 0x2222_2222L, USER_ESP, (long) USER_DATA);
            CpuState cpu = machine.cpu();
            assertThat(cpu.rsp()).isEqualTo(ESP0 - 24);
            assertThat(cpu.cpl()).isZero();
            assertThat(cpu.selector(SegmentRegister.CS)).isEqualTo(CODE);
            assertThat(cpu.descriptor(SystemRegister.SS)).isEqualTo(new Descriptor(DATA, 0, 0xffff_ffffL, 0xc093));
        }

        @Test
        @DisplayName("of 16 bits pushes and copies words of 16 bits")
        void sixteenBits() {
            ProtectedMachine machine = user(0xe4, 3);
            assertThat(call(machine, GATE | 3)).isEqualTo(HANDLER);
            assertThat(words(machine, ESP0 - 14, 7, 2))
                    .containsExactly(
                            NEXT, (long) USER_CODE, 0x1111L, 0x1111L, 0x2222L, USER_ESP & 0xffff, (long) USER_DATA);
        }

        @Test
        @DisplayName("to the same level pushes CS:EIP alone")
        void same() {
            ProtectedMachine machine =
                    ProtectedMachine.inKernelMode().withEntry(GATE, gate(CODE, HANDLER, 0x8c) | 7L << 32);
            assertThat(call(machine, GATE)).isEqualTo(HANDLER);
            assertThat(words(machine, ESP - 8, 2, 4)).containsExactly(NEXT, (long) CODE);
            assertThat(machine.cpu().rsp()).isEqualTo(ESP - 8);
        }

        @Test
        @DisplayName("parameters beyond the limit of the caller's stack are #SS(0)")
        void parametersBeyond() {
            Descriptor stack = new Descriptor(USER_DATA, 0, USER_ESP + 6, 0x40f3);
            ProtectedMachine machine = user(0xec, 2).with(SystemRegister.SS, stack);
            assertThat(outcome(() -> call(machine, GATE | 3))).isEqualTo("#SS(0x0)");
        }

        /** A call from CPL 3, or a jump at CPL 0, with every part to spoil. */
        private final class Transfer {
            final boolean isCall;
            final ProtectedMachine machine;
            int gateDpl = 3;
            int gatePresent = 0x80;
            int gateSelector = GATE;
            int selector = SPARE;
            long code = CODE_32_ENTRY;
            long gdtLimit = 0xff;
            long tssLimit = 0x67;
            long stackSelector = SPARE + 8;
            long stack = DATA_32_ENTRY;
            long esp = ESP0;

            Transfer(boolean isCall) {
                this.isCall = isCall;
                machine = isCall ? ProtectedMachine.inUserMode() : ProtectedMachine.inKernelMode();
            }

            String run() {
                machine.withEntry(GATE, gate(selector, HANDLER, 0xc | gateDpl << 5 | gatePresent) | 1L << 32)
                        .withEntry(SPARE, code)
                        .withEntry(SPARE + 8, stack)
                        .with(SystemRegister.GDTR, new Descriptor(0, GDT, gdtLimit, 0))
                        .with(SystemRegister.TR, new Descriptor(TSS_SELECTOR, TSS, tssLimit, 0x8b))
                        .put(TSS + 4, 4, esp)
                        .put(TSS + 8, 4, stackSelector);
                CallGates gates = new CallGates(machine.cpu(), machine.memory());
                return outcome(() -> {
                    if (isCall) gates.call(gateSelector, NEXT);
                    else gates.jump(gateSelector);
                });
            }
        }

        private CheckOrder<Transfer> order(boolean isCall) {
            Supplier<Transfer> sound = () -> new Transfer(isCall);
            CheckOrder<Transfer> order = new CheckOrder<>(sound, Transfer::run)
                    .then("gate beyond GDT", "gdt", t -> t.gdtLimit = GATE + 6, "#GP(0xf0)");
            if (isCall) order.then("gate DPL below CPL", "dpl", t -> t.gateDpl = 2, "#GP(0xf0)");
            order.then(
                    "gate DPL below RPL",
                    isCall ? "dpl" : "rpl",
                    t -> {
                        t.gateSelector = GATE | 3;
                        t.gateDpl = 1;
                    },
                    "#GP(0xf0)");
            order.then("gate present", "present", t -> t.gatePresent = 0, "#NP(0xf0)")
                    .then("null CS", "selector", t -> t.selector = 1, "#GP(0x0)")
                    .then("CS beyond GDT", "selector", t -> t.selector = 0x1f8, "#GP(0x1f8)")
                    .then("CS no code", "code", t -> t.code = DATA_32_ENTRY, "#GP(0x50)");
            if (!isCall) {
                order.then("CS DPL", "code", t -> t.code = CODE_32_ENTRY | DPL3, "#GP(0x50)")
                        .then(
                                "CS conforming DPL",
                                "code",
                                t -> t.code = CODE_32_ENTRY | CONFORMING | DPL3,
                                "#GP(0x50)");
            }
            order.then("CS absent", "code", t -> t.code = CODE_32_ENTRY & ~PRESENT, "#NP(0x50)");
            if (isCall) {
                order.then("TSS limit", "tss", t -> t.tssLimit = 8, "#TS(0x28)")
                        .then("null SS", "ss", t -> t.stackSelector = 0, "#TS(0x0)")
                        .then("SS RPL", "ss", t -> t.stackSelector = SPARE + 8 | 1, "#TS(0x58)")
                        .then("SS DPL", "stack", t -> t.stack = DATA_32_ENTRY | DPL3, "#TS(0x58)")
                        .then("SS code", "stack", t -> t.stack = CODE_32_ENTRY, "#TS(0x58)")
                        .then("SS absent", "stack", t -> t.stack = DATA_32_ENTRY & ~PRESENT, "#SS(0x58)")
                        .then("no room", "esp", t -> t.esp = 14, "#SS(0x58)");
            }
            return order.then("EIP", "code", t -> t.code = 0x0040_9b00_0000_0000L | HANDLER - 1, "#GP(0x0)");
        }

        @Test
        @DisplayName("of two checks of CALL that fail the manual's first decides")
        void orderOfCall() {
            order(true).verify();
        }

        @Test
        @DisplayName("of two checks of JMP that fail the manual's first decides")
        void orderOfJump() {
            order(false).verify();
        }
    }

    @Nested
    @DisplayName("IRET")
    class Returns {

        private ProtectedMachine frame(long... words) {
            ProtectedMachine machine = ProtectedMachine.inKernelMode().with(MachineRegister.RFLAGS, 0x3002);
            for (int i = 0; i < words.length; i++) machine.put(ESP + 4L * i, 4, words[i]);
            return machine;
        }

        private String iret(ProtectedMachine machine) {
            return outcome(() -> new InterruptReturn(machine.cpu(), machine.memory()).execute(4));
        }

        @Test
        @DisplayName("to the same level pops three words")
        void sameLevel() {
            ProtectedMachine machine = frame(NEXT, CODE, 0x246, 0x5555, 0x6666);
            assertThat(iret(machine)).isEqualTo(CheckOrder.accepted());
            assertThat(machine.cpu().rip()).isEqualTo(NEXT);
            assertThat(machine.cpu().rsp()).isEqualTo(ESP + 12);
            assertThat(machine.cpu().rflags()).isEqualTo(0x246);
            assertThat(machine.cpu().selector(SegmentRegister.SS)).isEqualTo(DATA);
        }

        @Test
        @DisplayName("to an outer level pops SS:ESP too, and nulls segments that the outer level may not use")
        void outerLevel() {
            ProtectedMachine machine =
                    frame(NEXT, USER_CODE, 0x246, USER_ESP, USER_DATA).withSegment(SegmentRegister.ES, USER_DATA);
            assertThat(iret(machine)).isEqualTo(CheckOrder.accepted());
            CpuState cpu = machine.cpu();
            assertThat(cpu.cpl()).isEqualTo(3);
            assertThat(cpu.rsp()).isEqualTo(USER_ESP);
            assertThat(cpu.selector(SegmentRegister.SS)).isEqualTo(USER_DATA);
            assertThat(cpu.selector(SegmentRegister.DS)).isZero();
            assertThat(cpu.selector(SegmentRegister.ES)).isEqualTo(USER_DATA);
        }

        @Test
        @DisplayName("does not return to a null SS, nor looks at the L bit of the code segment")
        void wideCode() {
            ProtectedMachine machine =
                    frame(NEXT, SPARE | 1, 0x246, USER_ESP, 1).withEntry(SPARE, 0x00af_9b00_0000_ffffL | 1L << 45);
            assertThat(iret(machine)).isEqualTo("#GP(0x0)");
            machine = frame(NEXT, SPARE, 0x246).withEntry(SPARE, 0x00ef_9b00_0000_ffffL);
            assertThat(iret(machine)).isEqualTo(CheckOrder.accepted());
            machine = frame(0x1000, SPARE, 0x246).withEntry(SPARE, 0x0060_9b00_0000_0fffL);
            assertThat(iret(machine)).isEqualTo("#GP(0x0)");
        }

        @Test
        @DisplayName("with NT set, or with VM in the image at CPL 0, is not emulated and says so")
        void notEmulated() {
            ProtectedMachine nested = frame(NEXT, CODE, 0x246).with(MachineRegister.RFLAGS, 0x4002);
            assertThat(iret(nested)).contains("task return");
            assertThat(iret(frame(NEXT, CODE, 0x2_0246))).contains("virtual-8086");
        }

        @Test
        @DisplayName("reads within the limit of the stack segment: else #SS(0)")
        void stackLimit() {
            ProtectedMachine machine =
                    frame(NEXT, CODE, 0x246).with(SystemRegister.SS, new Descriptor(DATA, 0, ESP + 10, 0x4093));
            assertThat(iret(machine)).isEqualTo("#SS(0x0)");
        }
    }

    @Test
    @DisplayName("ring 3 and back: IRET, INT through a 32-bit gate, RET to ring 3, a call gate with a parameter")
    void roundTrip() {
        Machine machine = ProtectedMachine.inKernelMode()
                .withEntry(GATE, gate(CODE, 0x8400, 0xec) | 1L << 32)
                .withGate(0x40, CODE, 0x8300, 0xee)
                .withGate(0x41, CODE, 0x8500, 0xee)
                .withSource("""
                        push $0x23
                        push $0x43000
                        push $0x202
                        push $0x1b
                        push $user
                        iret
                        user: mov %cs, %eax
                        int $0x40
                        push $0x1234
                        lcall $0xf3, $0
                        mov %esp, %edx
                        int $0x41
                        .org 0x300
                        add $1, %ebx
                        iret
                        .org 0x400
                        mov 8(%esp), %ecx
                        lret $4
                        .org 0x500
                        hlt
                        """)
                .machine();
        assertThat(machine.run(100)).isEqualTo(RunEnd.HALTED);
        assertThat(register(machine, MachineRegister.RAX)).isEqualTo(USER_CODE);
        assertThat(register(machine, MachineRegister.RBX)).isEqualTo(1);
        assertThat(register(machine, MachineRegister.RCX)).isEqualTo(0x1234);
        assertThat(register(machine, MachineRegister.RDX)).isEqualTo(USER_ESP);
        assertThat(register(machine, MachineRegister.RSP)).isEqualTo(ESP0 - 20);
    }

    @Test
    @DisplayName("#AC whose delivery raises #AC would never end: the run stops and says so")
    void endlessDelivery() {
        Machine machine = ProtectedMachine.inUserMode()
                .with(MachineRegister.CR0, 0x4_0011)
                .with(MachineRegister.RFLAGS, 0x4_0002)
                .with(MachineRegister.RSP, USER_ESP + 1)
                .withEntry(SPARE, CODE_32_ENTRY | CONFORMING)
                .withGate(17, SPARE, HANDLER, 0x8e)
                .withCode("50") // push %eax
                .machine();
        assertThat(machine.step().outcome())
                .isInstanceOfSatisfying(
                        StepOutcome.NotEmulated.class,
                        missing -> assertThat(missing.toString()).contains("endless delivery: #AC"));
    }

    @Test
    @DisplayName("SYSENTER and SYSEXIT load flat 32-bit segments and 32 bits of ESP and EIP")
    void fastEntry() {
        Machine machine = ProtectedMachine.inUserMode()
                .with(MachineRegister.SYSENTER_CS, 0x50)
                .with(MachineRegister.SYSENTER_EIP, 0xdead_beef_0000_8100L)
                .with(MachineRegister.SYSENTER_ESP, 0x1234_0000_9000L)
                .with(MachineRegister.RFLAGS, 0x202)
                .withSource("""
                        sysenter
                        .org 0x100
                        mov %esp, %eax
                        mov $0x43000, %ecx
                        mov $0x8180, %edx
                        sysexit
                        """)
                .machine();
        machine.step();
        assertThat(machine.view().descriptor(SystemRegister.CS))
                .isEqualTo(new Descriptor(0x50, 0, 0xffff_ffffL, 0xc09b));
        assertThat(machine.view().descriptor(SystemRegister.SS))
                .isEqualTo(new Descriptor(0x58, 0, 0xffff_ffffL, 0xc093));
        assertThat(register(machine, MachineRegister.RIP)).isEqualTo(0x8100);
        assertThat(register(machine, MachineRegister.RSP)).isEqualTo(0x9000);
        assertThat(register(machine, MachineRegister.RFLAGS)).isEqualTo(2);
        for (int i = 0; i < 4; i++) machine.step();
        assertThat(machine.view().descriptor(SystemRegister.CS))
                .isEqualTo(new Descriptor(0x63, 0, 0xffff_ffffL, 0xc0fb));
        assertThat(machine.view().descriptor(SystemRegister.SS))
                .isEqualTo(new Descriptor(0x6b, 0, 0xffff_ffffL, 0xc0f3));
        assertThat(register(machine, MachineRegister.RIP)).isEqualTo(0x8180);
        assertThat(register(machine, MachineRegister.RSP)).isEqualTo(USER_ESP);
        assertThat(register(machine, MachineRegister.CPL)).isEqualTo(3);
    }

    @ParameterizedTest(name = "{0} is #UD")
    @CsvSource({"0f 05", "0f 07"})
    @DisplayName("SYSCALL and SYSRET do not exist")
    void noSystemCall(String code) {
        Machine machine = ProtectedMachine.inKernelMode()
                .with(MachineRegister.EFER, 1)
                .withGate(6, CODE, HANDLER, 0x8e)
                .withCode(code)
                .machine();
        assertThat(machine.step().outcome()).asString().contains("vector=6");
    }

    @ParameterizedTest(name = "target of type {0}: {1}")
    @CsvSource({"89, TSS", "81, TSS", "85, task gate"})
    @DisplayName("far transfers that would switch tasks are not emulated, and say so")
    void taskSwitches(String type, String part) {
        ProtectedMachine machine = ProtectedMachine.inKernelMode()
                .withEntry(SPARE, 0x67L | Long.parseLong(type, 16) << 40)
                .withSource("ljmp $0x50, $0");
        StepOutcome outcome = machine.machine().step().outcome();
        assertThat(outcome)
                .isInstanceOfSatisfying(
                        StepOutcome.NotEmulated.class,
                        missing -> assertThat(missing.toString())
                                .contains("task switch")
                                .contains(part));
    }

    @ParameterizedTest(name = "limit {0}: {1}")
    @CsvSource({"8004, retired", "8003, GP", "8001, GP", "7fff, GP"})
    @DisplayName("all bytes of an instruction have to lie within the code segment: else #GP(0)")
    void fetchLimit(String limit, String expected) {
        Machine machine = ProtectedMachine.inKernelMode()
                .withGate(13, CODE, HANDLER, 0x8e)
                .with(SystemRegister.CS, new Descriptor(CODE, 0, Long.parseLong(limit, 16), 0x409b))
                .withCode("b8 01 02 03 04") // mov $0x04030201, %eax
                .machine();
        StepOutcome outcome = machine.step().outcome();
        assertThat(
                        outcome instanceof StepOutcome.Retired
                                ? "retired"
                                : outcome.toString().contains("vector=13") ? "GP" : "?")
                .isEqualTo(expected);
    }
}
