package dev.trapframe.emulator.cpu;

import static dev.trapframe.emulator.TestMachine.HANDLER;
import static dev.trapframe.emulator.TestMachine.INTERRUPT_GATE;
import static dev.trapframe.emulator.TestMachine.KERNEL_DATA;
import static dev.trapframe.emulator.TestMachine.KERNEL_RIP;
import static dev.trapframe.emulator.TestMachine.KERNEL_RSP;
import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.Machine;
import dev.trapframe.emulator.TestMachine;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MicroOp;
import dev.trapframe.emulator.api.Rule;
import dev.trapframe.emulator.api.Step;
import dev.trapframe.emulator.api.StepOutcome;
import dev.trapframe.emulator.event.Event;
import dev.trapframe.emulator.event.ExceptionVector;
import dev.trapframe.emulator.memory.LittleEndian;
import dev.trapframe.emulator.state.Rflags;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Source: Intel SDM Vol. 3A, "Priority Among Simultaneous Exceptions and Interrupts". */
@DisplayName("Events that wait")
class PendingEventsTest {

    private static TestMachine kernel() {
        TestMachine machine = TestMachine.inKernelMode();
        for (int vector : List.of(1, 2, 0x30, 0x45, 0x51)) machine.withGate(vector, INTERRUPT_GATE, 0);
        return machine;
    }

    private static StepOutcome delivered(Event event) {
        return new StepOutcome.EventDelivered(event);
    }

    private static List<MicroOp.EventHeld> held(Step step) {
        return step.microSteps().stream()
                .filter(micro -> micro.op() instanceof MicroOp.EventHeld)
                .map(micro -> (MicroOp.EventHeld) micro.op())
                .toList();
    }

    private static long word(Machine machine, long linear) {
        return LittleEndian.get(machine.view().physical(linear, 8), 0, 8);
    }

    @Test
    @DisplayName("an interrupt whose class does not exceed CR8 waits, and says which class and which TPR")
    void taskPriority() {
        Machine machine = kernel().with(MachineRegister.CR8, 4)
                .withInjection(0, Event.externalInterrupt(0x45))
                .withCode("90 31 c0 44 0f 22 c0 90") // nop; xor eax,eax; mov cr8,rax; nop
                .machine();
        MicroOp.EventHeld held = held(machine.step()).get(0);
        assertThat(held).isEqualTo(new MicroOp.EventHeld(Event.externalInterrupt(0x45), Rule.TASK_PRIORITY, 4, 4));
        machine.step();
        machine.step();
        assertThat(machine.step().outcome()).isEqualTo(delivered(Event.externalInterrupt(0x45)));
    }

    @Test
    @DisplayName("of several interrupts the highest vector goes first; a vector waits only once")
    void highestFirst() {
        Machine machine = kernel().withInjection(0, Event.externalInterrupt(0x30))
                .withInjection(0, Event.externalInterrupt(0x51))
                .withInjection(0, Event.externalInterrupt(0x30))
                .withBytes(HANDLER, "48 cf")
                .withCode("90")
                .machine();
        assertThat(machine.step().outcome()).isEqualTo(delivered(Event.externalInterrupt(0x51)));
        assertThat(machine.view().nonRegisterState().pendingInterrupts()).containsExactly(0x30);
        machine.step();
        assertThat(machine.step().outcome()).isEqualTo(delivered(Event.externalInterrupt(0x30)));
        assertThat(machine.view().nonRegisterState().pendingInterrupts()).isEmpty();
    }

    @Test
    @DisplayName("the trap of the instruction before comes first, then the NMI, then the interrupt")
    void priorities() {
        Machine machine = kernel().with(MachineRegister.RFLAGS, 0x202 | Rflags.TF)
                .withInjection(1, Event.externalInterrupt(0x30))
                .withInjection(1, Event.nmi())
                .withBytes(HANDLER, "48 cf")
                .withCode("90 90")
                .machine();
        assertThat(machine.step().outcome()).isEqualTo(delivered(Event.exception(ExceptionVector.DB)));
        Step nmi = machine.step();
        assertThat(nmi.outcome()).isEqualTo(delivered(Event.nmi()));
        Step handler = machine.step();
        assertThat(held(handler)).extracting(MicroOp.EventHeld::rule).containsExactly(Rule.INTERRUPT_FLAG);
        assertThat(handler.outcome()).isEqualTo(new StepOutcome.Retired());
    }

    @Test
    @DisplayName(
            "a shadow lasts one iteration of a string instruction, which the interrupt then ends: RF 1 in the image")
    void endsRepeat() {
        Machine machine = kernel().with(MachineRegister.RFLAGS, 2)
                .with(MachineRegister.RCX, 5)
                .with(MachineRegister.RDI, KERNEL_DATA)
                .withInjection(0, Event.externalInterrupt(0x30))
                .withCode("fb f3 aa") // sti; rep stosb
                .machine();
        machine.step();
        Step string = machine.step();
        assertThat(string.iterations()).isEqualTo(1);
        assertThat(machine.view().register(MachineRegister.RCX)).isEqualTo(4);
        assertThat(machine.view().register(MachineRegister.RDI)).isEqualTo(KERNEL_DATA + 1);
        assertThat(machine.step().outcome()).isEqualTo(delivered(Event.externalInterrupt(0x30)));
        assertThat(word(machine, KERNEL_RSP - 40)).isEqualTo(KERNEL_RIP + 1);
        assertThat(word(machine, KERNEL_RSP - 24)).isEqualTo(0x202 | Rflags.RF);
    }

    @Test
    @DisplayName("the next event to come wakes HLT, however late it comes")
    void wakesHlt() {
        Machine machine = kernel().withInjection(50, Event.externalInterrupt(0x30))
                .withCode("f4")
                .machine();
        assertThat(machine.step().outcome()).isEqualTo(delivered(Event.externalInterrupt(0x30)));
        assertThat(word(machine, KERNEL_RSP - 40)).isEqualTo(KERNEL_RIP + 1);
    }

    @Test
    @DisplayName("a state taken of a halted machine is halted: it runs nothing")
    void staysHalted() {
        Machine machine =
                kernel().with(MachineRegister.RFLAGS, 2).withCode("f4 90").machine();
        machine.step();
        assertThat(machine.view().nonRegisterState().halted()).isTrue();
        Machine again = Machine.load(machine.view().state());
        assertThat(again.step().outcome()).isEqualTo(new StepOutcome.Halted());
        assertThat(again.view().register(MachineRegister.RIP)).isEqualTo(KERNEL_RIP + 1);
    }
}
