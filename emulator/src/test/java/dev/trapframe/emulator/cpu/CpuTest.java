package dev.trapframe.emulator.cpu;

import static dev.trapframe.emulator.TestMachine.HANDLER;
import static dev.trapframe.emulator.TestMachine.INTERRUPT_GATE;
import static dev.trapframe.emulator.TestMachine.KERNEL_CS;
import static dev.trapframe.emulator.TestMachine.KERNEL_DATA;
import static dev.trapframe.emulator.TestMachine.KERNEL_DS;
import static dev.trapframe.emulator.TestMachine.KERNEL_RIP;
import static dev.trapframe.emulator.TestMachine.KERNEL_RSP;
import static dev.trapframe.emulator.TestMachine.RSP0;
import static dev.trapframe.emulator.TestMachine.USER_DATA;
import static dev.trapframe.emulator.TestMachine.USER_RIP;
import static dev.trapframe.emulator.TestMachine.USER_RSP;
import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.Machine;
import dev.trapframe.emulator.TestMachine;
import dev.trapframe.emulator.api.Change;
import dev.trapframe.emulator.api.Change.RegisterChange;
import dev.trapframe.emulator.api.Injection;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MachineState;
import dev.trapframe.emulator.api.MicroOp;
import dev.trapframe.emulator.api.MicroStep;
import dev.trapframe.emulator.api.Phase;
import dev.trapframe.emulator.api.Rule;
import dev.trapframe.emulator.api.Step;
import dev.trapframe.emulator.api.StepOutcome;
import dev.trapframe.emulator.event.Event;
import dev.trapframe.emulator.event.ExceptionVector;
import dev.trapframe.emulator.memory.LittleEndian;
import dev.trapframe.emulator.state.Rflags;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The processor's loop")
class CpuTest {

    private static final Event TIMER = Event.externalInterrupt(0x30);
    private static final String NOP = "90";
    private static final String STI = "fb";
    private static final String HLT = "f4";
    private static final String MOV_SS_EAX = "8e d0";
    private static final String IRETQ = "48 cf";
    private static final long RFLAGS_OFFSET = 16;

    private static TestMachine kernel() {
        return TestMachine.inKernelMode()
                .withGate(0x30, INTERRUPT_GATE, 0)
                .withGate(2, INTERRUPT_GATE, 0)
                .withGate(1, INTERRUPT_GATE, 0)
                .withGate(3, INTERRUPT_GATE, 0)
                .withGate(6, INTERRUPT_GATE, 0)
                .withGate(14, INTERRUPT_GATE, 0);
    }

    private static TestMachine user() {
        return TestMachine.inUserMode()
                .withGate(14, INTERRUPT_GATE, 0)
                .withGate(6, INTERRUPT_GATE, 0)
                .withGate(3, INTERRUPT_GATE, 3);
    }

    private static List<String> names(Step step) {
        return step.microSteps().stream()
                .map(micro -> micro.op().getClass().getSimpleName())
                .toList();
    }

    private static List<Rule> held(Step step) {
        return step.microSteps().stream()
                .filter(micro -> micro.op() instanceof MicroOp.EventHeld)
                .map(micro -> ((MicroOp.EventHeld) micro.op()).rule())
                .toList();
    }

    private static List<Change> changesOf(Step step, Class<? extends MicroOp> kind) {
        return step.microSteps().stream()
                .filter(micro -> kind.isInstance(micro.op()))
                .map(MicroStep::changes)
                .flatMap(List::stream)
                .toList();
    }

    private static long quadword(Machine machine, long physical) {
        byte[] bytes = machine.view().physical(physical, 8);
        return LittleEndian.get(bytes, 0, Long.BYTES);
    }

    @Nested
    @DisplayName("on an instruction without events")
    class Plain {

        @Test
        @DisplayName("notes fetch, accesses and completion; the store owns memory, the completion owns registers")
        void ownership() {
            Step step = kernel().withCode("50")
                    .with(MachineRegister.RAX, 7)
                    .machine()
                    .step(); // push rax

            assertThat(names(step)).containsExactly("InstructionFetched", "MemoryWritten", "InstructionExecuted");
            assertThat(changesOf(step, MicroOp.MemoryWritten.class))
                    .contains(new Change.MemoryChange(KERNEL_RSP - 8, KERNEL_RSP - 8, 8, 0, 7));
            assertThat(changesOf(step, MicroOp.InstructionExecuted.class))
                    .containsExactlyInAnyOrder(
                            new RegisterChange(MachineRegister.RSP, KERNEL_RSP, KERNEL_RSP - 8),
                            new RegisterChange(MachineRegister.RIP, KERNEL_RIP, KERNEL_RIP + 1));
            assertThat(step.outcome()).isEqualTo(new StepOutcome.Retired());
            assertThat(step.text()).isEqualTo("push   %rax");
            assertThat(step.registersRead()).contains(MachineRegister.RAX, MachineRegister.RSP);
        }

        @Test
        @DisplayName("sees what the program has written over its own code")
        void selfModifyingCode() {
            // movb $0xff,-1(%rip): the next instruction, inc %eax (ff c0), was nop; nop before
            Machine machine = kernel().withCode("90 eb 00 c6 05 f6 ff ff ff f4 eb f4")
                    .with(MachineRegister.RFLAGS, 2)
                    .machine();
            for (int i = 0; i < 4; i++) machine.step();
            assertThat(machine.step().outcome()).isEqualTo(new StepOutcome.Halted());
        }
    }

    @Nested
    @DisplayName("on a fault")
    class Faults {

        @Test
        @DisplayName("tells fetch, refused walk, event, delivery in this order; the event owns CR2")
        void pageFault() {
            Step step = user().withCode("48 89 04 25 00 10 04 00") // mov %rax,0x41000
                    .withPageEntry(USER_DATA, 0)
                    .machine()
                    .step();

            assertThat(names(step))
                    .startsWith("InstructionFetched", "PageWalkRefused", "EventRaised", "Checked", "GateRead")
                    .endsWith("Pushed", "HandlerEntered");
            Event event = Event.exception(ExceptionVector.PF, 6);
            assertThat(step.microSteps().get(2).op())
                    .isEqualTo(new MicroOp.EventRaised(event, USER_RIP, OptionalLong.of(USER_DATA)));
            assertThat(step.microSteps().get(2).changes())
                    .containsExactly(new RegisterChange(MachineRegister.CR2, 0, USER_DATA));
            assertThat(step.outcome()).isEqualTo(new StepOutcome.EventDelivered(event));
        }

        @Test
        @DisplayName("belongs to the code's phase until the event is raised, then to delivery")
        void phases() {
            Step step = user().withCode("0f 0b").machine().step(); // ud2

            assertThat(step.microSteps().get(0).phase()).isEqualTo(Phase.USER);
            assertThat(step.microSteps().stream().skip(1)).allMatch(micro -> micro.phase() == Phase.DELIVERY);
        }

        @Test
        @DisplayName("takes back RSP: POP to an absent page leaves it where it was")
        void rollsBack() {
            Machine machine = user().withCode("8f 04 25 00 10 04 00") // pop 0x41000
                    .withPageEntry(USER_DATA, 0)
                    .machine();
            Step step = machine.step();

            assertThat(quadword(machine, RSP0 - 16)).isEqualTo(USER_RSP);
            assertThat(step.changes().stream()
                            .filter(change -> change instanceof RegisterChange register
                                    && register.register() == MachineRegister.RSP))
                    .containsExactly(new RegisterChange(MachineRegister.RSP, USER_RSP, RSP0 - 48));
        }

        @Test
        @DisplayName("pushes RF = 1, INT3 pushes RF = 0, and a completed instruction clears RF")
        void resumeFlag() {
            Machine fault = user().withCode("0f 0b").machine();
            fault.step();
            assertThat(quadword(fault, RSP0 - 24) & Rflags.RF).isEqualTo(Rflags.RF);

            Machine breakpoint = user().withCode("cc")
                    .with(MachineRegister.RFLAGS, 2 | Rflags.RF)
                    .machine();
            breakpoint.step();
            assertThat(quadword(breakpoint, RSP0 - 24) & Rflags.RF).isZero();
            assertThat(quadword(breakpoint, RSP0 - 40)).isEqualTo(USER_RIP + 1);

            Machine plain = user().withCode(NOP)
                    .with(MachineRegister.RFLAGS, 2 | Rflags.RF)
                    .machine();
            plain.step();
            assertThat(plain.view().register(MachineRegister.RFLAGS)).isEqualTo(2);
        }

        @Test
        @DisplayName("of the fetch notes no fetch")
        void fetchFault() {
            Step step = user().withPageEntry(USER_RIP, 0).machine().step();

            assertThat(names(step)).startsWith("PageWalkRefused", "EventRaised");
            assertThat(step.bytes()).isEmpty();
            assertThat(step.text()).isEmpty();
        }

        @Test
        @DisplayName("while delivering a page fault makes a double fault; without a gate for it, shutdown")
        void doubleFault() {
            Step delivered = TestMachine.inUserMode()
                    .withGate(8, INTERRUPT_GATE, 0)
                    .withPageEntry(USER_RIP, 0)
                    .machine()
                    .step();
            assertThat(delivered.outcome())
                    .isEqualTo(new StepOutcome.EventDelivered(Event.exception(ExceptionVector.DF, 0)));
            Event first = Event.exception(ExceptionVector.PF, 0x14);
            Event second = Event.exception(ExceptionVector.GP, 14 * 8 + 3);
            Event doubled = Event.exception(ExceptionVector.DF, 0);
            assertThat(delivered.microSteps().stream().map(MicroStep::op))
                    .contains(new MicroOp.EventsCombined(first, second, doubled));

            Machine machine =
                    TestMachine.inUserMode().withPageEntry(USER_RIP, 0).machine();
            assertThat(machine.step().outcome()).isInstanceOf(StepOutcome.Shutdown.class);
        }

        @Test
        @DisplayName("is not what an unknown instruction gets: it stops, with bytes and address, and nothing changed")
        void notEmulated() {
            Machine machine = kernel().withCode("0f 58 c1 90").machine(); // addps %xmm1,%xmm0
            Step step = machine.step();

            StepOutcome.NotEmulated outcome = (StepOutcome.NotEmulated) step.outcome();
            assertThat(outcome.linear()).isEqualTo(KERNEL_RIP);
            assertThat(outcome.bytes()).startsWith("0f 58 c1 90");
            assertThat(step.changes()).noneMatch(RegisterChange.class::isInstance);
            assertThat(names(step)).containsExactly("InstructionFetched");
        }
    }

    @Nested
    @DisplayName("holds an external interrupt")
    class HeldInterrupts {

        @Test
        @DisplayName("while IF is 0, and says so at every instruction")
        void interruptFlag() {
            Machine machine = kernel().withCode(NOP + NOP)
                    .with(MachineRegister.RFLAGS, 2)
                    .withInjection(0, TIMER)
                    .machine();
            assertThat(held(machine.step())).containsExactly(Rule.INTERRUPT_FLAG);
            assertThat(held(machine.step())).containsExactly(Rule.INTERRUPT_FLAG);
        }

        @Test
        @DisplayName("for one instruction after an STI that set IF")
        void stiShadow() {
            Machine machine = kernel().withCode(STI + NOP + NOP)
                    .with(MachineRegister.RFLAGS, 2)
                    .withInjection(0, TIMER)
                    .machine();
            assertThat(held(machine.step())).containsExactly(Rule.INTERRUPT_FLAG);
            assertThat(held(machine.step())).containsExactly(Rule.STI_SHADOW);
            assertThat(machine.step().outcome()).isEqualTo(new StepOutcome.EventDelivered(TIMER));
            assertThat(quadword(machine, KERNEL_RSP - 40)).isEqualTo(KERNEL_RIP + 2);
        }

        @Test
        @DisplayName("not twice running: of two MOV SS the second holds nothing off")
        void twoMovSs() {
            Machine machine = kernel().withCode(MOV_SS_EAX + MOV_SS_EAX + NOP)
                    .with(MachineRegister.RFLAGS, 2 | Rflags.IF)
                    .with(MachineRegister.RAX, TestMachine.KERNEL_DS)
                    .withInjection(1, TIMER)
                    .machine();
            machine.step();
            assertThat(held(machine.step())).containsExactly(Rule.MOV_SS_SHADOW);
            assertThat(machine.step().outcome()).isEqualTo(new StepOutcome.EventDelivered(TIMER));
        }

        @Test
        @DisplayName("for one instruction after MOV SS, and NMIs with it")
        void movSsShadow() {
            Machine machine = kernel().withCode(MOV_SS_EAX + NOP + NOP)
                    .with(MachineRegister.RAX, TestMachine.KERNEL_DS)
                    .withInjection(1, TIMER)
                    .withInjection(1, Event.nmi())
                    .machine();
            machine.step();
            assertThat(held(machine.step())).containsExactly(Rule.MOV_SS_SHADOW, Rule.MOV_SS_SHADOW);
            assertThat(machine.step().outcome()).isEqualTo(new StepOutcome.EventDelivered(Event.nmi()));
        }

        @Test
        @DisplayName("no longer than needed: else it comes instead of the instruction at its position")
        void delivers() {
            Machine machine =
                    kernel().withCode(NOP + NOP).withInjection(1, TIMER).machine();
            assertThat(machine.step().outcome()).isEqualTo(new StepOutcome.Retired());
            Step step = machine.step();

            assertThat(step.outcome()).isEqualTo(new StepOutcome.EventDelivered(TIMER));
            assertThat(step.bytes()).isEmpty();
            assertThat(names(step)).startsWith("EventRaised", "Checked", "GateRead");
            assertThat(quadword(machine, KERNEL_RSP - 40)).isEqualTo(KERNEL_RIP + 1);
        }
    }

    @Nested
    @DisplayName("blocks NMIs")
    class Nmi {

        @Test
        @DisplayName("from the delivery of one until an IRET")
        void untilInterruptReturn() {
            Machine machine = kernel().withBytes(HANDLER, NOP + IRETQ)
                    .withCode(NOP)
                    .withInjection(0, Event.nmi())
                    .withInjection(1, Event.nmi())
                    .machine();
            assertThat(machine.step().outcome()).isEqualTo(new StepOutcome.EventDelivered(Event.nmi()));
            assertThat(held(machine.step())).containsExactly(Rule.NMI_BLOCKED);
            assertThat(held(machine.step())).containsExactly(Rule.NMI_BLOCKED);
            assertThat(machine.step().outcome()).isEqualTo(new StepOutcome.EventDelivered(Event.nmi()));
        }
    }

    @Nested
    @DisplayName("on IRETQ")
    class Returning {

        @Test
        @DisplayName("counts everything from the first pop on as return; the last micro-op owns the registers")
        void phaseAndOwnership() {
            Machine machine =
                    kernel().withBytes(HANDLER, IRETQ).withCode("cc " + NOP).machine();
            machine.step();
            Step step = machine.step();

            assertThat(names(step))
                    .startsWith("InstructionFetched", "Checked", "Popped")
                    .endsWith("Returned");
            assertThat(step.microSteps().get(1).phase()).isEqualTo(Phase.ENTRY);
            assertThat(step.microSteps().stream().skip(2)).allMatch(micro -> micro.phase() == Phase.RETURN);
            assertThat(changesOf(step, MicroOp.Returned.class))
                    .contains(new RegisterChange(MachineRegister.RIP, HANDLER, KERNEL_RIP + 1));
        }
    }

    @Nested
    @DisplayName("on HLT")
    class Halting {

        @Test
        @DisplayName("stays halted with nothing pending, RIP after the HLT")
        void staysHalted() {
            Machine machine = kernel().withCode(HLT).machine();
            Step step = machine.step();

            assertThat(step.outcome()).isEqualTo(new StepOutcome.Halted());
            assertThat(names(step)).containsExactly("InstructionFetched", "InstructionExecuted", "Halted");
            assertThat(machine.view().register(MachineRegister.RIP)).isEqualTo(KERNEL_RIP + 1);
        }

        @Test
        @DisplayName("is woken in the same step by what comes due with it")
        void wakes() {
            Machine machine = kernel().withCode(HLT).withInjection(1, TIMER).machine();

            assertThat(machine.step().outcome()).isEqualTo(new StepOutcome.EventDelivered(TIMER));
            assertThat(quadword(machine, KERNEL_RSP - 40)).isEqualTo(KERNEL_RIP + 1);
        }

        @Test
        @DisplayName("is not woken by an interrupt while IF is 0, and says why")
        void staysWithInterruptsOff() {
            Machine machine = kernel().withCode(HLT)
                    .with(MachineRegister.RFLAGS, 2)
                    .withInjection(1, TIMER)
                    .machine();
            Step step = machine.step();

            assertThat(step.outcome()).isEqualTo(new StepOutcome.Halted());
            assertThat(held(step)).containsExactly(Rule.INTERRUPT_FLAG);
        }
    }

    @Nested
    @DisplayName("in MWAIT")
    class Waiting {

        /** xor %ecx,%ecx; monitor; then MWAIT with this ECX; nop. */
        private TestMachine waiting(int extensions) {
            return kernel().withCode("31 c9 0f 01 c8 b1 0" + extensions + " 0f 01 c9 90")
                    .with(MachineRegister.RAX, KERNEL_DATA);
        }

        private Machine atMwait(TestMachine setUp) {
            Machine machine = setUp.machine();
            machine.run(3);
            return machine;
        }

        @Test
        @DisplayName("goes on at once if MONITOR has not armed an address, or only for an MWAIT before")
        void notArmed() {
            Machine machine = kernel().withCode("0f 01 c9 0f 01 c9")
                    .with(MachineRegister.RCX, 0)
                    .machine();
            assertThat(machine.step().outcome()).isEqualTo(new StepOutcome.Retired());
            Machine twice = kernel().withCode("31 c9 0f 01 c8 0f 01 c9 0f 01 c9")
                    .with(MachineRegister.RAX, KERNEL_DATA)
                    .withInjection(90, TIMER)
                    .withBytes(HANDLER, "48 cf")
                    .machine();
            twice.run(2);
            assertThat(twice.view().nonRegisterState().monitoring()).isTrue();
            assertThat(twice.step().outcome()).isEqualTo(new StepOutcome.EventDelivered(TIMER));
            assertThat(twice.view().nonRegisterState().monitoring()).isFalse();
            twice.step();
            assertThat(twice.step().outcome()).isEqualTo(new StepOutcome.Retired());
        }

        @Test
        @DisplayName("stays with nothing to come, RIP behind it")
        void stays() {
            Machine machine = atMwait(waiting(0));
            Step step = machine.step();
            assertThat(step.outcome()).isEqualTo(new StepOutcome.Halted());
            assertThat(names(step)).containsExactly("InstructionFetched", "InstructionExecuted", "Halted");
            assertThat(machine.view().register(MachineRegister.RIP)).isEqualTo(KERNEL_RIP + 10);
            assertThat(machine.view().nonRegisterState().halted()).isTrue();
        }

        @Test
        @DisplayName("is woken by an interrupt that it then delivers, and by an NMI even with IF 0")
        void wakes() {
            Machine machine = atMwait(waiting(0).withInjection(90, TIMER));
            assertThat(machine.step().outcome()).isEqualTo(new StepOutcome.EventDelivered(TIMER));
            assertThat(quadword(machine, KERNEL_RSP - 40)).isEqualTo(KERNEL_RIP + 10);
            Machine masked = atMwait(waiting(0).with(MachineRegister.RFLAGS, 2).withInjection(90, Event.nmi()));
            assertThat(masked.step().outcome()).isEqualTo(new StepOutcome.EventDelivered(Event.nmi()));
        }

        @Test
        @DisplayName("with IF 0 an interrupt wakes it only if ECX says so, and is not delivered")
        void maskedInterrupts() {
            Machine stays = atMwait(waiting(0).with(MachineRegister.RFLAGS, 2).withInjection(90, TIMER));
            assertThat(stays.step().outcome()).isEqualTo(new StepOutcome.Halted());
            Machine wakes = atMwait(waiting(1).with(MachineRegister.RFLAGS, 2).withInjection(90, TIMER));
            assertThat(wakes.step().outcome()).isEqualTo(new StepOutcome.Retired());
            assertThat(wakes.view().register(MachineRegister.RIP)).isEqualTo(KERNEL_RIP + 10);
            assertThat(wakes.view().nonRegisterState().halted()).isFalse();
            assertThat(wakes.step().outcome()).isEqualTo(new StepOutcome.Retired());
            assertThat(wakes.view().register(MachineRegister.RIP)).isEqualTo(KERNEL_RIP + 11);
        }

        @Test
        @DisplayName("goes on waiting in a machine loaded from its state")
        void isPartOfTheState() {
            Machine halted = atMwait(waiting(1).with(MachineRegister.RFLAGS, 2));
            halted.step();
            MachineState state = halted.view().state();
            assertThat(state.nonRegister().wakesOnMasked()).isTrue();
            Machine loaded = Machine.load(state.with(List.of(new Injection(0, TIMER))));
            assertThat(loaded.step().outcome()).isEqualTo(new StepOutcome.Retired());
            assertThat(loaded.view().register(MachineRegister.RIP)).isEqualTo(KERNEL_RIP + 11);
        }
    }

    @Nested
    @DisplayName("with TF set")
    class SingleStep {

        @Test
        @DisplayName("delivers #DB after the instruction, with DR6.BS, TF in the image and the next RIP saved")
        void traps() {
            Machine machine = kernel().withCode(NOP)
                    .with(MachineRegister.RFLAGS, 2 | Rflags.TF)
                    .machine();
            Step step = machine.step();

            assertThat(step.outcome()).isEqualTo(new StepOutcome.EventDelivered(Event.exception(ExceptionVector.DB)));
            assertThat(machine.view().register(MachineRegister.DR6)).isEqualTo(0xffff_4ff0L);
            assertThat(quadword(machine, KERNEL_RSP - 40)).isEqualTo(KERNEL_RIP + 1);
            assertThat(quadword(machine, KERNEL_RSP - 40 + RFLAGS_OFFSET)).isEqualTo(2 | Rflags.TF);
            assertThat(machine.view().register(MachineRegister.RFLAGS)).isEqualTo(2);
        }

        @Test
        @DisplayName("makes one iteration of a REP instruction per step, RIP staying at it")
        void repeats() {
            Machine machine = kernel().withCode("f3 aa") // rep stosb
                    .with(MachineRegister.RFLAGS, 2 | Rflags.TF)
                    .with(MachineRegister.RCX, 3)
                    .with(MachineRegister.RDI, KERNEL_DATA)
                    .machine();
            machine.step();

            assertThat(machine.view().register(MachineRegister.RCX)).isEqualTo(2);
            assertThat(quadword(machine, KERNEL_RSP - 40)).isEqualTo(KERNEL_RIP);
        }
    }

    @Nested
    @DisplayName("with TF and IA32_DEBUGCTL.BTF set")
    class BranchStep {

        private static final long LBR_AND_BTF = 3;

        private TestMachine stepping(String code) {
            return kernel().withCode(code)
                    .with(MachineRegister.RFLAGS, 2 | Rflags.TF)
                    .with(MachineRegister.DEBUGCTL, LBR_AND_BTF);
        }

        @ParameterizedTest(name = "{0}")
        @ValueSource(
                strings = {
                    "eb 00", // jmp to the next instruction
                    "75 02", // jne
                    "e8 00 00 00 00", // call
                    "c3", // ret
                    "ff e0", // jmp *%rax
                    "48 cb", // lretq
                    "48 cf", // iretq
                    "ff 2c 25 00 f0 00 00", // ljmp
                    "e2 00", // loop
                    "e3 00" // jrcxz, RCX is 0
                })
        @DisplayName("a taken branch is trapped, with DR6.BS, and the trap clears BTF and LBR")
        void taken(String code) {
            boolean loop = code.startsWith("e2");
            Machine machine = stepping(code)
                    .with(MachineRegister.RAX, HANDLER)
                    .with(MachineRegister.RCX, loop ? 2 : 0)
                    .withQuadword(KERNEL_RSP, HANDLER)
                    .withQuadword(KERNEL_RSP + 8, KERNEL_CS)
                    .withQuadword(KERNEL_RSP + 16, 2)
                    .withQuadword(KERNEL_RSP + 24, KERNEL_RSP)
                    .withQuadword(KERNEL_RSP + 32, KERNEL_DS)
                    .withQuadword(KERNEL_DATA, (long) KERNEL_CS << 32 | HANDLER)
                    .machine();

            assertThat(machine.step().outcome())
                    .isEqualTo(new StepOutcome.EventDelivered(Event.exception(ExceptionVector.DB)));
            assertThat(machine.view().register(MachineRegister.DR6)).isEqualTo(0xffff_4ff0L);
            assertThat(machine.view().register(MachineRegister.DEBUGCTL)).isZero();
        }

        @ParameterizedTest(name = "{0}")
        @ValueSource(strings = {"90", "74 02", "e3 02", "48 01 c0", "8c d0", "0f a2", "0f 45 c1"})
        @DisplayName("anything else, and a branch not taken, is not")
        void notTaken(String code) {
            Machine machine = stepping(code).with(MachineRegister.RCX, 1).machine();

            assertThat(machine.step().outcome()).isEqualTo(new StepOutcome.Retired());
            assertThat(machine.view().register(MachineRegister.DEBUGCTL)).isEqualTo(LBR_AND_BTF);
        }

        @Test
        @DisplayName("a string instruction runs through")
        void repeats() {
            Machine machine = stepping("f3 aa")
                    .with(MachineRegister.RCX, 3)
                    .with(MachineRegister.RDI, KERNEL_DATA)
                    .machine();

            assertThat(machine.step().outcome()).isEqualTo(new StepOutcome.Retired());
            assertThat(machine.view().register(MachineRegister.RCX)).isZero();
        }

        @Test
        @DisplayName("INT1 is a debug exception and clears BTF; INT 1 is none and leaves it; neither is trapped itself")
        void interrupts() {
            Machine privileged = stepping("f1").machine();
            Machine software = stepping("cd 01").machine();
            Machine fault = stepping("0f 0b").machine();

            for (Machine machine : List.of(privileged, software, fault)) machine.step();

            assertThat(privileged.view().register(MachineRegister.DEBUGCTL)).isZero();
            assertThat(software.view().register(MachineRegister.DEBUGCTL)).isEqualTo(LBR_AND_BTF);
            assertThat(fault.view().register(MachineRegister.DEBUGCTL)).isEqualTo(LBR_AND_BTF);
            for (Machine machine : List.of(privileged, software, fault)) {
                assertThat(machine.view().register(MachineRegister.DR6)).isEqualTo(0xffff_0ff0L);
            }
        }

        @Test
        @DisplayName("a data breakpoint is reported without BS, and clears BTF")
        void dataBreakpoint() {
            Machine machine = stepping("48 89 04 25 00 f0 00 00") // mov %rax,0xf000
                    .with(MachineRegister.DR0, KERNEL_DATA)
                    .with(MachineRegister.DR7, 0x400 | 1 | 1 << 16 | 2 << 18)
                    .machine();
            machine.step();

            assertThat(machine.view().register(MachineRegister.DR6)).isEqualTo(0xffff_0ff1L);
            assertThat(machine.view().register(MachineRegister.DEBUGCTL)).isZero();
        }

        @Test
        @DisplayName("without TF nothing is trapped")
        void withoutTrapFlag() {
            Machine machine = stepping("eb 00").with(MachineRegister.RFLAGS, 2).machine();
            assertThat(machine.step().outcome()).isEqualTo(new StepOutcome.Retired());
        }
    }

    @Nested
    @DisplayName("with a data breakpoint")
    class DataBreakpoint {

        private static final long WATCH_WRITES_OF_8 = 0x400 | 1 | 1 << 16 | 2 << 18;

        @Test
        @DisplayName("delivers #DB after the write, with DR6.B0")
        void traps() {
            Machine machine = kernel().withCode("48 89 04 25 00 f0 00 00") // mov %rax,0xf000
                    .with(MachineRegister.DR0, KERNEL_DATA)
                    .with(MachineRegister.DR7, WATCH_WRITES_OF_8)
                    .with(MachineRegister.RAX, 5)
                    .machine();
            Step step = machine.step();

            assertThat(step.outcome()).isEqualTo(new StepOutcome.EventDelivered(Event.exception(ExceptionVector.DB)));
            assertThat(machine.view().register(MachineRegister.DR6)).isEqualTo(0xffff_0ff1L);
            assertThat(quadword(machine, KERNEL_DATA)).isEqualTo(5);
        }
    }
}
