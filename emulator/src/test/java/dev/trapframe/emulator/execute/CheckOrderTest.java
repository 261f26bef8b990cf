package dev.trapframe.emulator.execute;

import static dev.trapframe.emulator.execute.TestContext.memory;

import dev.trapframe.emulator.CheckOrder;
import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.Change.SystemRegister;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.Mnemonic;
import dev.trapframe.emulator.isa.RepeatPrefix;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.isa.SegmentRegisterOperand;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Sources: the Operation sections of the instructions, Intel SDM Vol. 2. Checks that raise the same fault with the same
 * error code, as all of MOV to control registers and WRMSR do, have no order that a program can see.
 */
@DisplayName("Of two checks that fail, the manual's first decides:")
class CheckOrderTest {

    private static final long NON_CANONICAL = 0x8000_0000_0000L;
    private static final long GDT = 0x1_0000;
    private static final int TARGET = 0x50;
    private static final int STACK = 0x58;
    private static final int SYSTEM = 0x60;
    private static final int BEYOND = 0x1f8;
    private static final long POINTER = 0x2000;
    private static final long RSP = 0x8000;
    private static final long CODE64_DPL1 = 0x00af_bb00_0000_ffffL;
    private static final long CODE64_DPL3 = 0x00af_fb00_0000_ffffL;
    private static final long DATA_DPL1 = 0x00cf_b300_0000_ffffL;
    private static final long DATA_DPL3 = 0x00cf_f300_0000_ffffL;
    private static final long PRESENT = 1L << 47;
    private static final long EXECUTABLE = 1L << 43;
    private static final long WRITABLE = 1L << 41;
    private static final long BIG = 1L << 54;
    private static final long DPL_2 = 1L << 46;

    /** One instruction at CPL 1, with everything it may look at. */
    private static final class SetUp {
        final TestContext context = new TestContext();
        int cpl = 1;
        int selector = TARGET | 1;
        long offset = 0x4000;
        long descriptor;
        int stackSelector = STACK | 3;
        long stack = DATA_DPL3;
        long rsp = RSP;
        long address = POINTER;

        SetUp(long descriptor) {
            this.descriptor = descriptor;
        }

        void prepare() {
            context.cpu().setDescriptor(SystemRegister.GDTR, new Descriptor(0, GDT, 0xff, 0));
            context.cpu().setDescriptor(SystemRegister.LDTR, new Descriptor(0, GDT, 0xffff, 0));
            context.cpu().setCpl(cpl);
            context.cpu().setRsp(rsp);
            context.poke(GDT + TARGET, 8, descriptor);
            context.poke(GDT + STACK, 8, stack);
            context.poke(GDT + SYSTEM, 8, descriptor);
            context.poke(POINTER, 8, offset);
            context.poke(POINTER + 8, 2, selector);
            context.poke(RSP, 8, offset);
            context.poke(RSP + 8, 8, selector);
            context.poke(RSP + 16, 8, 0x6000);
            context.poke(RSP + 24, 8, stackSelector);
            context.set(GeneralRegister.RAX, selector);
        }

        String far(Mnemonic mnemonic) {
            prepare();
            return outcome(() -> context.executeSized(mnemonic, 8, memory(address, 10)));
        }

        String farReturn() {
            prepare();
            return outcome(() -> context.executeSized(Mnemonic.RET_FAR, 8));
        }

        String loadSegment(SegmentRegister segment) {
            prepare();
            return outcome(() ->
                    context.executeSized(Mnemonic.MOV, 2, new SegmentRegisterOperand(segment), memory(address + 8, 2)));
        }

        String systemSelector(Mnemonic mnemonic) {
            prepare();
            return outcome(() -> context.executeSized(mnemonic, 2, memory(address + 8, 2)));
        }
    }

    private static String outcome(Runnable action) {
        try {
            action.run();
        } catch (Fault fault) {
            return fault.getMessage();
        }
        return CheckOrder.accepted();
    }

    @ParameterizedTest
    @EnumSource(names = {"JMP_FAR", "CALL_FAR"})
    @DisplayName("far transfers")
    void farTransfers(Mnemonic mnemonic) {
        new CheckOrder<>(() -> new SetUp(CODE64_DPL1), setUp -> setUp.far(mnemonic))
                .then("pointer canonical", "address", s -> s.address = NON_CANONICAL, "#GP(0x0)")
                .then("pointer absent", "pages", s -> s.context.makeAbsent(POINTER), "#PF(0x0)")
                .then("null selector", "selector", s -> s.selector = 1, "#GP(0x0)")
                .then("table limit", "selector", s -> s.selector = BEYOND, "#GP(0x1f8)")
                .then("no LDT", "selector", s -> s.selector = 0xc, "#GP(0xc)")
                .then("code", "type", s -> s.descriptor &= ~EXECUTABLE, "#GP(0x50)")
                .then("L and D", "D", s -> s.descriptor |= BIG, "#GP(0x50)")
                .then("DPL", "DPL", s -> s.descriptor |= DPL_2, "#GP(0x50)")
                .then("RPL", "selector", s -> s.selector = TARGET | 2, "#GP(0x50)")
                .then("present", "P", s -> s.descriptor &= ~PRESENT, "#NP(0x50)")
                .then("target canonical", "offset", s -> s.offset = NON_CANONICAL, "#GP(0x0)")
                .verify();
    }

    @Test
    @DisplayName("CALL checks its target before it pushes")
    void farCall() {
        new CheckOrder<>(() -> new SetUp(CODE64_DPL1), setUp -> setUp.far(Mnemonic.CALL_FAR))
                .then("present", "P", s -> s.descriptor &= ~PRESENT, "#NP(0x50)")
                .then("room on the stack", "RSP", s -> s.rsp = NON_CANONICAL + 8, "#SS(0x0)")
                .then("target canonical", "offset", s -> s.offset = NON_CANONICAL, "#GP(0x0)")
                .then("push", "pages", s -> s.context.makeReadOnly(RSP - 8), "#PF(0x0)")
                .verify();
    }

    @Test
    @DisplayName("RET to an outer level")
    void farReturn() {
        new CheckOrder<>(
                        () -> {
                            SetUp setUp = new SetUp(CODE64_DPL3);
                            setUp.selector = TARGET | 3;
                            return setUp;
                        },
                        SetUp::farReturn)
                .then("stack canonical", "RSP", s -> s.rsp = NON_CANONICAL, "#SS(0x0)")
                .then("stack absent", "pages", s -> s.context.makeAbsent(RSP), "#PF(0x0)")
                .then("null CS", "CS", s -> s.selector = 3, "#GP(0x0)")
                .then("CS limit", "CS", s -> s.selector = BEYOND | 3, "#GP(0x1f8)")
                .then("no LDT", "CS", s -> s.selector = 0xf, "#GP(0xc)")
                .then("code", "type", s -> s.descriptor &= ~EXECUTABLE, "#GP(0x50)")
                .then("RPL", "CS", s -> s.selector = TARGET, "#GP(0x50)")
                .then("L and D", "D", s -> s.descriptor |= BIG, "#GP(0x50)")
                .then("DPL", "DPL", s -> s.descriptor &= ~DPL_2, "#GP(0x50)")
                .then("present", "P", s -> s.descriptor &= ~PRESENT, "#NP(0x50)")
                .then("null SS", "SS", s -> s.stackSelector = 3, "#GP(0x0)")
                .then("SS limit", "SS", s -> s.stackSelector = 0x103, "#GP(0x100)")
                .then("SS RPL", "SS", s -> s.stackSelector = STACK, "#GP(0x58)")
                .then("SS writable", "W", s -> s.stack &= ~WRITABLE, "#GP(0x58)")
                .then("SS DPL", "SS DPL", s -> s.stack &= ~DPL_2, "#GP(0x58)")
                .then("SS present", "SS P", s -> s.stack &= ~PRESENT, "#SS(0x58)")
                .then("RIP canonical", "RIP", s -> s.offset = NON_CANONICAL, "#GP(0x0)")
                .verify();
    }

    @ParameterizedTest
    @EnumSource(names = {"DS", "ES", "FS", "GS"})
    @DisplayName("MOV to a data segment register")
    void dataSegments(SegmentRegister segment) {
        new CheckOrder<>(() -> new SetUp(DATA_DPL1), setUp -> setUp.loadSegment(segment))
                .then("operand absent", "pages", s -> s.context.makeAbsent(POINTER), "#PF(0x0)")
                .then("table limit", "selector", s -> s.selector = BEYOND, "#GP(0x1f8)")
                .then("no LDT", "selector", s -> s.selector = 0xc, "#GP(0xc)")
                .then("readable", "type", s -> s.descriptor = 0x00af_b900_0000_ffffL, "#GP(0x50)")
                .then("RPL", "selector", s -> s.selector = TARGET | 2, "#GP(0x50)")
                .then("CPL", "CPL", s -> s.cpl = 2, "#GP(0x50)")
                .then("present", "P", s -> s.descriptor &= ~PRESENT, "#NP(0x50)")
                .verify();
    }

    @Test
    @DisplayName("MOV to SS")
    void stackSegment() {
        new CheckOrder<>(() -> new SetUp(DATA_DPL1), setUp -> setUp.loadSegment(SegmentRegister.SS))
                .then("operand absent", "pages", s -> s.context.makeAbsent(POINTER), "#PF(0x0)")
                .then("null of another RPL", "selector", s -> s.selector = 2, "#GP(0x0)")
                .then("table limit", "selector", s -> s.selector = BEYOND | 1, "#GP(0x1f8)")
                .then("no LDT", "selector", s -> s.selector = 0xd, "#GP(0xc)")
                .then("RPL", "selector", s -> s.selector = TARGET, "#GP(0x50)")
                .then("writable", "W", s -> s.descriptor &= ~WRITABLE, "#GP(0x50)")
                .then("DPL", "DPL", s -> s.descriptor |= DPL_2, "#GP(0x50)")
                .then("present", "P", s -> s.descriptor &= ~PRESENT, "#SS(0x50)")
                .verify();
    }

    @Test
    @DisplayName("LTR")
    void taskRegister() {
        new CheckOrder<>(
                        () -> {
                            SetUp setUp = new SetUp(0x0000_8900_0000_0067L);
                            setUp.cpl = 0;
                            setUp.selector = SYSTEM;
                            return setUp;
                        },
                        setUp -> setUp.systemSelector(Mnemonic.LTR))
                .then("CPL", "CPL", s -> s.cpl = 1, "#GP(0x0)")
                .then("operand absent", "pages", s -> s.context.makeAbsent(POINTER), "#PF(0x0)")
                .then("null", "selector", s -> s.selector = 3, "#GP(0x0)")
                .then("LDT", "selector", s -> s.selector = SYSTEM | 4, "#GP(0x64)")
                .then("GDT limit", "selector", s -> s.selector = 0xf8, "#GP(0xf8)")
                .then("busy", "type", s -> s.descriptor |= 2L << 40, "#GP(0x60)")
                .then("present", "P", s -> s.descriptor &= ~PRESENT, "#NP(0x60)")
                .verify();
    }

    @Test
    @DisplayName("LLDT")
    void localTable() {
        new CheckOrder<>(
                        () -> {
                            SetUp setUp = new SetUp(0x0000_8200_0000_0fffL);
                            setUp.cpl = 0;
                            setUp.selector = SYSTEM;
                            return setUp;
                        },
                        setUp -> setUp.systemSelector(Mnemonic.LLDT))
                .then("CPL", "CPL", s -> s.cpl = 1, "#GP(0x0)")
                .then("operand absent", "pages", s -> s.context.makeAbsent(POINTER), "#PF(0x0)")
                .then("LDT", "selector", s -> s.selector = SYSTEM | 4, "#GP(0x64)")
                .then("GDT limit", "selector", s -> s.selector = 0xf8, "#GP(0xf8)")
                .then("type", "type", s -> s.descriptor |= 1L << 40, "#GP(0x60)")
                .then("present", "P", s -> s.descriptor &= ~PRESENT, "#NP(0x60)")
                .verify();
    }

    @ParameterizedTest
    @EnumSource(names = {"LGDT", "LIDT"})
    @DisplayName("LGDT and LIDT")
    void descriptorTables(Mnemonic mnemonic) {
        new CheckOrder<>(
                        () -> {
                            SetUp setUp = new SetUp(0);
                            setUp.cpl = 0;
                            setUp.offset = 0x1234_0000;
                            return setUp;
                        },
                        setUp -> {
                            setUp.prepare();
                            setUp.context.poke(0x3000, 2, 0xff);
                            setUp.context.poke(0x3002, 8, setUp.offset);
                            return outcome(() -> setUp.context.executeSized(mnemonic, 8, memory(0x3000, 10)));
                        })
                .then("CPL", "CPL", s -> s.cpl = 1, "#GP(0x0)")
                .then("operand absent", "pages", s -> s.context.makeAbsent(0x3000), "#PF(0x0)")
                .then("base canonical", "base", s -> s.offset = NON_CANONICAL, "#GP(0x0)")
                .verify();
    }

    @ParameterizedTest
    @EnumSource(names = {"MOVSQ", "CMPSQ"})
    @DisplayName("string instructions read through DS:RSI before they touch ES:RDI")
    void strings(Mnemonic mnemonic) {
        new CheckOrder<>(
                        () -> {
                            TestContext context = new TestContext();
                            context.set(GeneralRegister.RSI, 0x3000);
                            context.set(GeneralRegister.RDI, 0x4000);
                            return context;
                        },
                        context -> outcome(() ->
                                context.execute(TestContext.instruction(mnemonic, 8, 8, RepeatPrefix.NONE, null))))
                .then("source", "RSI", c -> c.set(GeneralRegister.RSI, NON_CANONICAL), "#GP(0x0)")
                .then("destination", "pages", c -> c.makeAbsent(0x4000), "#PF(0x0)")
                .verify();
    }

    @Test
    @DisplayName("PUSH reads its operand before it writes to the stack")
    void push() {
        new CheckOrder<>(
                        TestContext::new,
                        context -> outcome(() -> context.executeSized(
                                Mnemonic.PUSH, 8, memory(SegmentRegister.DS, GeneralRegister.RBX, 0x2000, 8))))
                .then("operand", "RBX", c -> c.set(GeneralRegister.RBX, NON_CANONICAL), "#GP(0x0)")
                .then("stack", "pages", c -> c.makeReadOnly(0x7ff8), "#PF(0x0)")
                .verify();
    }

    @Test
    @DisplayName("POP reads the stack before it writes its operand")
    void pop() {
        new CheckOrder<>(
                        TestContext::new,
                        context -> outcome(() -> context.executeSized(
                                Mnemonic.POP, 8, memory(SegmentRegister.DS, GeneralRegister.RBX, 0x2000, 8))))
                .then("stack", "RSP", c -> c.cpu().setRsp(NON_CANONICAL), "#SS(0x0)")
                .then("operand", "pages", c -> c.makeReadOnly(0x2000), "#PF(0x0)")
                .verify();
    }

    @Test
    @DisplayName("RET finds a bad stack before a bad target")
    void near() {
        new CheckOrder<>(TestContext::new, context -> outcome(() -> context.executeSized(Mnemonic.RET, 8)))
                .then("stack", "RSP", c -> c.cpu().setRsp(NON_CANONICAL), "#SS(0x0)")
                .then("stack absent", "pages", c -> c.makeAbsent(0x8000), "#PF(0x0)")
                .then("target", "target", c -> c.poke(0x8000, 8, NON_CANONICAL), "#GP(0x0)")
                .verify();
    }

    @Test
    @DisplayName("INS asks for the port before it writes, OUTS before it reads")
    void ports() {
        for (Mnemonic mnemonic : new Mnemonic[] {Mnemonic.INSB, Mnemonic.OUTSB}) {
            new CheckOrder<>(
                            () -> {
                                TestContext context = new TestContext();
                                context.set(GeneralRegister.RSI, 0x3000);
                                context.set(GeneralRegister.RDI, 0x3000);
                                return context;
                            },
                            context -> outcome(() ->
                                    context.execute(TestContext.instruction(mnemonic, 1, 8, RepeatPrefix.NONE, null))))
                    .then("IOPL", "CPL", c -> c.cpu().setCpl(1), "#GP(0x0)")
                    .then("memory", "pages", c -> c.makeAbsent(0x3000), "#PF(0x0)")
                    .verify();
        }
    }
}
