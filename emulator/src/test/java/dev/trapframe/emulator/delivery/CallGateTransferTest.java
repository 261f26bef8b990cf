package dev.trapframe.emulator.delivery;

import static dev.trapframe.emulator.TestMachine.GDT;
import static dev.trapframe.emulator.TestMachine.HANDLER;
import static dev.trapframe.emulator.TestMachine.KERNEL_CS;
import static dev.trapframe.emulator.TestMachine.KERNEL_DS;
import static dev.trapframe.emulator.TestMachine.KERNEL_RSP;
import static dev.trapframe.emulator.TestMachine.RSP0;
import static dev.trapframe.emulator.TestMachine.SPARE_SELECTOR;
import static dev.trapframe.emulator.TestMachine.TSS;
import static dev.trapframe.emulator.TestMachine.TSS_SELECTOR;
import static dev.trapframe.emulator.TestMachine.USER_CS;
import static dev.trapframe.emulator.TestMachine.USER_CS32;
import static dev.trapframe.emulator.TestMachine.USER_DATA;
import static dev.trapframe.emulator.TestMachine.USER_DS;
import static dev.trapframe.emulator.TestMachine.USER_RIP;
import static dev.trapframe.emulator.TestMachine.USER_RSP;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.trapframe.emulator.CheckOrder;
import dev.trapframe.emulator.Machine;
import dev.trapframe.emulator.TestMachine;
import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.Change.SystemRegister;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MicroOp;
import dev.trapframe.emulator.api.Rule;
import dev.trapframe.emulator.api.StackSource;
import dev.trapframe.emulator.api.StepOutcome;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.state.Rflags;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Source: Intel SDM Vol. 2A, CALL and JMP, Operation; Vol. 3A, "Accessing a Code Segment Through a Call Gate". */
@DisplayName("A call gate")
class CallGateTransferTest {

    private static final long NON_CANONICAL = 0x8000_0000_0000L;
    private static final long CODE64 = 0x00af_9b00_0000_ffffL;
    private static final long CONFORMING = 1L << 42;
    private static final long EXECUTABLE = 1L << 43;
    private static final long LONG = 1L << 53;
    private static final long BIG = 1L << 54;
    private static final long PRESENT = 1L << 47;
    private static final int DPL_SHIFT = 45;
    private static final int BEYOND = 0x1f8;

    /** The gate is in the LDT, its target in the GDT: two pages. */
    private static final long LDT = 0xd000;

    private static final int GATE = 0x8 | 4;
    private static final long NEXT_RIP = 0x4_0007;
    private static final long RSP1 = 0xb008;

    /** A transfer from CPL 2 through a gate to CPL 1 (CALL) or 2 (JMP), with all that the checks look at. */
    private static final class Transfer {
        final TestMachine machine = TestMachine.inKernelMode().with(MachineRegister.CPL, 2);
        long ldtLimit = 0x17;
        int gateDpl = 3;
        int rpl = 2;
        int gatePresent = 0x80;
        long upper;
        int selector = SPARE_SELECTOR;
        long offset = HANDLER;
        long descriptor;
        long tssLimit = 0x67;
        long stack = RSP1;

        Transfer(int dpl) {
            descriptor = CODE64 | (long) dpl << DPL_SHIFT;
        }

        Transfer prepare() {
            long low = offset & 0xffff
                    | (long) selector << 16
                    | (long) (gatePresent | gateDpl << 5 | 0xc) << 40
                    | (offset & 0xffff_0000L) << 32;
            machine.with(SystemRegister.LDTR, new Descriptor(0x60, LDT, ldtLimit, 0x82))
                    .with(SystemRegister.TR, new Descriptor(TSS_SELECTOR, TSS, tssLimit, 0x8b))
                    .withQuadword(LDT + 8, low)
                    .withQuadword(LDT + 16, offset >>> 32 | upper)
                    .withQuadword(GDT + SPARE_SELECTOR, descriptor)
                    .withQuadword(TSS + 0xc, stack);
            return this;
        }

        long call() {
            return prepare().transfer().call(GATE | rpl, NEXT_RIP);
        }

        long jump() {
            return prepare().transfer().jump(GATE | rpl);
        }

        private CallGateTransfer transfer() {
            return new CallGateTransfer(machine.cpu(), machine.memory());
        }

        String outcome(Runnable action) {
            try {
                action.run();
            } catch (Fault fault) {
                List<MicroOp> notes = machine.notes();
                MicroOp last = notes.isEmpty() ? new MicroOp.Halted() : notes.get(notes.size() - 1);
                String rule = last instanceof MicroOp.Checked checked && !checked.passed() ? checked.rule() + " " : "";
                return rule + fault.getMessage();
            }
            return CheckOrder.accepted();
        }
    }

    private static CheckOrder<Transfer> gateAndTarget(CheckOrder<Transfer> order) {
        return order.then("table limit", "LDTR", t -> t.ldtLimit = 0x16, "CALL_GATE_LIMIT #GP(0xc)")
                .then("gate absent", "LDT", t -> t.machine.withPageEntry(LDT, 0), "#PF(0x0)")
                .then("upper type", "upper", t -> t.upper = 1L << 40, "CALL_GATE_TYPE #GP(0xc)")
                .then("CPL", "gate DPL", t -> t.gateDpl = 1, "CALL_GATE_DPL #GP(0xc)")
                .then(
                        "RPL",
                        "RPL",
                        t -> {
                            t.rpl = 3;
                            t.gateDpl = Math.min(t.gateDpl, 2);
                        },
                        "CALL_GATE_RPL #GP(0xc)")
                .then("gate present", "P", t -> t.gatePresent = 0, "CALL_GATE_PRESENT #NP(0xc)")
                .then("null selector", "selector", t -> t.selector = 3, "TARGET_SELECTOR_NOT_NULL #GP(0x0)")
                .then("GDT limit", "selector", t -> t.selector = BEYOND | 3, "TARGET_SELECTOR_LIMIT #GP(0x1f8)")
                .then("LDT limit", "selector", t -> t.selector = 0x1f, "TARGET_SELECTOR_LIMIT #GP(0x1c)")
                .then("descriptor absent", "GDT", t -> t.machine.withPageEntry(GDT, 0), "#PF(0x0)")
                .then("code", "type", t -> t.descriptor &= ~EXECUTABLE, "TARGET_IS_CODE #GP(0x50)");
    }

    @Test
    @DisplayName("is checked by CALL in the manual's order: gate, target, stack, target's address, pushes")
    void orderOfCall() {
        gateAndTarget(new CheckOrder<>(() -> new Transfer(1), t -> t.outcome(t::call)))
                .then("DPL", "DPL", t -> t.descriptor |= 3L << DPL_SHIFT, "TARGET_DPL #GP(0x50)")
                .then("L", "L", t -> t.descriptor &= ~LONG, "TARGET_LONG_MODE #GP(0x50)")
                .then("D", "D", t -> t.descriptor |= BIG, "TARGET_LONG_MODE #GP(0x50)")
                .then("target present", "code P", t -> t.descriptor &= ~PRESENT, "TARGET_PRESENT #NP(0x50)")
                .then("TSS limit", "TR", t -> t.tssLimit = 0x12, "TSS_LIMIT #TS(0x40)")
                .then("TSS absent", "TSS", t -> t.machine.withPageEntry(TSS, 0), "#PF(0x0)")
                .then("stack canonical", "RSP", t -> t.stack = NON_CANONICAL + 8, "STACK_CANONICAL #SS(0x0)")
                .then("target canonical", "offset", t -> t.offset = NON_CANONICAL, "TARGET_CANONICAL #GP(0x0)")
                .then("push", "page", t -> t.machine.withPageEntry(RSP1 - 16, 0), "#PF(0x2)")
                .verify();
    }

    @Test
    @DisplayName("is checked by JMP in the manual's order, and leads to no other level")
    void orderOfJump() {
        gateAndTarget(new CheckOrder<>(() -> new Transfer(2), t -> t.outcome(t::jump)))
                .then(
                        "DPL",
                        "DPL",
                        t -> t.descriptor = t.descriptor & ~(3L << DPL_SHIFT) | 1L << DPL_SHIFT,
                        "TARGET_DPL_OF_JMP #GP(0x50)")
                .then("L", "L", t -> t.descriptor &= ~LONG, "TARGET_LONG_MODE #GP(0x50)")
                .then("target present", "code P", t -> t.descriptor &= ~PRESENT, "TARGET_PRESENT #NP(0x50)")
                .then("target canonical", "offset", t -> t.offset = NON_CANONICAL, "TARGET_CANONICAL #GP(0x0)")
                .verify();
    }

    @Test
    @DisplayName(
            "changes no register when it is refused, not even by the last push; words pushed before stay in memory")
    void refused() {
        Transfer transfer = new Transfer(1);
        transfer.stack = 0xb010;
        transfer.machine.withPageEntry(0xa000, 0);
        transfer.prepare();
        var before = transfer.machine.registers();

        assertThatExceptionOfType(Fault.class)
                .isThrownBy(() -> transfer.transfer().call(GATE | 2, NEXT_RIP))
                .withMessage("#PF(0x2)");
        assertThat(transfer.machine.registers()).isEqualTo(before);
        assertThat(transfer.machine.physicalMemory().read(0xb008, 8))
                .isEqualTo(transfer.machine.cpu().get(MachineRegister.SS));
    }

    @ParameterizedTest(name = "the stack top {0} is {1}")
    @CsvSource({
        "800000000000, accepted",
        "800000000008, STACK_CANONICAL #SS(0x0)",
        "ffff800000000018, STACK_CANONICAL #SS(0x0)",
        "ffff800000000020, accepted"
    })
    @DisplayName("asks for four words with canonical addresses on the new stack")
    void room(String top, String expected) {
        Transfer transfer = new Transfer(1);
        transfer.stack = Long.parseUnsignedLong(top, 16);
        String outcome = transfer.outcome(transfer::call);
        assertThat(outcome.startsWith("#PF") ? "accepted" : outcome).isEqualTo(expected);
    }

    @ParameterizedTest(name = "to CPL {0}")
    @ValueSource(ints = {0, 1})
    @DisplayName(
            "to an inner level: RSP from the TSS as it stands there, SS null with RPL = CPL, four words, RFLAGS as they were")
    void innerLevel(int level) {
        Transfer transfer = new Transfer(level);
        transfer.machine.withQuadword(TSS + 4, RSP0 + 0x45).with(MachineRegister.RFLAGS, 0x3_4746);
        assertThat(transfer.call()).isEqualTo(HANDLER);

        long top = level == 0 ? RSP0 + 0x45 : RSP1;
        TestMachine machine = transfer.machine;
        assertThat(machine.cpu().cpl()).isEqualTo(level);
        assertThat(machine.cpu().rsp()).isEqualTo(top - 32);
        assertThat(machine.frameOnStack(4)).containsExactly(NEXT_RIP, (long) KERNEL_CS, KERNEL_RSP, (long) KERNEL_DS);
        assertThat(machine.cpu().get(MachineRegister.CS)).isEqualTo(SPARE_SELECTOR | level);
        assertThat(machine.cpu().descriptor(SystemRegister.SS)).isEqualTo(new Descriptor(level, 0, 0, level << 5));
        assertThat(machine.cpu().rflags()).isEqualTo(0x3_4746);
        StackSource source = level == 0 ? StackSource.RSP0 : StackSource.RSP1;
        assertThat(machine.notes()).contains(new MicroOp.StackChosen(source, TSS + 4 + 8L * level, top, 2, level));
    }

    @ParameterizedTest(name = "DPL {0}, {1}")
    @CsvSource({"2, false", "0, true", "1, true", "2, true"})
    @DisplayName("to the same level, also of a conforming segment: two words on the stack in use")
    void sameLevel(int dpl, boolean conforming) {
        Transfer transfer = new Transfer(dpl);
        if (conforming) transfer.descriptor |= CONFORMING;
        transfer.machine.with(MachineRegister.RSP, KERNEL_RSP - 4);

        transfer.call();

        TestMachine machine = transfer.machine;
        assertThat(machine.cpu().cpl()).isEqualTo(2);
        assertThat(machine.cpu().get(MachineRegister.CS)).isEqualTo(SPARE_SELECTOR | 2);
        assertThat(machine.cpu().get(MachineRegister.SS)).isEqualTo(KERNEL_DS);
        assertThat(machine.frameOnStack(2)).containsExactly(NEXT_RIP, (long) KERNEL_CS);
        assertThat(machine.cpu().rsp()).isEqualTo(KERNEL_RSP - 20);
        assertThat(machine.notes()).noneMatch(note -> note instanceof MicroOp.StackChosen);
    }

    @ParameterizedTest(name = "DPL {0}, conforming {1}: {2}")
    @CsvSource({
        "0, false, TARGET_DPL_OF_JMP #GP(0x50)", "1, false, TARGET_DPL_OF_JMP #GP(0x50)", "2, false, accepted",
        "3, false, TARGET_DPL_OF_JMP #GP(0x50)", "0, true, accepted", "2, true, accepted",
        "3, true, TARGET_DPL_OF_JMP #GP(0x50)"
    })
    @DisplayName("lets JMP go where the level can stay")
    void jump(int dpl, boolean conforming, String expected) {
        Transfer transfer = new Transfer(dpl);
        if (conforming) transfer.descriptor |= CONFORMING;
        assertThat(transfer.outcome(transfer::jump)).isEqualTo(expected);
        assertThat(transfer.machine.cpu().cpl()).isEqualTo(2);
        assertThat(transfer.machine.cpu().rsp()).isEqualTo(KERNEL_RSP);
    }

    @Test
    @DisplayName("does not look at the RPL of the selector in it, and sets the accessed bit of the target")
    void targetSelector() {
        Transfer transfer = new Transfer(1);
        transfer.selector = SPARE_SELECTOR | 3;
        transfer.descriptor &= ~(1L << 40);
        transfer.call();
        assertThat(transfer.machine.cpu().get(MachineRegister.CS)).isEqualTo(SPARE_SELECTOR | 1);
        assertThat(transfer.machine.physicalMemory().read(GDT + SPARE_SELECTOR + 5, 1) & 1)
                .isOne();
    }

    @Test
    @DisplayName("notes what it read and each check in its order")
    void notes() {
        Transfer transfer = new Transfer(1);
        transfer.call();
        List<MicroOp> notes = transfer.machine.notes();
        assertThat(notes)
                .filteredOn(MicroOp.CallGateRead.class::isInstance)
                .singleElement()
                .satisfies(note -> {
                    MicroOp.CallGateRead read = (MicroOp.CallGateRead) note;
                    assertThat(read.selector()).isEqualTo(GATE | 2);
                    assertThat(read.linear()).isEqualTo(LDT + 8);
                    assertThat(read.target()).isEqualTo(SPARE_SELECTOR);
                    assertThat(read.offset()).isEqualTo(HANDLER);
                    assertThat(read.dpl()).isEqualTo(3);
                    assertThat(read.present()).isTrue();
                });
        assertThat(notes.stream()
                        .filter(MicroOp.Checked.class::isInstance)
                        .map(note -> ((MicroOp.Checked) note).rule()))
                .containsExactly(
                        Rule.CALL_GATE_LIMIT,
                        Rule.CALL_GATE_TYPE,
                        Rule.CALL_GATE_DPL,
                        Rule.CALL_GATE_RPL,
                        Rule.CALL_GATE_PRESENT,
                        Rule.TARGET_SELECTOR_NOT_NULL,
                        Rule.TARGET_SELECTOR_LIMIT,
                        Rule.TARGET_IS_CODE,
                        Rule.TARGET_DPL,
                        Rule.TARGET_LONG_MODE,
                        Rule.TARGET_PRESENT,
                        Rule.TSS_LIMIT,
                        Rule.STACK_CANONICAL,
                        Rule.TARGET_CANONICAL);
    }

    @Nested
    @DisplayName("as instructions use it")
    class Instructions {

        private static final int USER_GATE = SPARE_SELECTOR;
        private static final long POINTER = USER_DATA;

        /** A gate of DPL 3 in the GDT to the kernel's code at the handler. */
        private TestMachine withGate(TestMachine machine, int target) {
            long low = HANDLER & 0xffff | (long) target << 16 | 0xecL << 40;
            return machine.withQuadword(GDT + USER_GATE, low)
                    .withQuadword(GDT + USER_GATE + 8, 0)
                    .with(SystemRegister.LDTR, new Descriptor(0, 0, 0, 0));
        }

        private static long after(Machine machine, MachineRegister register) {
            return machine.view().register(register);
        }

        @Test
        @DisplayName(
                "CALL from CPL 3 and RETF there and back: everything is as before but RIP, and DS and ES which CPL 3 may use stay")
        void roundTrip() {
            // lcall *(POINTER); in the kernel lretq
            TestMachine start = withGate(TestMachine.inUserMode(), KERNEL_CS)
                    .withCode("ff 1c 25 00 10 04 00")
                    .withBytes(HANDLER, "48 cb")
                    .withQuadword(POINTER, (long) (USER_GATE | 3) << 32 | 0x1234);
            Machine machine = start.machine();
            machine.step();
            assertThat(after(machine, MachineRegister.CPL)).isZero();
            assertThat(after(machine, MachineRegister.RIP)).isEqualTo(HANDLER);
            assertThat(after(machine, MachineRegister.RSP)).isEqualTo(RSP0 - 32);
            assertThat(after(machine, MachineRegister.SS)).isZero();
            machine.step();
            assertThat(after(machine, MachineRegister.CPL)).isEqualTo(3);
            assertThat(after(machine, MachineRegister.RIP)).isEqualTo(USER_RIP + 7);
            assertThat(after(machine, MachineRegister.RSP)).isEqualTo(USER_RSP);
            assertThat(after(machine, MachineRegister.CS)).isEqualTo(USER_CS);
            assertThat(after(machine, MachineRegister.SS)).isEqualTo(USER_DS);
            assertThat(after(machine, MachineRegister.DS)).isEqualTo(USER_DS);
        }

        @Test
        @DisplayName(
                "from compatibility mode CALL pushes 64-bit words, the return address 32 bits wide, and goes to 64-bit mode")
        void fromCompatibilityMode() {
            // lcall $gate, $0x1234
            Machine machine = withGate(TestMachine.inUserMode(), KERNEL_CS)
                    .with(SystemRegister.CS, new Descriptor(USER_CS32, 0, 0xffff_ffffL, 0xc0fb))
                    .with(MachineRegister.CS, USER_CS32)
                    .withCode("9a 34 12 00 00 53 00")
                    .machine();
            machine.step();
            assertThat(after(machine, MachineRegister.CPL)).isZero();
            assertThat(after(machine, MachineRegister.RIP)).isEqualTo(HANDLER);
            assertThat(machine.view().physical(RSP0 - 32, 8)).isEqualTo(littleEndian(USER_RIP + 7));
            assertThat(machine.view().physical(RSP0 - 24, 8)).isEqualTo(littleEndian(USER_CS32));
            assertThat(machine.view().physical(RSP0 - 16, 8)).isEqualTo(littleEndian(USER_RSP));
        }

        @Test
        @DisplayName("JMP from compatibility mode to a conforming 64-bit segment stays at CPL 3")
        void jumpFromCompatibilityMode() {
            Machine machine = withGate(TestMachine.inUserMode(), 0x68)
                    .with(SystemRegister.GDTR, new Descriptor(0, GDT, 0x6f, 0))
                    .withQuadword(GDT + 0x68, CODE64 | CONFORMING)
                    .with(SystemRegister.CS, new Descriptor(USER_CS32, 0, 0xffff_ffffL, 0xc0fb))
                    .with(MachineRegister.CS, USER_CS32)
                    .withCode("ea 34 12 00 00 53 00")
                    .machine();
            machine.step();
            assertThat(after(machine, MachineRegister.CPL)).isEqualTo(3);
            assertThat(after(machine, MachineRegister.RIP)).isEqualTo(HANDLER);
            assertThat(after(machine, MachineRegister.CS)).isEqualTo(0x6b);
        }

        @Test
        @DisplayName("a refused CALL is a fault of the CALL itself, with the user's stack in its frame")
        void refusedCall() {
            Machine machine = withGate(TestMachine.inUserMode(), USER_CS32)
                    .withCode("ff 1c 25 00 10 04 00")
                    .withQuadword(POINTER, (long) (USER_GATE | 3) << 32)
                    .withGate(13, TestMachine.INTERRUPT_GATE, 0)
                    .machine();
            StepOutcome outcome = machine.step().outcome();
            assertThat(outcome).isInstanceOfSatisfying(StepOutcome.EventDelivered.class, delivered -> {
                assertThat(delivered.event().vector()).isEqualTo(13);
                assertThat(delivered.event().errorCode()).hasValue(0x20);
            });
            assertThat(machine.view().physical(RSP0 - 40, 8)).isEqualTo(littleEndian(USER_RIP));
            assertThat(machine.view().physical(RSP0 - 16, 8)).isEqualTo(littleEndian(USER_RSP));
        }

        @Test
        @DisplayName("pushes to an inner stack are the supervisor's: RFLAGS.AC asks for no alignment there")
        void alignment() {
            Machine machine = withGate(TestMachine.inUserMode(), KERNEL_CS)
                    .withCode("ff 1c 25 00 10 04 00")
                    .withQuadword(POINTER, (long) (USER_GATE | 3) << 32)
                    .withQuadword(TSS + 4, RSP0 - 3)
                    .with(MachineRegister.RFLAGS, 0x202 | Rflags.AC)
                    .machine();
            machine.step();
            assertThat(after(machine, MachineRegister.RSP)).isEqualTo(RSP0 - 3 - 32);
        }

        private static byte[] littleEndian(long value) {
            byte[] bytes = new byte[8];
            for (int i = 0; i < 8; i++) bytes[i] = (byte) (value >>> 8 * i);
            return bytes;
        }
    }

    /** A call from CPL 2 whose target has this DPL. */
    private static Transfer callTo(int dpl) {
        return new Transfer(dpl);
    }

    @Test
    @DisplayName("every check notes what it found and what it asks for, every push what it wrote")
    void notesFoundAndRequired() {
        Transfer call = callTo(1);
        call.tssLimit = 0x13;
        call.call();
        assertThat(call.machine.notes().stream().filter(MicroOp.Checked.class::isInstance))
                .containsExactly(
                        new MicroOp.Checked(Rule.CALL_GATE_LIMIT, true, true, 0x17, 0x17),
                        new MicroOp.Checked(Rule.CALL_GATE_TYPE, true, true, 0, 0),
                        new MicroOp.Checked(Rule.CALL_GATE_DPL, true, true, 3, 2),
                        new MicroOp.Checked(Rule.CALL_GATE_RPL, true, true, 3, 2),
                        new MicroOp.Checked(Rule.CALL_GATE_PRESENT, true, true, 1, 1),
                        new MicroOp.Checked(Rule.TARGET_SELECTOR_NOT_NULL, true, true, SPARE_SELECTOR, 0),
                        new MicroOp.Checked(Rule.TARGET_SELECTOR_LIMIT, true, true, SPARE_SELECTOR + 7, 0x5f),
                        new MicroOp.Checked(Rule.TARGET_IS_CODE, true, true, 0x1b, 0x18),
                        new MicroOp.Checked(Rule.TARGET_DPL, true, true, 1, 2),
                        new MicroOp.Checked(Rule.TARGET_LONG_MODE, true, true, 1, 1),
                        new MicroOp.Checked(Rule.TARGET_PRESENT, true, true, 1, 1),
                        new MicroOp.Checked(Rule.TSS_LIMIT, true, true, 0x13, 0x13),
                        new MicroOp.Checked(Rule.STACK_CANONICAL, true, true, RSP1, 0),
                        new MicroOp.Checked(Rule.TARGET_CANONICAL, true, true, HANDLER, 0));
        assertThat(call.machine.notes().stream().filter(MicroOp.MemoryWritten.class::isInstance))
                .containsExactly(
                        new MicroOp.MemoryWritten(RSP1 - 8, 8, KERNEL_DS),
                        new MicroOp.MemoryWritten(RSP1 - 16, 8, KERNEL_RSP),
                        new MicroOp.MemoryWritten(RSP1 - 24, 8, KERNEL_CS),
                        new MicroOp.MemoryWritten(RSP1 - 32, 8, NEXT_RIP));
    }

    @Test
    @DisplayName("a P flag that is clear is noted as 0")
    void notesAbsence() {
        Transfer gate = callTo(1);
        gate.gatePresent = 0;
        gate.outcome(gate::call);
        assertThat(gate.machine.notes()).endsWith(new MicroOp.Checked(Rule.CALL_GATE_PRESENT, true, false, 0, 1));
        Transfer target = callTo(1);
        target.descriptor &= ~PRESENT;
        target.outcome(target::call);
        assertThat(target.machine.notes()).endsWith(new MicroOp.Checked(Rule.TARGET_PRESENT, true, false, 0, 1));
    }

    @ParameterizedTest(name = "DPL {0}, RSP {1}: {2}")
    @CsvSource({
        "2, 0xffff800000000010, #PF(0x2)", "2, 0xffff80000000000f, STACK_CANONICAL #SS(0x0)",
        "1, 0xffff800000000020, #PF(0x2)", "1, 0xffff80000000001f, STACK_CANONICAL #SS(0x0)",
        "2, 0x800000000000, #PF(0x2)", "2, 0x800000000001, STACK_CANONICAL #SS(0x0)"
    })
    @DisplayName("two words need room on the same stack, four on an inner one")
    void room(int dpl, String rsp, String expected) {
        Transfer call = callTo(dpl);
        call.stack = Long.parseUnsignedLong(rsp.substring(2), 16);
        if (dpl == 2) call.machine.with(MachineRegister.RSP, call.stack);
        assertThat(call.outcome(call::call)).isEqualTo(expected);
    }

    @Test
    @DisplayName("the gate may lie across a page border or end at one, and so may the slot of RSP1")
    void pageBorders() {
        for (long base : new long[] {0x2_0ff0, 0x2_0fe8}) {
            Transfer call = callTo(1);
            call.offset = 0xffff_ffff_8000_0000L;
            call.prepare();
            call.machine
                    .with(SystemRegister.LDTR, new Descriptor(0x60, base, 0x17, 0x82))
                    .withQuadword(base + 8, 0x8000_ec00_0050_0000L)
                    .withQuadword(base + 16, 0xffff_ffffL)
                    .with(SystemRegister.TR, new Descriptor(TSS_SELECTOR, 0x3_0fec, 0x67, 0x8b))
                    .withQuadword(0x3_0ff8, RSP1)
                    .withPageEntry(0x3_1000, 0);
            if (base == 0x2_0fe8) call.machine.withPageEntry(0x2_1000, 0);
            assertThat(new CallGateTransfer(call.machine.cpu(), call.machine.memory()).call(GATE | 2, NEXT_RIP))
                    .isEqualTo(0xffff_ffff_8000_0000L);
            assertThat(call.machine.cpu().rsp()).isEqualTo(RSP1 - 32);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    @DisplayName("CS gets the CPL as its RPL, whatever RPL the gate's selector has")
    void selector(int rpl) {
        Transfer jump = new Transfer(2);
        jump.selector = SPARE_SELECTOR | rpl;
        jump.jump();
        assertThat(jump.machine.cpu().selector(SegmentRegister.CS)).isEqualTo(SPARE_SELECTOR | 2);
    }
}
