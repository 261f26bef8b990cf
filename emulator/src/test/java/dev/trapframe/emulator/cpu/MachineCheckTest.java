package dev.trapframe.emulator.cpu;

import static dev.trapframe.emulator.TestMachine.HANDLER;
import static dev.trapframe.emulator.TestMachine.INTERRUPT_GATE;
import static dev.trapframe.emulator.TestMachine.KERNEL_DATA;
import static dev.trapframe.emulator.TestMachine.KERNEL_RIP;
import static dev.trapframe.emulator.TestMachine.KERNEL_RSP;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.trapframe.emulator.Machine;
import dev.trapframe.emulator.TestMachine;
import dev.trapframe.emulator.api.Injection;
import dev.trapframe.emulator.api.MachineCheck;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MicroOp;
import dev.trapframe.emulator.api.MicroStep;
import dev.trapframe.emulator.api.Step;
import dev.trapframe.emulator.api.StepOutcome;
import dev.trapframe.emulator.event.Event;
import dev.trapframe.emulator.event.ExceptionVector;
import dev.trapframe.emulator.memory.LittleEndian;
import dev.trapframe.emulator.state.Rflags;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Source: Intel SDM Vol. 3A, "Interrupt 18 - Machine-Check Exception (#MC)"; Vol. 3B, "Machine-Check Architecture". */
@DisplayName("A machine check")
class MachineCheckTest {

    private static final long CR4 = 0x6a0 | 1 << 6;
    private static final MachineCheck MEMORY_ERROR = new MachineCheck(0xbd80_0000_0010_0134L, 0x1234_5000L, 0x8c);
    private static final StepOutcome DELIVERED = new StepOutcome.EventDelivered(Event.exception(ExceptionVector.MC));

    private static TestMachine kernel() {
        TestMachine machine = TestMachine.inKernelMode().with(MachineRegister.CR4, CR4);
        for (int vector : new int[] {1, 2, 8, 18, 0x30}) machine.withGate(vector, INTERRUPT_GATE, 0);
        return machine.withBytes(HANDLER, "48 cf");
    }

    private static long quadword(Machine machine, long linear) {
        return LittleEndian.get(machine.view().physical(linear, 8), 0, 8);
    }

    @Test
    @DisplayName(
            "is reported in bank 0 and IA32_MCG_STATUS, and delivered between two instructions without an error code")
    void delivered() {
        Machine machine = kernel().withMachineCheck(1, MEMORY_ERROR)
                .withProgram("nop; nop")
                .machine();
        machine.step();
        Step step = machine.step();
        assertThat(step.outcome()).isEqualTo(DELIVERED);
        assertThat(step.bytes()).isEmpty();
        assertThat(step.microSteps().get(0).op())
                .isEqualTo(new MicroOp.MachineCheckReported(
                        MEMORY_ERROR.status(), MEMORY_ERROR.address(), MEMORY_ERROR.misc()));
        assertThat(machine.view().register(MachineRegister.MCG_STATUS)).isEqualTo(7);
        assertThat(machine.view().register(MachineRegister.MC0_STATUS)).isEqualTo(MEMORY_ERROR.status());
        assertThat(machine.view().register(MachineRegister.MC0_ADDR)).isEqualTo(MEMORY_ERROR.address());
        assertThat(machine.view().register(MachineRegister.MC0_MISC)).isEqualTo(MEMORY_ERROR.misc());
        assertThat(quadword(machine, KERNEL_RSP - 40)).isEqualTo(KERNEL_RIP + 1);
        assertThat(quadword(machine, KERNEL_RSP - 24)).isEqualTo(0x202);
        machine.step();
        assertThat(machine.view().register(MachineRegister.RIP)).isEqualTo(KERNEL_RIP + 1);
    }

    @Test
    @DisplayName("waits neither for IF, nor for the shadows of STI and MOV SS, nor for the end of an NMI")
    void isNotHeld() {
        Machine masked = kernel().with(MachineRegister.RFLAGS, 2)
                .withMachineCheck(1, MEMORY_ERROR)
                .withProgram("sti; nop")
                .machine();
        masked.step();
        assertThat(masked.step().outcome()).isEqualTo(DELIVERED);
        Machine shadowed = kernel().with(MachineRegister.RAX, TestMachine.KERNEL_DS)
                .withMachineCheck(1, MEMORY_ERROR)
                .withProgram("mov %eax, %ss; nop")
                .machine();
        shadowed.step();
        assertThat(shadowed.step().outcome()).isEqualTo(DELIVERED);
        Machine blocked = kernel().withInjection(0, Event.nmi())
                .withMachineCheck(1, MEMORY_ERROR)
                .withProgram("nop")
                .machine();
        blocked.step();
        assertThat(blocked.view().nonRegisterState().blockingByNmi()).isTrue();
        assertThat(blocked.step().outcome()).isEqualTo(DELIVERED);
    }

    @Test
    @DisplayName("goes before an NMI and an interrupt that come with it")
    void priority() {
        Machine machine = kernel().withInjection(0, Event.externalInterrupt(0x30))
                .withInjection(0, Event.nmi())
                .withMachineCheck(0, MEMORY_ERROR)
                .withProgram("nop")
                .machine();
        assertThat(machine.step().outcome()).isEqualTo(DELIVERED);
        assertThat(machine.step().outcome()).isEqualTo(new StepOutcome.EventDelivered(Event.nmi()));
    }

    @Test
    @DisplayName("wakes HLT")
    void wakesHlt() {
        Machine machine = kernel().with(MachineRegister.RFLAGS, 2)
                .withMachineCheck(40, MEMORY_ERROR)
                .withProgram("hlt; nop")
                .machine();
        assertThat(machine.step().outcome()).isEqualTo(DELIVERED);
        assertThat(quadword(machine, KERNEL_RSP - 40)).isEqualTo(KERNEL_RIP + 1);
    }

    @Test
    @DisplayName("between two iterations of a string instruction saves RF")
    void betweenIterations() {
        Machine machine = kernel().with(MachineRegister.RCX, 5000)
                .with(MachineRegister.RDI, KERNEL_DATA)
                .withMachineCheck(1, MEMORY_ERROR)
                .withProgram("rep stosb")
                .machine();
        // A step makes 4,096 iterations at the most.
        machine.step();
        assertThat(machine.step().outcome()).isEqualTo(DELIVERED);
        assertThat(quadword(machine, KERNEL_RSP - 40)).isEqualTo(KERNEL_RIP);
        assertThat(quadword(machine, KERNEL_RSP - 24)).isEqualTo(0x202 | Rflags.RF);
    }

    @Test
    @DisplayName("shuts the processor down with CR4.MCE = 0, and so does one while another is in progress")
    void shutsDown() {
        Machine disabled = kernel().with(MachineRegister.CR4, 0x6a0)
                .withMachineCheck(0, MEMORY_ERROR)
                .withProgram("nop")
                .machine();
        Step step = disabled.step();
        assertThat(step.outcome()).isInstanceOf(StepOutcome.Shutdown.class);
        assertThat(disabled.view().register(MachineRegister.RIP)).isEqualTo(KERNEL_RIP);
        Machine twice = kernel().withMachineCheck(0, MEMORY_ERROR)
                .withMachineCheck(1, MEMORY_ERROR)
                .withProgram("nop")
                .machine();
        assertThat(twice.step().outcome()).isEqualTo(DELIVERED);
        assertThat(twice.step().outcome()).isInstanceOf(StepOutcome.Shutdown.class);
        Machine halted = kernel().with(MachineRegister.CR4, 0x6a0)
                .withMachineCheck(9, MEMORY_ERROR)
                .withProgram("hlt")
                .machine();
        assertThat(halted.step().outcome()).isInstanceOf(StepOutcome.Shutdown.class);
    }

    @Test
    @DisplayName("may come again once software has cleared IA32_MCG_STATUS")
    void again() {
        Machine machine = kernel().withMachineCheck(0, MEMORY_ERROR)
                .withMachineCheck(6, MachineCheck.UNCLASSIFIED)
                .withProgram("""
                        nop; nop; nop
                        .org 0x800
                        mov $0x17a, %ecx
                        xor %eax, %eax
                        xor %edx, %edx
                        wrmsr
                        iretq
                        """)
                .machine();
        assertThat(machine.step().outcome()).isEqualTo(DELIVERED);
        for (int i = 0; i < 5; i++) assertThat(machine.step().outcome()).isEqualTo(new StepOutcome.Retired());
        Step second = machine.step();
        assertThat(second.outcome()).isEqualTo(DELIVERED);
        assertThat(second.microSteps())
                .extracting(MicroStep::op)
                .contains(new MicroOp.MachineCheckReported(MachineCheck.UNCLASSIFIED.status(), 0, 0));
    }

    @Test
    @DisplayName("is the only exception that comes from outside, and says what it reports")
    void injections() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Injection(0, Event.exception(ExceptionVector.PF, 0)))
                .withMessage("of exceptions only #MC comes from outside, got vector 14");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Injection(0, Event.exception(ExceptionVector.MC)))
                .withMessage("a machine check, and nothing else, says what it reports");
    }
}
