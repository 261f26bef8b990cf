package dev.trapframe.emulator.cpu;

import static dev.trapframe.emulator.TestMachine.HANDLER;
import static dev.trapframe.emulator.TestMachine.INTERRUPT_GATE;
import static dev.trapframe.emulator.TestMachine.KERNEL_DATA;
import static dev.trapframe.emulator.TestMachine.KERNEL_RIP;
import static dev.trapframe.emulator.TestMachine.KERNEL_RSP;
import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.Machine;
import dev.trapframe.emulator.TestMachine;
import dev.trapframe.emulator.api.Limits;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MachineState;
import dev.trapframe.emulator.api.MicroOp;
import dev.trapframe.emulator.api.Rule;
import dev.trapframe.emulator.api.RunEnd;
import dev.trapframe.emulator.api.RunLimits;
import dev.trapframe.emulator.api.Step;
import dev.trapframe.emulator.api.StepOutcome;
import dev.trapframe.emulator.api.TraceView;
import dev.trapframe.emulator.event.Event;
import dev.trapframe.emulator.event.ExceptionVector;
import dev.trapframe.emulator.memory.LittleEndian;
import dev.trapframe.emulator.state.Rflags;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Devices and the processor's loop")
class DeviceEventsTest {

    private static final String APIC = ".equ APIC, 0x1ff000\n";

    private static TestMachine kernel() {
        TestMachine machine = TestMachine.inKernelMode().withDevices();
        for (int vector : List.of(1, 2, 18, 0x30, 0x45, 0x51, 0xff)) machine.withGate(vector, INTERRUPT_GATE, 0);
        return machine.withBytes(HANDLER, "48 cf"); // iretq
    }

    private static StepOutcome delivered(int vector) {
        return new StepOutcome.EventDelivered(Event.externalInterrupt(vector));
    }

    private static Step stepTo(Machine machine, StepOutcome outcome) {
        for (int i = 0; i < 10_000; i++) {
            Step step = machine.step();
            if (step.outcome().equals(outcome)) return step;
        }
        throw new AssertionError(outcome + " does not come");
    }

    private static long quadword(Machine machine, long linear) {
        return LittleEndian.get(machine.view().physical(linear, 8), 0, 8);
    }

    private static List<MicroOp.EventHeld> held(Step step) {
        return step.microSteps().stream()
                .filter(micro -> micro.op() instanceof MicroOp.EventHeld)
                .map(micro -> (MicroOp.EventHeld) micro.op())
                .toList();
    }

    @Nested
    @DisplayName("the local APIC")
    class LocalApic {

        @Test
        @DisplayName("interrupts between two instructions, and again only after EOI; the trace says what holds it")
        void selfInterrupt() {
            Machine machine = kernel().withProgram(APIC + """
                            movl $0x40045, APIC+0x300
                            nop
                            movl $0x40045, APIC+0x300
                            nop
                            movl $0, APIC+0xb0
                            nop
                            """).machine();
            machine.step();
            assertThat(machine.step().outcome()).isEqualTo(delivered(0x45));
            machine.step(); // iretq
            machine.step(); // nop
            machine.step();
            Step nop = machine.step();
            assertThat(held(nop))
                    .containsExactly(
                            new MicroOp.EventHeld(Event.externalInterrupt(0x45), Rule.PROCESSOR_PRIORITY, 4, 4));
            machine.step(); // EOI
            assertThat(machine.step().outcome()).isEqualTo(delivered(0x45));
        }

        @Test
        @DisplayName("is held by CR8, and the trace says so")
        void taskPriority() {
            Machine machine = kernel().with(MachineRegister.CR8, 5)
                    .withProgram(APIC + "movl $0x40051, APIC+0x300; nop; xor %eax, %eax; mov %rax, %cr8; nop")
                    .machine();
            machine.step();
            assertThat(held(machine.step()))
                    .containsExactly(new MicroOp.EventHeld(Event.externalInterrupt(0x51), Rule.TASK_PRIORITY, 5, 5));
            machine.step();
            machine.step();
            assertThat(machine.step().outcome()).isEqualTo(delivered(0x51));
        }

        @Test
        @DisplayName("sends an NMI, whatever IF")
        void nmi() {
            Machine machine = kernel().with(MachineRegister.RFLAGS, 2)
                    .withProgram(APIC + "movl $0x40400, APIC+0x300; nop")
                    .machine();
            machine.step();
            assertThat(machine.step().outcome()).isEqualTo(new StepOutcome.EventDelivered(Event.nmi()));
        }

        @Test
        @DisplayName("takes injected interrupts: they are in its registers, and wait for EOI")
        void injected() {
            Machine machine = kernel().withInjection(1, Event.externalInterrupt(0x45))
                    .withInjection(3, Event.externalInterrupt(0x30))
                    .withProgram("nop; nop; nop; nop")
                    .machine();
            machine.step();
            assertThat(machine.step().outcome()).isEqualTo(delivered(0x45));
            assertThat(machine.view().devices().localApic().inService()).containsExactly(0x45);
            machine.step();
            machine.step();
            assertThat(machine.view().devices().localApic().requested()).containsExactly(0x30);
            assertThat(machine.view().nonRegisterState().pendingInterrupts()).isEmpty();
        }

        @ParameterizedTest(name = "APIC base {0}")
        @ValueSource(longs = {0xfee0_0100L, 0xfee0_0900L})
        @DisplayName("lets them through to the processor's pin while it is off, or software has not enabled it")
        void bypassed(long base) {
            Machine machine = kernel().with(MachineRegister.APIC_BASE, base)
                    .withInjection(1, Event.externalInterrupt(0x45))
                    .withInjection(4, Event.externalInterrupt(0x45))
                    .withProgram(APIC + "movl $0xff, APIC+0xf0; nop; nop; nop")
                    .machine();
            machine.step();
            assertThat(machine.step().outcome()).isEqualTo(delivered(0x45));
            assertThat(machine.view().devices().localApic().inService()).isEmpty();
            machine.step();
            machine.step();
            assertThat(machine.step().outcome()).isEqualTo(delivered(0x45));
        }

        @Test
        @DisplayName("a spurious interrupt has the vector of SVR and is not in service")
        void spurious() {
            Machine machine = kernel().withInjection(1, Event.spuriousInterrupt())
                    .withProgram("nop; nop")
                    .machine();
            machine.step();
            assertThat(machine.step().outcome()).isEqualTo(delivered(0xff));
            assertThat(machine.view().devices().localApic().inService()).isEmpty();
        }

        @Test
        @DisplayName("in x2APIC mode is reached by MSRs, and its page is not there")
        void x2Apic() {
            Machine machine = kernel().withProgram(APIC + """
                            mov $0x1b, %ecx
                            rdmsr
                            or $0x400, %eax
                            wrmsr
                            mov APIC+0x30, %ebx
                            mov $0x83f, %ecx
                            mov $0x51, %eax
                            xor %edx, %edx
                            wrmsr
                            nop
                            """).machine();
            stepTo(machine, delivered(0x51));
            assertThat(machine.view().register(MachineRegister.RBX)).isEqualTo(0xffff_ffffL);
            assertThat(machine.view().devices().localApic().inService()).containsExactly(0x51);
        }

        @ParameterizedTest(name = "{0} to {1}: {2}")
        @org.junit.jupiter.params.provider.CsvSource({
            "900, 900, true", "900, 100, true", "900, d00, true", "900, 500, false",
            "d00, d00, true", "d00, 100, true", "d00, 900, false", "d00, 500, false",
            "100, 100, true", "100, 900, true", "100, d00, false", "100, 500, false"
        })
        @DisplayName("changes its mode as the manual's state diagram has it, else #GP(0)")
        void transitions(String before, String after, boolean allowed) {
            Machine machine = kernel().with(MachineRegister.APIC_BASE, 0xfee0_0000L | Long.parseLong(before, 16))
                    .with(MachineRegister.RCX, 0x1b)
                    .with(MachineRegister.RAX, 0xfee0_0000L | Long.parseLong(after, 16))
                    .withGate(13, INTERRUPT_GATE, 0)
                    .withProgram("wrmsr")
                    .machine();
            StepOutcome outcome = machine.step().outcome();
            StepOutcome refused = new StepOutcome.EventDelivered(Event.exception(ExceptionVector.GP, 0));
            assertThat(outcome).isEqualTo(allowed ? new StepOutcome.Retired() : refused);
        }

        @Test
        @DisplayName("that moves its page onto RAM hides what is there, and shows it again when it moves on")
        void movesOntoRam() {
            Machine machine = kernel().withQuadword(KERNEL_DATA + 0x30, 0x1234)
                    .withProgram("""
                            mov 0xf030, %ebx
                            mov $0x1b, %ecx
                            mov $0xf900, %eax
                            xor %edx, %edx
                            wrmsr
                            mov 0xf030, %esi
                            mov $0xfee00900, %eax
                            wrmsr
                            mov 0xf030, %edi
                            hlt
                            """)
                    .machine();
            for (int i = 0; i < 9; i++) machine.step();
            assertThat(machine.view().register(MachineRegister.RBX)).isEqualTo(0x1234);
            assertThat(machine.view().register(MachineRegister.RSI)).isEqualTo(0x5_0014);
            assertThat(machine.view().register(MachineRegister.RDI)).isEqualTo(0x1234);
        }
    }

    @Nested
    @DisplayName("the timer")
    class Timer {

        /** One-shot of so many ticks, vector 0x45, then code of the test's own. */
        private static TestMachine timer(int count, String mode, String code) {
            return kernel().withProgram(APIC + """
                            movl $0xb, APIC+0x3e0
                            movl $0x%s0045, APIC+0x320
                            movl $%d, APIC+0x380
                            %s
                            """.formatted(mode, count, code));
        }

        @Test
        @DisplayName("interrupts so many instructions after its count was written")
        void oneShot() {
            Machine machine =
                    timer(5, "0", "nop; nop; nop; nop; nop; nop; nop; nop").machine();
            machine.step();
            machine.step();
            machine.step();
            long loaded = machine.view().nonRegisterState().ticks();
            for (int i = 0; i < 4; i++) {
                assertThat(machine.step().outcome()).isEqualTo(new StepOutcome.Retired());
            }
            // The write itself was the first tick.
            assertThat(machine.view().nonRegisterState().ticks()).isEqualTo(loaded + 4);
            assertThat(machine.step().outcome()).isEqualTo(delivered(0x45));
        }

        @Test
        @DisplayName("ends a REP instruction early: RIP at the instruction, RF in the image, and it goes on after IRET")
        void endsRepeat() {
            Machine machine = timer(10, "0", "rep stosb; nop")
                    .with(MachineRegister.RCX, 100)
                    .with(MachineRegister.RDI, KERNEL_DATA)
                    .machine();
            machine.step();
            machine.step();
            machine.step();
            Step string = machine.step();
            assertThat(string.iterations()).isEqualTo(9);
            assertThat(machine.view().register(MachineRegister.RCX)).isEqualTo(91);
            assertThat(machine.step().outcome()).isEqualTo(delivered(0x45));
            assertThat(quadword(machine, KERNEL_RSP - 24)).isEqualTo(0x202 | Rflags.RF);
            machine.step();
            assertThat(machine.step().iterations()).isEqualTo(91);
        }

        @Test
        @DisplayName("does not end one while interrupts are masked, and fires in the middle of it all the same")
        void maskedRepeat() {
            Machine machine = timer(10, "0", "rep stosb; nop")
                    .with(MachineRegister.RFLAGS, 2)
                    .with(MachineRegister.RCX, 100)
                    .with(MachineRegister.RDI, KERNEL_DATA)
                    .machine();
            machine.step();
            machine.step();
            machine.step();
            assertThat(machine.step().iterations()).isEqualTo(100);
            assertThat(machine.view().devices().localApic().requested()).containsExactly(0x45);
        }

        @Test
        @DisplayName("wakes HLT: time goes by until then")
        void wakesHlt() {
            Machine machine = timer(1_000_000, "0", "hlt; nop").machine();
            machine.step();
            machine.step();
            long loading = machine.view().nonRegisterState().ticks();
            machine.step();
            assertThat(machine.step().outcome()).isEqualTo(delivered(0x45));
            assertThat(machine.view().nonRegisterState().ticks()).isEqualTo(loading + 1_000_000);
        }

        @ParameterizedTest(name = "{0}")
        @ValueSource(strings = {"cli; hlt", "movl $0x10045, APIC+0x320; hlt", "movl $0x50, APIC+0x80; hlt"})
        @DisplayName("does not wake HLT if its interrupt would not be heard")
        void doesNotWake(String code) {
            Machine machine = timer(1000, "2", code).machine();
            assertThat(machine.run(100)).isEqualTo(RunEnd.HALTED);
        }

        @Test
        @DisplayName("a state taken of a machine that waits for it goes on waiting")
        void isState() {
            Machine machine = timer(50, "0", "1: jmp 1b").machine();
            for (int i = 0; i < 20; i++) machine.step();
            Machine again = Machine.load(machine.view().state());
            int steps = 0;
            while (again.step().outcome().equals(new StepOutcome.Retired())) steps++;
            assertThat(steps).isEqualTo(50 - 18);
        }

        @Test
        @DisplayName("by deadline fires when the time-stamp counter gets there, also one that was set ahead")
        void deadline() {
            Machine machine = kernel().with(MachineRegister.TSC_ADJUST, 1_000_000)
                    .withProgram(APIC + """
                            movl $0x40045, APIC+0x320
                            mov $0x6e0, %ecx
                            mov $1000010, %eax
                            xor %edx, %edx
                            wrmsr
                            rdmsr
                            mov %eax, %esi
                            nop; nop; nop; nop; nop; nop; nop; nop
                            """)
                    .machine();
            stepTo(machine, delivered(0x45));
            assertThat(machine.view().nonRegisterState().ticks()).isEqualTo(10);
            assertThat(machine.view().register(MachineRegister.RSI)).isEqualTo(1_000_010);
        }

        /** Counts in memory, EOI, and a busy loop with calls, strings and branches. */
        private static TestMachine busy(int period) {
            return timer(period, "2", """
                            mov $0x100, %ebx
                            1: mov $3, %ecx
                            mov $0xf100, %edi
                            rep stosb
                            call 2f
                            lea 5(%rax,%rbx), %rdx
                            add %rdx, 0xf200
                            dec %ebx
                            jnz 1b
                            mov $0xf4, %edx
                            mov $7, %eax
                            out %eax, %dx
                            2: push %rbx
                            xor %rbx, %rax
                            pop %rbx
                            ret
                            .org 0x800
                            incq 0xf000
                            movl $0, APIC+0xb0
                            iretq
                            """);
        }

        @ParameterizedTest(name = "every {0} ticks")
        @ValueSource(ints = {7, 8, 9, 13, 50, 64, 333})
        @DisplayName(
                "interrupts running free where it interrupts stepping, and every position is a state to go on from")
        void periodic(int period) {
            MachineState start = busy(period).state();
            TraceView trace = Machine.load(start).record(Limits.ofSteps(20_000));
            Machine free = Machine.load(start);
            assertThat(trace.end()).isEqualTo(RunEnd.EXITED);
            assertThat(free.run(20_000)).isEqualTo(RunEnd.EXITED);
            MachineState end = trace.at(trace.stepCount()).state();
            assertEqual(free.view().state(), end);
            assertThat(quadword(free, KERNEL_DATA)).as("interrupts").isGreaterThan(3);
            for (int position = 0; position < trace.stepCount(); position += 1 + trace.stepCount() / 23) {
                Machine again = Machine.load(trace.at(position).state());
                assertThat(again.run(20_000)).isEqualTo(RunEnd.EXITED);
                assertEqual(again.view().state(), end);
                Machine there = Machine.load(start);
                there.run(position);
                assertEqual(there.view().state(), trace.at(position).state());
            }
        }

        private static void assertEqual(MachineState actual, MachineState expected) {
            assertThat(actual.registers()).isEqualTo(expected.registers());
            assertThat(actual.system()).isEqualTo(expected.system());
            assertThat(actual.nonRegister()).isEqualTo(expected.nonRegister());
            assertThat(actual.devices()).isEqualTo(expected.devices());
            assertThat(actual.pages().keySet()).isEqualTo(expected.pages().keySet());
            actual.pages()
                    .forEach((page, bytes) -> assertThat(
                                    Arrays.equals(bytes, expected.pages().get(page)))
                            .as("page %x", page)
                            .isTrue());
        }
    }

    @Nested
    @DisplayName("the exit port")
    class Exit {

        @Test
        @DisplayName("ends the run after the OUT, whatever else would come then")
        void ends() {
            Machine machine = kernel().with(MachineRegister.RFLAGS, 0x202 | Rflags.TF)
                    .with(MachineRegister.RAX, 0x2a)
                    .withProgram("out %al, $0xf4; nop")
                    .machine();
            Step step = machine.step();
            assertThat(step.outcome()).isEqualTo(new StepOutcome.Exited(0x2a));
            assertThat(step.microSteps())
                    .extracting(dev.trapframe.emulator.api.MicroStep::op)
                    .contains(new MicroOp.PortWritten(0xf4, 1, 0x2a));
            assertThat(machine.view().register(MachineRegister.RIP)).isEqualTo(KERNEL_RIP + 2);
        }

        @Test
        @DisplayName("ends a run that is not recorded, and one that has limits of its own")
        void endsFreeRun() {
            String program = "mov $1000, %ecx; 1: loop 1b; out %al, $0xf4";
            Machine machine = kernel().withProgram(program).machine();
            assertThat(machine.run(new RunLimits(1_000_000, 1000, () -> false))).isEqualTo(RunEnd.EXITED);
            Machine limited = kernel().withProgram(program).machine();
            assertThat(limited.run(new RunLimits(500, 1000, () -> false))).isEqualTo(RunEnd.TICK_LIMIT);
            assertThat(limited.view().nonRegisterState().ticks()).isEqualTo(500);
            assertThat(limited.run(new RunLimits(1_000_000, 1, () -> false))).isEqualTo(RunEnd.MEMORY_LIMIT);
            assertThat(limited.run(new RunLimits(1_000_000, 1000, () -> true))).isEqualTo(RunEnd.TIME_LIMIT);
            assertThat(limited.run(new RunLimits(1_000_000, 1000, () -> false))).isEqualTo(RunEnd.EXITED);
        }
    }

    @Test
    @DisplayName("the serial output of a position is what was sent until then")
    void serialOutput() {
        Machine machine = kernel().withProgram("""
                        mov $0x3f8, %edx
                        mov $'a', %eax
                        1: out %al, %dx
                        inc %eax
                        jmp 1b
                        """).machine();
        TraceView trace = machine.record(Limits.ofSteps(14));
        assertThat(machine.serialOutput().text()).isEqualTo("abcd");
        for (int position = 0; position <= 14; position++) {
            int sent = (position + 0) / 3;
            assertThat(trace.at(position).devices().serial().output().text()).isEqualTo("abcd".substring(0, sent));
        }
    }
}
