package dev.trapframe.emulator.execute;

import static dev.trapframe.emulator.execute.TestContext.memory;
import static dev.trapframe.emulator.execute.TestContext.register;
import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.SegmentRules;
import dev.trapframe.emulator.SegmentRules.Fields;
import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.Change.SystemRegister;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.Mnemonic;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.isa.SegmentRegisterOperand;
import dev.trapframe.emulator.state.Rflags;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Every descriptor, in the GDT and the LDT, at every CPL with every RPL, against {@link SegmentRules}. */
@DisplayName("Access rights of segments, for every type, S, DPL and P:")
class SegmentRightsTest {

    private static final long GDT = 0x1_0000;
    private static final long LDT = 0x2_0000;
    private static final int INDEX = 0x50;
    private static final int LOCAL = 4;
    private static final int STACK_SELECTOR = 0x60;
    private static final long POINTER = 0x2000;
    private static final long TARGET = 0x4000;
    private static final long RSP = 0x8000;
    private static final long OUTER_RSP = 0x6000;
    private static final int HELD = 0x7b8;
    private static final long ACCESSED = 1L << 40;

    /** One descriptor, CPL and selector. */
    private record Trial(Fields fields, int cpl, int selector) {

        TestContext context() {
            TestContext context = new TestContext();
            context.cpu().setDescriptor(SystemRegister.GDTR, new Descriptor(0, GDT, 0xff, 0));
            context.cpu().setDescriptor(SystemRegister.LDTR, new Descriptor(HELD, LDT, 0xff, 0x82));
            for (SegmentRegister segment : SegmentRegister.values()) {
                if (segment == SegmentRegister.CS) continue;
                context.cpu().setSegment(segment, new Descriptor(HELD, 0, 0, 0));
            }
            context.cpu().setCpl(cpl);
            context.poke((selector & LOCAL) == 0 ? GDT + INDEX : LDT + INDEX, 8, fields.raw());
            context.set(GeneralRegister.RCX, selector);
            context.set(GeneralRegister.RAX, -1);
            return context;
        }

        long descriptorIn(TestContext context) {
            return context.peek((selector & LOCAL) == 0 ? GDT + INDEX : LDT + INDEX, 8);
        }

        @Override
        public String toString() {
            return "selector %x at CPL %d, %s".formatted(selector, cpl, fields);
        }
    }

    private interface Outcome {
        String of(Trial trial);
    }

    private interface Expected {
        String of(Fields fields, int cpl, int selector);
    }

    private static void verify(int[] tables, Outcome actual, Expected expected) {
        List<String> wrong = new ArrayList<>();
        int tried = 0;
        for (Fields fields : SegmentRules.all()) {
            for (int bits = 0; bits < 16 * tables.length; bits++) {
                int selector = INDEX | tables[bits >> 4] | bits & 3;
                Trial trial = new Trial(fields, bits >> 2 & 3, selector);
                String found = actual.of(trial);
                String right = expected.of(fields, trial.cpl, selector);
                if (!found.equals(right)) wrong.add(trial + ": expected " + right + ", was " + found);
                tried++;
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(tried).isEqualTo(448 * 16 * tables.length);
    }

    private static final int[] BOTH_TABLES = {0, LOCAL};

    private static String outcome(Runnable action) {
        try {
            action.run();
        } catch (Fault fault) {
            return fault.getMessage();
        }
        return SegmentRules.OK;
    }

    /** What a load leaves behind: all of it or nothing. */
    private static String loaded(Trial trial, SegmentRegister segment) {
        TestContext context = trial.context();
        String outcome = outcome(() -> context.executeSized(
                Mnemonic.MOV, 4, new SegmentRegisterOperand(segment), register(GeneralRegister.RCX, 4)));
        boolean ok = outcome.equals(SegmentRules.OK);
        long raw = ok ? trial.fields.raw() | ACCESSED : trial.fields.raw();
        Descriptor held = ok
                ? new Descriptor(trial.selector, 0, 0xffff, (int) (raw >>> 40) & 0xf0ff)
                : new Descriptor(HELD, 0, 0, 0);
        assertThat(trial.descriptorIn(context)).as("%s", trial).isEqualTo(raw);
        assertThat(context.cpu().selector(segment)).as("%s", trial).isEqualTo(held.selector());
        assertThat(context.cpu().descriptor(SystemRegister.values()[segment.ordinal()]))
                .as("%s", trial)
                .isEqualTo(held);
        return outcome;
    }

    @ParameterizedTest
    @EnumSource(names = {"DS", "ES", "FS", "GS"})
    @DisplayName("loads of data segment registers")
    void dataSegments(SegmentRegister segment) {
        verify(BOTH_TABLES, trial -> loaded(trial, segment), SegmentRules::loadData);
    }

    @Test
    @DisplayName("loads of SS")
    void stackSegment() {
        verify(BOTH_TABLES, trial -> loaded(trial, SegmentRegister.SS), SegmentRules::loadStack);
    }

    @ParameterizedTest
    @EnumSource(names = {"JMP_FAR", "CALL_FAR"})
    @DisplayName("far transfers keep CPL, which becomes the RPL of CS")
    void transfers(Mnemonic mnemonic) {
        verify(
                BOTH_TABLES,
                trial -> {
                    TestContext context = trial.context();
                    context.poke(POINTER, 8, TARGET);
                    context.poke(POINTER + 8, 2, trial.selector);
                    int before = context.cpu().selector(SegmentRegister.CS);
                    String outcome = outcome(() -> context.executeSized(mnemonic, 8, memory(POINTER, 10)));
                    boolean gate = !context.calls.isEmpty();
                    boolean arrived = outcome.equals(SegmentRules.OK) && !gate;
                    int code = arrived ? trial.selector & ~3 | trial.cpl : before;
                    assertThat(context.cpu().selector(SegmentRegister.CS)).isEqualTo(code);
                    assertThat(context.cpu().cpl()).isEqualTo(trial.cpl);
                    assertThat(context.cpu().rsp())
                            .isEqualTo(arrived && mnemonic == Mnemonic.CALL_FAR ? RSP - 16 : RSP);
                    return gate ? "gate" : outcome;
                },
                SegmentRules::transfer);
    }

    private static TestContext returning(Trial trial, int selector, int stackSelector, long stack) {
        TestContext context = trial.context();
        if (stack != 0) context.poke(GDT + STACK_SELECTOR, 8, stack);
        context.poke(RSP, 8, TARGET);
        context.poke(RSP + 8, 8, selector);
        context.poke(RSP + 16, 8, OUTER_RSP);
        context.poke(RSP + 24, 8, stackSelector);
        return context;
    }

    @Test
    @DisplayName("CS of RETF")
    void farReturns() {
        verify(
                BOTH_TABLES,
                trial -> {
                    int level = trial.selector & 3;
                    long data = new Fields(3, true, level, true, false, true).raw();
                    TestContext context = returning(trial, trial.selector, STACK_SELECTOR | level, data);
                    String outcome = outcome(() -> context.executeSized(Mnemonic.RET_FAR, 8));
                    boolean ok = outcome.equals(SegmentRules.OK);
                    assertThat(context.cpu().cpl()).isEqualTo(ok ? level : trial.cpl);
                    long rsp = level == trial.cpl ? RSP + 16 : OUTER_RSP;
                    assertThat(context.cpu().rsp()).isEqualTo(ok ? rsp : RSP);
                    return outcome;
                },
                SegmentRules::returnTo);
    }

    @ParameterizedTest(name = "to CPL {0}")
    @CsvSource({"1", "2", "3"})
    @DisplayName("SS of RETF to an outer level")
    void stackOfFarReturn(int level) {
        int code = 0x70 | level;
        verify(
                new int[] {0},
                trial -> {
                    TestContext context = returning(trial, code, trial.selector, 0);
                    context.cpu().setCpl(Math.min(trial.cpl, level - 1));
                    context.poke(GDT + 0x70, 8, new Fields(0xb, true, level, true, true, false).raw());
                    String outcome = outcome(() -> context.executeSized(Mnemonic.RET_FAR, 8));
                    int held = outcome.equals(SegmentRules.OK) ? trial.selector : HELD;
                    assertThat(context.cpu().selector(SegmentRegister.SS)).isEqualTo(held);
                    return outcome;
                },
                (fields, cpl, selector) -> SegmentRules.loadStack(fields, level, selector));
    }

    @Test
    @DisplayName("LLDT")
    void localTable() {
        verify(new int[] {0}, trial -> systemRegister(trial, Mnemonic.LLDT), SegmentRules::lldt);
        verify(new int[] {LOCAL}, trial -> systemRegister(trial, Mnemonic.LLDT), SegmentRightsTest::neverLocal);
    }

    @Test
    @DisplayName("LTR, which makes the TSS busy")
    void taskRegister() {
        verify(
                new int[] {0},
                trial -> {
                    TestContext context = trial.context();
                    String outcome = outcome(() -> context.execute(Mnemonic.LTR, register(GeneralRegister.RCX, 2)));
                    long busy = outcome.equals(SegmentRules.OK) ? 2L << 40 : 0;
                    assertThat(trial.descriptorIn(context)).isEqualTo(trial.fields.raw() | busy);
                    return outcome;
                },
                SegmentRules::ltr);
        verify(new int[] {LOCAL}, trial -> systemRegister(trial, Mnemonic.LTR), SegmentRightsTest::neverLocal);
    }

    private static String systemRegister(Trial trial, Mnemonic mnemonic) {
        TestContext context = trial.context();
        return outcome(() -> context.execute(mnemonic, register(GeneralRegister.RCX, 2)));
    }

    private static String neverLocal(Fields fields, int cpl, int selector) {
        return cpl != 0 ? "#GP(0x0)" : "#GP(0x" + Integer.toHexString(selector & ~3) + ")";
    }

    @Test
    @DisplayName("LAR")
    void accessRights() {
        verify(
                BOTH_TABLES,
                trial -> {
                    TestContext context = trial.context();
                    context.execute(Mnemonic.LAR, register(GeneralRegister.RAX, 4), register(GeneralRegister.RCX, 2));
                    return context.cpu().flag(Rflags.ZF) + " " + Long.toHexString(context.get(GeneralRegister.RAX));
                },
                (fields, cpl, selector) -> {
                    boolean visible = SegmentRules.lar(fields, cpl, selector);
                    return visible + " " + Long.toHexString(visible ? fields.raw() >>> 32 & 0xf0_ff00 : -1);
                });
    }

    @Test
    @DisplayName("LSL")
    void limits() {
        verify(
                BOTH_TABLES,
                trial -> {
                    TestContext context = trial.context();
                    context.execute(Mnemonic.LSL, register(GeneralRegister.RAX, 4), register(GeneralRegister.RCX, 2));
                    return context.cpu().flag(Rflags.ZF) + " " + Long.toHexString(context.get(GeneralRegister.RAX));
                },
                (fields, cpl, selector) -> {
                    boolean visible = SegmentRules.lsl(fields, cpl, selector);
                    return visible + " " + Long.toHexString(visible ? 0xffff : -1);
                });
    }

    @Test
    @DisplayName("VERR and VERW")
    void verification() {
        verify(BOTH_TABLES, trial -> verified(trial, Mnemonic.VERR), (f, c, s) -> "" + SegmentRules.verr(f, c, s));
        verify(BOTH_TABLES, trial -> verified(trial, Mnemonic.VERW), (f, c, s) -> "" + SegmentRules.verw(f, c, s));
    }

    private static String verified(Trial trial, Mnemonic mnemonic) {
        TestContext context = trial.context();
        context.execute(mnemonic, register(GeneralRegister.RCX, 2));
        return "" + context.cpu().flag(Rflags.ZF);
    }
}
