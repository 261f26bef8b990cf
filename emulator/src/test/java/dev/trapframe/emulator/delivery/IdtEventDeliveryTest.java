package dev.trapframe.emulator.delivery;

import static dev.trapframe.emulator.TestMachine.GDT;
import static dev.trapframe.emulator.TestMachine.HANDLER;
import static dev.trapframe.emulator.TestMachine.IDT;
import static dev.trapframe.emulator.TestMachine.INTERRUPT_GATE;
import static dev.trapframe.emulator.TestMachine.IST1;
import static dev.trapframe.emulator.TestMachine.KERNEL_CS;
import static dev.trapframe.emulator.TestMachine.KERNEL_DS;
import static dev.trapframe.emulator.TestMachine.KERNEL_RIP;
import static dev.trapframe.emulator.TestMachine.KERNEL_RSP;
import static dev.trapframe.emulator.TestMachine.RSP0;
import static dev.trapframe.emulator.TestMachine.SPARE_SELECTOR;
import static dev.trapframe.emulator.TestMachine.TRAP_GATE;
import static dev.trapframe.emulator.TestMachine.TSS;
import static dev.trapframe.emulator.TestMachine.TSS_SELECTOR;
import static dev.trapframe.emulator.TestMachine.USER_CS;
import static dev.trapframe.emulator.TestMachine.USER_DS;
import static dev.trapframe.emulator.TestMachine.USER_RFLAGS;
import static dev.trapframe.emulator.TestMachine.USER_RIP;
import static dev.trapframe.emulator.TestMachine.USER_RSP;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.trapframe.emulator.TestMachine;
import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.Change.SystemRegister;
import dev.trapframe.emulator.api.FrameSlot;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MicroOp;
import dev.trapframe.emulator.api.Rule;
import dev.trapframe.emulator.api.StackSource;
import dev.trapframe.emulator.event.Event;
import dev.trapframe.emulator.event.ExceptionVector;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.memory.LittleEndian;
import dev.trapframe.emulator.state.Rflags;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Event delivery through the IDT")
class IdtEventDeliveryTest {

    private static final Event INT_80 = Event.softwareInterrupt(0x80);
    private static final Event PAGE_FAULT = Event.exception(ExceptionVector.PF, 6);
    private static final long NON_CANONICAL = 0x8000_0000_0000_0000L;
    private static final long CODE64 = 0x00af_9b00_0000_ffffL;

    private TestMachine machine = TestMachine.inUserMode().withGate(0x80, INTERRUPT_GATE, 3);

    private static Event refusal(TestMachine machine, Event event) {
        var before = machine.registers();
        try {
            machine.deliver(event);
        } catch (Fault fault) {
            assertThat(machine.registers())
                    .as("a refused delivery changes no register")
                    .isEqualTo(before);
            return fault.event();
        }
        throw new AssertionError("the event was delivered");
    }

    private static Event generalProtection(int errorCode) {
        return Event.exception(ExceptionVector.GP, errorCode);
    }

    private List<Rule> rulesChecked() {
        return machine.notes().stream()
                .map(op -> op instanceof MicroOp.Checked checked ? checked.rule() : null)
                .filter(Objects::nonNull)
                .toList();
    }

    @Nested
    @DisplayName("from user mode")
    class FromUserMode {

        @Test
        @DisplayName("pushes SS, RSP, RFLAGS, CS, RIP onto the RSP0 stack, and no error code for INT n")
        void pushesTheInterruptFrame() {
            machine.deliver(INT_80);

            assertThat(machine.cpu().rsp()).isEqualTo(RSP0 - 5 * 8);
            assertThat(machine.frameOnStack(5))
                    .containsExactly(USER_RIP, (long) USER_CS, USER_RFLAGS, USER_RSP, (long) USER_DS);
        }

        @Test
        @DisplayName("pushes the error code last")
        void pushesTheErrorCode() {
            machine.withGate(14, INTERRUPT_GATE, 0).deliver(PAGE_FAULT);

            assertThat(machine.cpu().rsp()).isEqualTo(RSP0 - 6 * 8);
            assertThat(machine.frameOnStack(2)).containsExactly(6L, USER_RIP);
        }

        @Test
        @DisplayName("loads CS from the gate, RIP, CPL 0, and a null SS")
        void entersTheHandler() {
            machine.deliver(INT_80);

            assertThat(machine.cpu().selector(SegmentRegister.CS)).isEqualTo(KERNEL_CS);
            assertThat(machine.cpu().rip()).isEqualTo(HANDLER);
            assertThat(machine.cpu().cpl()).isZero();
            assertThat(machine.cpu().selector(SegmentRegister.SS)).isZero();
        }

        @Test
        @DisplayName("rounds RSP0 down to a multiple of 16 before the first push")
        void alignsTheStack() {
            machine.withQuadword(TSS + 4, RSP0 - 3).deliver(INT_80);

            assertThat(machine.cpu().rsp()).isEqualTo(RSP0 - 16 - 5 * 8);
            assertThat(machine.notes()).contains(new MicroOp.StackAligned(RSP0 - 3, RSP0 - 16));
        }

        @Test
        @DisplayName("through a gate with IST 1 takes the IST1 stack")
        void takesTheInterruptStack() {
            machine.withGate(2, INTERRUPT_GATE, 0, 1).deliver(Event.nmi());

            assertThat(machine.cpu().rsp()).isEqualTo(IST1 - 5 * 8);
            assertThat(machine.notes()).contains(new MicroOp.StackChosen(StackSource.IST1, TSS + 0x24, IST1, 3, 0));
        }

        @Test
        @DisplayName("makes its checks in the manual's order")
        void checksInOrder() {
            machine.deliver(INT_80);

            assertThat(rulesChecked())
                    .containsExactly(
                            Rule.IDT_LIMIT,
                            Rule.GATE_TYPE,
                            Rule.GATE_DPL,
                            Rule.GATE_PRESENT,
                            Rule.HANDLER_SELECTOR_NOT_NULL,
                            Rule.HANDLER_SELECTOR_LIMIT,
                            Rule.HANDLER_IS_CODE,
                            Rule.HANDLER_DPL,
                            Rule.HANDLER_LONG_MODE,
                            Rule.HANDLER_PRESENT,
                            Rule.TSS_LIMIT,
                            Rule.STACK_CANONICAL,
                            Rule.HANDLER_CANONICAL);
        }

        @Test
        @DisplayName("notes every push with its slot and place, SS first")
        void notesThePushes() {
            machine.deliver(INT_80);

            assertThat(machine.notes().stream().filter(MicroOp.Pushed.class::isInstance))
                    .containsExactly(
                            new MicroOp.Pushed(FrameSlot.SS, RSP0 - 8, USER_DS),
                            new MicroOp.Pushed(FrameSlot.RSP, RSP0 - 16, USER_RSP),
                            new MicroOp.Pushed(FrameSlot.RFLAGS, RSP0 - 24, USER_RFLAGS),
                            new MicroOp.Pushed(FrameSlot.CS, RSP0 - 32, USER_CS),
                            new MicroOp.Pushed(FrameSlot.RIP, RSP0 - 40, USER_RIP));
        }
    }

    @Nested
    @DisplayName("from kernel mode")
    class FromKernelMode {

        private final TestMachine kernel = TestMachine.inKernelMode().withGate(14, INTERRUPT_GATE, 0);

        @Test
        @DisplayName("stays on the stack in use, pushes SS and RSP all the same, and leaves SS alone")
        void staysOnTheStack() {
            kernel.deliver(PAGE_FAULT);

            assertThat(kernel.cpu().rsp()).isEqualTo(KERNEL_RSP - 6 * 8);
            assertThat(kernel.frameOnStack(6))
                    .containsExactly(6L, KERNEL_RIP, (long) KERNEL_CS, USER_RFLAGS, KERNEL_RSP, (long) KERNEL_DS);
            assertThat(kernel.cpu().selector(SegmentRegister.SS)).isEqualTo(KERNEL_DS);
        }

        @Test
        @DisplayName("saves the exact RSP although the frame is aligned")
        void savesTheExactStackPointer() {
            kernel.with(MachineRegister.RSP, KERNEL_RSP - 3).deliver(PAGE_FAULT);

            assertThat(kernel.cpu().rsp()).isEqualTo(KERNEL_RSP - 16 - 6 * 8);
            assertThat(kernel.frameOnStack(5)).element(4).isEqualTo(KERNEL_RSP - 3);
        }

        @Test
        @DisplayName("with IST switches stacks and leaves SS alone, as the pseudocode has it")
        void switchesToTheInterruptStack() {
            kernel.withGate(8, INTERRUPT_GATE, 0, 1).deliver(Event.exception(ExceptionVector.DF, 0));

            assertThat(kernel.cpu().rsp()).isEqualTo(IST1 - 6 * 8);
            assertThat(kernel.cpu().selector(SegmentRegister.SS)).isEqualTo(KERNEL_DS);
        }

        @Test
        @DisplayName("does not ask for the TSS, however short it is, without IST")
        void doesNotReadTheTss() {
            kernel.with(SystemRegister.TR, new Descriptor(TSS_SELECTOR, TSS, 3, 0x8b))
                    .deliver(PAGE_FAULT);

            assertThat(rules(kernel)).doesNotContain(Rule.TSS_LIMIT);
        }

        private static List<Rule> rules(TestMachine machine) {
            return machine.notes().stream()
                    .map(op -> op instanceof MicroOp.Checked checked ? checked.rule() : null)
                    .filter(Objects::nonNull)
                    .toList();
        }
    }

    @Nested
    @DisplayName("changes RFLAGS:")
    class Flags {

        private static final long ALL = Rflags.ALWAYS_ONE
                | Rflags.STATUS
                | Rflags.TF
                | Rflags.IF
                | Rflags.DF
                | Rflags.NT
                | Rflags.RF
                | Rflags.AC
                | Rflags.ID
                | Rflags.IOPL;

        @Test
        @DisplayName("an interrupt gate clears TF, NT, RF and IF and nothing else")
        void interruptGate() {
            machine.with(MachineRegister.RFLAGS, ALL).deliver(INT_80);

            assertThat(machine.cpu().rflags()).isEqualTo(ALL & ~(Rflags.TF | Rflags.NT | Rflags.RF | Rflags.IF));
        }

        @Test
        @DisplayName("a trap gate leaves IF alone")
        void trapGate() {
            machine.with(MachineRegister.RFLAGS, ALL)
                    .withGate(0x80, TRAP_GATE, 3)
                    .deliver(INT_80);

            assertThat(machine.cpu().rflags()).isEqualTo(ALL & ~(Rflags.TF | Rflags.NT | Rflags.RF));
        }
    }

    @Nested
    @DisplayName("is refused, with no register changed,")
    class Refused {

        @Test
        @DisplayName("beyond the IDT's limit: #GP(vector*8+2)")
        void beyondTheTable() {
            machine.with(SystemRegister.IDTR, new Descriptor(0, IDT, 0x80 * 16 + 14, 0));
            assertThat(refusal(machine, INT_80)).isEqualTo(generalProtection(0x80 * 8 + 2));
        }

        @ParameterizedTest
        @ValueSource(ints = {0x0, 0x5, 0x6, 0x7, 0x9, 0xb, 0xc, 0x1e})
        @DisplayName("through a gate of another type: #GP(vector*8+2)")
        void throughAnotherType(int type) {
            machine.withGate(0x80, KERNEL_CS, HANDLER, 0, 0x80 | 3 << 5 | type);
            assertThat(refusal(machine, INT_80)).isEqualTo(generalProtection(0x80 * 8 + 2));
        }

        @Test
        @DisplayName("for INT n through a gate with DPL below CPL: #GP(vector*8+2)")
        void throughAKernelGate() {
            machine.withGate(0x20, INTERRUPT_GATE, 0);
            assertThat(refusal(machine, Event.softwareInterrupt(0x20))).isEqualTo(generalProtection(0x20 * 8 + 2));
        }

        @Test
        @DisplayName("through a gate that is not present: #NP, with EXT for a hardware event")
        void throughAnAbsentGate() {
            machine.withGate(6, KERNEL_CS, HANDLER, 0, INTERRUPT_GATE);
            assertThat(refusal(machine, Event.exception(ExceptionVector.UD)))
                    .isEqualTo(Event.exception(ExceptionVector.NP, 6 * 8 + 2 + 1));
        }

        @Test
        @DisplayName("into a null selector: #GP(EXT)")
        void intoANullSelector() {
            machine.withGate(0x80, 3, HANDLER, 0, 0xee);
            assertThat(refusal(machine, INT_80)).isEqualTo(generalProtection(0));
        }

        @Test
        @DisplayName("into a selector beyond the GDT: #GP(selector), EXT for an external interrupt")
        void beyondTheGdt() {
            machine.withGate(0x30, 0x60, HANDLER, 0, 0x8e);
            assertThat(refusal(machine, Event.externalInterrupt(0x30))).isEqualTo(generalProtection(0x61));
        }

        @Test
        @DisplayName("into a data segment: #GP(selector)")
        void intoData() {
            machine.withGate(0x80, KERNEL_DS, HANDLER, 0, 0xee);
            assertThat(refusal(machine, INT_80)).isEqualTo(generalProtection(KERNEL_DS));
        }

        @Test
        @DisplayName("into 32-bit code: #GP(selector)")
        void into32BitCode() {
            machine.withQuadword(GDT + SPARE_SELECTOR, CODE64 & ~(1L << 53) | 1L << 54);
            machine.withGate(0x80, SPARE_SELECTOR, HANDLER, 0, 0xee);
            assertThat(refusal(machine, INT_80)).isEqualTo(generalProtection(SPARE_SELECTOR));
        }

        @Test
        @DisplayName("into code that is not present: #NP(selector)")
        void intoAbsentCode() {
            machine.withQuadword(GDT + SPARE_SELECTOR, CODE64 & ~(1L << 47));
            machine.withGate(0x80, SPARE_SELECTOR, HANDLER, 0, 0xee);
            assertThat(refusal(machine, INT_80)).isEqualTo(Event.exception(ExceptionVector.NP, SPARE_SELECTOR));
        }

        @Test
        @DisplayName("from the kernel into user code: #GP(selector)")
        void intoOuterCode() {
            TestMachine kernel = TestMachine.inKernelMode().withGate(0x80, USER_CS, HANDLER, 0, 0xee);
            assertThat(refusal(kernel, INT_80)).isEqualTo(generalProtection(USER_CS & ~3));
        }

        @Test
        @DisplayName("by a TSS too short for the stack: #TS(TR)")
        void byAShortTss() {
            machine.with(SystemRegister.TR, new Descriptor(TSS_SELECTOR, TSS, 10, 0x8b));
            assertThat(refusal(machine, INT_80)).isEqualTo(Event.exception(ExceptionVector.TS, TSS_SELECTOR));
        }

        @Test
        @DisplayName("onto a stack that is not canonical: #SS(EXT)")
        void ontoANonCanonicalStack() {
            machine.withQuadword(TSS + 4, NON_CANONICAL).withGate(14, INTERRUPT_GATE, 0);
            assertThat(refusal(machine, PAGE_FAULT)).isEqualTo(Event.exception(ExceptionVector.SS, 1));
        }

        @Test
        @DisplayName("to a handler that is not canonical: #GP(EXT), before the first push")
        void toANonCanonicalHandler() {
            machine.withGate(0x80, KERNEL_CS, NON_CANONICAL, 0, 0xee);
            assertThat(refusal(machine, INT_80)).isEqualTo(generalProtection(0));
            assertThat(machine.notes()).noneMatch(MicroOp.Pushed.class::isInstance);
        }

        @Test
        @DisplayName("where a push meets an absent page: #PF; words pushed before stay in memory")
        void whereAPushFaults() {
            machine.withQuadword(TSS + 4, RSP0 + 16).withPageEntry(RSP0 - 8, 0);
            assertThat(refusal(machine, INT_80)).isEqualTo(Event.exception(ExceptionVector.PF, 2));
            assertThat(machine.physicalMemory().read(RSP0 + 8, 8)).isEqualTo(USER_DS);
        }

        @Test
        @DisplayName("where the gate itself is on an absent page: #PF as the supervisor's")
        void whereTheGateCannotBeRead() {
            machine.withPageEntry(IDT, 0);
            assertThat(refusal(machine, INT_80)).isEqualTo(Event.exception(ExceptionVector.PF, 0));
        }
    }

    @Test
    @DisplayName("a gate and a stack slot may end with the last byte of the IDT and of the TSS")
    void tablesThatJustReach() {
        machine.with(SystemRegister.IDTR, new Descriptor(0, IDT, 0x80 * 16 + 15, 0))
                .with(SystemRegister.TR, new Descriptor(TSS_SELECTOR, TSS, 4 + 7, 0x8b))
                .deliver(INT_80);

        assertThat(machine.cpu().rip()).isEqualTo(HANDLER);
    }

    @Test
    @DisplayName("every check notes what it found and what it asks for")
    void notesFoundAndRequired() {
        machine.deliver(INT_80);

        assertThat(machine.notes().stream().filter(MicroOp.Checked.class::isInstance))
                .containsExactly(
                        new MicroOp.Checked(Rule.IDT_LIMIT, true, true, 0x80f, 0xfff),
                        new MicroOp.Checked(Rule.GATE_TYPE, true, true, 0xe, 0xe),
                        new MicroOp.Checked(Rule.GATE_DPL, true, true, 3, 3),
                        new MicroOp.Checked(Rule.GATE_PRESENT, true, true, 1, 1),
                        new MicroOp.Checked(Rule.HANDLER_SELECTOR_NOT_NULL, true, true, KERNEL_CS, 0),
                        new MicroOp.Checked(Rule.HANDLER_SELECTOR_LIMIT, true, true, KERNEL_CS + 7, 0x5f),
                        new MicroOp.Checked(Rule.HANDLER_IS_CODE, true, true, 0x1b, 0x18),
                        new MicroOp.Checked(Rule.HANDLER_DPL, true, true, 0, 3),
                        new MicroOp.Checked(Rule.HANDLER_LONG_MODE, true, true, 1, 1),
                        new MicroOp.Checked(Rule.HANDLER_PRESENT, true, true, 1, 1),
                        new MicroOp.Checked(Rule.TSS_LIMIT, true, true, 4 + 7, 0x67),
                        new MicroOp.Checked(Rule.STACK_CANONICAL, true, true, RSP0, 0),
                        new MicroOp.Checked(Rule.HANDLER_CANONICAL, true, true, HANDLER, 0));
    }

    @Test
    @DisplayName("the gate that was read is noted, and the handler that was entered")
    void notesGateAndHandler() {
        machine.deliver(INT_80);
        long gate = IDT + 0x80 * 16;
        assertThat(machine.notes())
                .anyMatch(op -> op instanceof MicroOp.GateRead read && read.linear() == gate && read.vector() == 0x80)
                .endsWith(new MicroOp.HandlerEntered(
                        KERNEL_CS, HANDLER, RSP0 - 40, 0, Rflags.TF | Rflags.NT | Rflags.RF | Rflags.VM | Rflags.IF));
    }

    @Test
    @DisplayName("a P flag that is clear is noted as 0")
    void notesAnAbsentGateAndAnAbsentSegment() {
        machine.withGate(0x80, KERNEL_CS, HANDLER, 0, 3 << 5 | INTERRUPT_GATE);
        refusal(machine, INT_80);
        assertThat(machine.notes()).endsWith(new MicroOp.Checked(Rule.GATE_PRESENT, true, false, 0, 1));

        TestMachine other = TestMachine.inUserMode().withQuadword(GDT + SPARE_SELECTOR, CODE64 & ~(1L << 47));
        refusal(other.withGate(0x80, SPARE_SELECTOR, HANDLER, 0, 0xee), INT_80);
        assertThat(other.notes()).endsWith(new MicroOp.Checked(Rule.HANDLER_PRESENT, true, false, 0, 1));
    }

    @ParameterizedTest(name = "IST {0}")
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7})
    @DisplayName("every IST has its slot in the TSS, from 0x24 on")
    void interruptStacks(int ist) {
        machine.withQuadword(TSS + 0x1c + 8L * ist, IST1 - 0x100L * ist)
                .withGate(2, INTERRUPT_GATE, 0, ist)
                .deliver(Event.nmi());

        assertThat(machine.cpu().rsp()).isEqualTo(IST1 - 0x100L * ist - 5 * 8);
        StackSource source = StackSource.valueOf("IST" + ist);
        long slot = TSS + 0x1c + 8L * ist;
        assertThat(machine.notes()).contains(new MicroOp.StackChosen(source, slot, IST1 - 0x100L * ist, 3, 0));
    }

    @ParameterizedTest(name = "DPL {0}")
    @ValueSource(ints = {0, 1, 2})
    @DisplayName("a handler of another level gets RSPn, CS and a null SS of that level")
    void handlerOfAnInnerLevel(int dpl) {
        machine.withQuadword(GDT + SPARE_SELECTOR, CODE64 | (long) dpl << 45)
                .withQuadword(TSS + 4 + 8L * dpl, IST1)
                .withGate(0x80, SPARE_SELECTOR, HANDLER, 0, 0xee)
                .deliver(INT_80);

        assertThat(machine.cpu().cpl()).isEqualTo(dpl);
        assertThat(machine.cpu().rsp()).isEqualTo(IST1 - 5 * 8);
        assertThat(machine.cpu().selector(SegmentRegister.CS)).isEqualTo(SPARE_SELECTOR | dpl);
        assertThat(machine.cpu().descriptor(SystemRegister.SS)).isEqualTo(new Descriptor(dpl, 0, 0, dpl << 5));
        StackSource source = StackSource.valueOf("RSP" + dpl);
        assertThat(machine.notes()).contains(new MicroOp.StackChosen(source, TSS + 4 + 8L * dpl, IST1, 3, dpl));
    }

    @Test
    @DisplayName("a gate may lie across a page border, and the slot of RSP0 before an absent page")
    void overPageBorders() {
        long offset = 0xffff_ffff_8000_0000L;
        machine.withGate(0, KERNEL_CS, offset, 0, 0xee);
        byte[] gate = machine.state().pages().get(IDT);
        machine.withQuadword(IST1 - 8, LittleEndian.get(gate, 0, 8))
                .withQuadword(IST1, LittleEndian.get(gate, 8, 8))
                .with(SystemRegister.IDTR, new Descriptor(0, IST1 - 8 - 0x800, 0xfff, 0))
                .with(SystemRegister.TR, new Descriptor(TSS_SELECTOR, 0x2_0ff4, 0x67, 0x8b))
                .withQuadword(0x2_0ff8, RSP0)
                .withPageEntry(0x2_1000, 0)
                .deliver(INT_80);

        assertThat(machine.cpu().rip()).isEqualTo(offset);
        assertThat(machine.cpu().rsp()).isEqualTo(RSP0 - 5 * 8);
    }

    @Test
    @DisplayName("a push beneath the canonical addresses is #SS(EXT), although RSP is canonical")
    void pushBeneathCanonicalAddresses() {
        machine.withQuadword(TSS + 4, 0xffff_8000_0000_0000L).withGate(14, INTERRUPT_GATE, 0);
        assertThat(refusal(machine, PAGE_FAULT)).isEqualTo(Event.exception(ExceptionVector.SS, 1));
        assertThat(refusal(machine, INT_80)).isEqualTo(Event.exception(ExceptionVector.SS, 0));
    }

    @Test
    @DisplayName("CS gets the new CPL as its RPL, whatever RPL the gate's selector has")
    void selectorOfTheHandler() {
        machine.withGate(0x80, KERNEL_CS | 3, HANDLER, 0, 0xee).deliver(INT_80);

        assertThat(machine.cpu().selector(SegmentRegister.CS)).isEqualTo(KERNEL_CS);
    }

    @Test
    @DisplayName("reads no byte beyond the last gate")
    void lastGate() {
        machine.withGate(0xff, INTERRUPT_GATE, 3).withPageEntry(IDT + 0x1000, 0);
        TestMachine moved = machine.with(SystemRegister.TR, new Descriptor(TSS_SELECTOR, RSP0 + 0x1000, 0x67, 0x8b))
                .withQuadword(RSP0 + 0x1004, RSP0);
        moved.deliver(Event.softwareInterrupt(0xff));

        assertThat(moved.cpu().rip()).isEqualTo(HANDLER);
    }

    @Test
    @DisplayName("the stack in use has no slot in the TSS")
    void notesTheStackInUse() {
        TestMachine kernel = TestMachine.inKernelMode().withGate(0x80, INTERRUPT_GATE, 0);
        kernel.deliver(INT_80);

        assertThat(kernel.notes()).contains(new MicroOp.StackChosen(StackSource.SAME, 0, KERNEL_RSP, 0, 0));
    }

    @Test
    @DisplayName("sets the accessed bit of the handler's descriptor")
    void marksTheHandlerAccessed() {
        machine.withQuadword(GDT + SPARE_SELECTOR, CODE64 & ~(1L << 40));
        machine.withGate(0x80, SPARE_SELECTOR, HANDLER, 0, 0xee).deliver(INT_80);

        assertThat(machine.physicalMemory().read(GDT + SPARE_SELECTOR, 8)).isEqualTo(CODE64);
        assertThat(machine.cpu().descriptor(SystemRegister.CS).attributes() & 1).isOne();
    }

    @Test
    @DisplayName("the gate's DPL is not compared for exceptions, interrupts and INT1")
    void hardwareEventsIgnoreTheGatesDpl() {
        machine.withGate(14, INTERRUPT_GATE, 0).deliver(PAGE_FAULT);

        assertThat(machine.notes()).contains(new MicroOp.Checked(Rule.GATE_DPL, false, true, 0, 3));
    }

    @Test
    @DisplayName("a conforming handler runs at the CPL of the interrupted program, on its stack")
    void conformingHandler() {
        machine.withQuadword(GDT + SPARE_SELECTOR, CODE64 | 1L << 42).withPageEntry(HANDLER, HANDLER & -4096 | 7);
        machine.withGate(0x80, SPARE_SELECTOR, HANDLER, 0, 0xee).deliver(INT_80);

        assertThat(machine.cpu().cpl()).isEqualTo(3);
        assertThat(machine.cpu().rsp()).isEqualTo(USER_RSP - 5 * 8);
        assertThat(machine.cpu().selector(SegmentRegister.CS)).isEqualTo(SPARE_SELECTOR | 3);
    }

    @Test
    @DisplayName("a Fault carries no stack trace")
    void faultsAreCheap() {
        assertThatExceptionOfType(Fault.class)
                .isThrownBy(() -> machine.deliver(Event.softwareInterrupt(0x81)))
                .matches(fault -> fault.getStackTrace().length == 0);
    }
}
