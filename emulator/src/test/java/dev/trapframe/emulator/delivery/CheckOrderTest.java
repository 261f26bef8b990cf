package dev.trapframe.emulator.delivery;

import static dev.trapframe.emulator.TestMachine.GDT;
import static dev.trapframe.emulator.TestMachine.HANDLER;
import static dev.trapframe.emulator.TestMachine.IDT;
import static dev.trapframe.emulator.TestMachine.INTERRUPT_GATE;
import static dev.trapframe.emulator.TestMachine.IST1;
import static dev.trapframe.emulator.TestMachine.KERNEL_RSP;
import static dev.trapframe.emulator.TestMachine.SPARE_SELECTOR;
import static dev.trapframe.emulator.TestMachine.TSS;
import static dev.trapframe.emulator.TestMachine.TSS_SELECTOR;
import static dev.trapframe.emulator.TestMachine.USER_RIP;
import static dev.trapframe.emulator.TestMachine.USER_RSP;

import dev.trapframe.emulator.CheckOrder;
import dev.trapframe.emulator.TestMachine;
import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.Change.SystemRegister;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MicroOp;
import dev.trapframe.emulator.event.Event;
import dev.trapframe.emulator.event.ExceptionVector;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.state.Rflags;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Sources: Intel SDM Vol. 2A, "INT n/INTO/INT3/INT1" and "IRET/IRETD/IRETQ", Operation; Vol. 2B, "SYSCALL" and "SYSRET",
 * Operation.
 */
@DisplayName("Of two checks that fail, the manual's first decides:")
class CheckOrderTest {

    private static final long NON_CANONICAL = 0x8000_0000_0000L;
    private static final long CODE64_DPL1 = 0x00af_bb00_0000_ffffL;
    private static final long CODE64_DPL3 = 0x00af_fb00_0000_ffffL;
    private static final long DATA_DPL3 = 0x00cf_f300_0000_ffffL;
    private static final long PRESENT = 1L << 47;
    private static final long EXECUTABLE = 1L << 43;
    private static final long WRITABLE = 1L << 41;
    private static final long BIG = 1L << 54;
    private static final int DPL_SHIFT = 45;
    private static final int BEYOND = 0x1f8;
    private static final int STACK_SELECTOR = 0x58;

    /** LDTR as after a reset: null although its limit is not 0. */
    private static final Descriptor NO_LDT = new Descriptor(0, GDT, 0xffff, 0);

    /** How an action was refused: the rule that its last micro-op names, if it names one, and the fault. */
    private static String outcome(TestMachine machine, Runnable action) {
        try {
            action.run();
        } catch (Fault fault) {
            List<MicroOp> notes = machine.notes();
            boolean ruled = !notes.isEmpty()
                    && notes.get(notes.size() - 1) instanceof MicroOp.Checked checked
                    && !checked.passed();
            String rule = ruled ? ((MicroOp.Checked) notes.get(notes.size() - 1)).rule() + " " : "";
            return rule + fault.getMessage();
        }
        return CheckOrder.accepted();
    }

    /** A delivery at CPL 1, where a gate and a handler can be both too privileged and not enough. */
    private static final class Delivery {
        final TestMachine machine =
                TestMachine.inKernelMode().with(MachineRegister.CPL, 1).with(SystemRegister.LDTR, NO_LDT);
        long idtLimit = 0xfff;
        int gateType = INTERRUPT_GATE;
        int gateDpl = 3;
        int gatePresent = 0x80;
        int selector = SPARE_SELECTOR;
        long descriptor = CODE64_DPL1;
        long tssLimit = 0x67;
        long stack = IST1;
        long offset = HANDLER;

        String outcome(Event event) {
            machine.with(SystemRegister.IDTR, new Descriptor(0, IDT, idtLimit, 0))
                    .withGate(event.vector(), selector, offset, 1, gatePresent | gateDpl << 5 | gateType)
                    .withQuadword(GDT + SPARE_SELECTOR, descriptor)
                    .withQuadword(GDT + BEYOND, CODE64_DPL1)
                    .with(SystemRegister.TR, new Descriptor(TSS_SELECTOR, TSS, tssLimit, 0x8b))
                    .withQuadword(TSS + 0x24, stack);
            return CheckOrderTest.outcome(machine, () -> machine.deliver(event));
        }
    }

    @Test
    @DisplayName("INT n")
    void softwareInterrupt() {
        Event event = Event.softwareInterrupt(0x80);
        new CheckOrder<>(Delivery::new, delivery -> delivery.outcome(event))
                .then("IDT limit", "IDTR", d -> d.idtLimit = 0x80e, "IDT_LIMIT #GP(0x402)")
                .then("IDT entry absent", "IDT", d -> d.machine.withPageEntry(IDT, 0), "#PF(0x0)")
                .then("gate type", "type", d -> d.gateType = 5, "GATE_TYPE #GP(0x402)")
                .then("gate DPL", "DPL", d -> d.gateDpl = 0, "GATE_DPL #GP(0x402)")
                .then("gate present", "P", d -> d.gatePresent = 0, "GATE_PRESENT #NP(0x402)")
                .then("null selector", "selector", d -> d.selector = 2, "HANDLER_SELECTOR_NOT_NULL #GP(0x0)")
                .then("GDT limit", "selector", d -> d.selector = BEYOND, "HANDLER_SELECTOR_LIMIT #GP(0x1f8)")
                .then("no LDT", "selector", d -> d.selector = 0xc, "HANDLER_SELECTOR_LIMIT #GP(0xc)")
                .then("GDT entry absent", "GDT", d -> d.machine.withPageEntry(GDT, 0), "#PF(0x0)")
                .then("code", "code", d -> d.descriptor &= ~EXECUTABLE, "HANDLER_IS_CODE #GP(0x50)")
                .then("DPL", "code DPL", d -> d.descriptor |= 3L << DPL_SHIFT, "HANDLER_DPL #GP(0x50)")
                .then("64-bit code", "D", d -> d.descriptor |= BIG, "HANDLER_LONG_MODE #GP(0x50)")
                .then("code present", "code P", d -> d.descriptor &= ~PRESENT, "HANDLER_PRESENT #NP(0x50)")
                .then("TSS limit", "TR", d -> d.tssLimit = 0x2a, "TSS_LIMIT #TS(0x40)")
                .then("TSS absent", "TSS", d -> d.machine.withPageEntry(TSS, 0), "#PF(0x0)")
                .then("stack", "stack", d -> d.stack = NON_CANONICAL, "STACK_CANONICAL #SS(0x0)")
                .then("handler", "offset", d -> d.offset = NON_CANONICAL, "HANDLER_CANONICAL #GP(0x0)")
                .then("push", "page", d -> d.machine.withPageEntry(IST1 - 8, 0), "#PF(0x2)")
                .verify();
    }

    @Test
    @DisplayName("an exception, whose error codes have EXT and whose gate may have any DPL")
    void exception() {
        Event event = Event.exception(ExceptionVector.PF, 2);
        new CheckOrder<>(Delivery::new, delivery -> delivery.outcome(event))
                .then("IDT limit", "IDTR", d -> d.idtLimit = 0xee, "IDT_LIMIT #GP(0x73)")
                .then("gate type", "type", d -> d.gateType = 5, "GATE_TYPE #GP(0x73)")
                .then("gate present", "P", d -> d.gatePresent = 0, "GATE_PRESENT #NP(0x73)")
                .then("null selector", "selector", d -> d.selector = 2, "HANDLER_SELECTOR_NOT_NULL #GP(0x1)")
                .then("GDT limit", "selector", d -> d.selector = BEYOND, "HANDLER_SELECTOR_LIMIT #GP(0x1f9)")
                .then("code", "code", d -> d.descriptor &= ~EXECUTABLE, "HANDLER_IS_CODE #GP(0x51)")
                .then("DPL", "code DPL", d -> d.descriptor |= 3L << DPL_SHIFT, "HANDLER_DPL #GP(0x51)")
                .then("64-bit code", "D", d -> d.descriptor |= BIG, "HANDLER_LONG_MODE #GP(0x51)")
                .then("code present", "code P", d -> d.descriptor &= ~PRESENT, "HANDLER_PRESENT #NP(0x51)")
                .then("TSS limit", "TR", d -> d.tssLimit = 0x2a, "TSS_LIMIT #TS(0x41)")
                .then("stack", "stack", d -> d.stack = NON_CANONICAL, "STACK_CANONICAL #SS(0x1)")
                .then("handler", "offset", d -> d.offset = NON_CANONICAL, "HANDLER_CANONICAL #GP(0x1)")
                .then("push", "page", d -> d.machine.withPageEntry(IST1 - 8, 0), "#PF(0x2)")
                .verify();
    }

    /** A return from CPL 1 to CPL 3. */
    private static final class Return {
        final TestMachine machine =
                TestMachine.inKernelMode().with(MachineRegister.CPL, 1).with(SystemRegister.LDTR, NO_LDT);
        long frame = KERNEL_RSP - 40;
        long rip = USER_RIP;
        int selector = SPARE_SELECTOR | 3;
        long code = CODE64_DPL3;
        int stackSelector = STACK_SELECTOR | 3;
        long stack = DATA_DPL3;

        String outcome() {
            machine.with(MachineRegister.RSP, frame)
                    .withQuadword(KERNEL_RSP - 40, rip)
                    .withQuadword(KERNEL_RSP - 32, selector)
                    .withQuadword(KERNEL_RSP - 24, 0x202)
                    .withQuadword(KERNEL_RSP - 16, USER_RSP)
                    .withQuadword(KERNEL_RSP - 8, stackSelector)
                    .withQuadword(GDT + SPARE_SELECTOR, code)
                    .withQuadword(GDT + STACK_SELECTOR, stack)
                    .withQuadword(GDT + BEYOND, CODE64_DPL3)
                    .withQuadword(GDT + 0x100, DATA_DPL3);
            return CheckOrderTest.outcome(
                    machine, () -> new InterruptReturn(machine.cpu(), machine.memory()).execute(8));
        }
    }

    @Test
    @DisplayName("IRETQ to an outer level")
    void interruptReturn() {
        new CheckOrder<>(Return::new, Return::outcome)
                .then(
                        "NT",
                        "RFLAGS",
                        r -> r.machine.with(MachineRegister.RFLAGS, 0x2 | Rflags.NT),
                        "IRET_NESTED_TASK #GP(0x0)")
                .then("stack canonical", "RSP", r -> r.frame = NON_CANONICAL, "#SS(0x0)")
                .then("stack absent", "page", r -> r.machine.withPageEntry(KERNEL_RSP - 40, 0), "#PF(0x0)")
                .then("null CS", "CS", r -> r.selector = 3, "RETURN_SELECTOR_NOT_NULL #GP(0x0)")
                .then("CS limit", "CS", r -> r.selector = BEYOND | 3, "RETURN_SELECTOR_LIMIT #GP(0x1f8)")
                .then("no LDT", "CS", r -> r.selector = 0xf, "RETURN_SELECTOR_LIMIT #GP(0xc)")
                .then("code", "code", r -> r.code &= ~EXECUTABLE, "RETURN_IS_CODE #GP(0x50)")
                .then("RPL", "CS", r -> r.selector = SPARE_SELECTOR, "RETURN_RPL #GP(0x50)")
                .then("DPL", "DPL", r -> r.code ^= 1L << DPL_SHIFT, "RETURN_DPL #GP(0x50)")
                .then("L and D", "D", r -> r.code |= BIG, "RETURN_LONG_MODE #GP(0x50)")
                .then("code present", "P", r -> r.code &= ~PRESENT, "RETURN_PRESENT #NP(0x50)")
                .then("null SS", "SS", r -> r.stackSelector = 3, "RETURN_STACK_SELECTOR #GP(0x0)")
                .then("SS limit", "SS", r -> r.stackSelector = 0x103, "RETURN_STACK_SELECTOR #GP(0x100)")
                .then("SS RPL", "SS", r -> r.stackSelector = STACK_SELECTOR, "RETURN_STACK_SELECTOR #GP(0x58)")
                .then("SS writable", "W", r -> r.stack &= ~WRITABLE, "RETURN_STACK_SELECTOR #GP(0x58)")
                .then("SS DPL", "SS DPL", r -> r.stack ^= 1L << DPL_SHIFT, "RETURN_STACK_SELECTOR #GP(0x58)")
                .then("SS present", "SS P", r -> r.stack &= ~PRESENT, "RETURN_STACK_PRESENT #SS(0x58)")
                .then("RIP", "RIP", r -> r.rip = NON_CANONICAL, "RETURN_CANONICAL #GP(0x0)")
                .verify();
    }

    @Test
    @DisplayName("SYSRET")
    void fastReturn() {
        new CheckOrder<>(
                        TestMachine::inKernelMode,
                        machine -> outcome(machine, () -> new FastSystemCall(machine.cpu()).sysret(8)))
                .then("EFER.SCE", "EFER", m -> m.with(MachineRegister.EFER, 0xd00), "#UD")
                .then("CPL", "CPL", m -> m.with(MachineRegister.CPL, 1), "#GP(0x0)")
                .then("RCX", "RCX", m -> m.with(MachineRegister.RCX, NON_CANONICAL), "#GP(0x0)")
                .verify();
    }
}
