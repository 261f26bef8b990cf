package dev.trapframe.emulator.delivery;

import static dev.trapframe.emulator.TestMachine.GDT;
import static dev.trapframe.emulator.TestMachine.HANDLER;
import static dev.trapframe.emulator.TestMachine.KERNEL_DATA;
import static dev.trapframe.emulator.TestMachine.KERNEL_RSP;
import static dev.trapframe.emulator.TestMachine.SPARE_SELECTOR;
import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.SegmentRules;
import dev.trapframe.emulator.SegmentRules.Fields;
import dev.trapframe.emulator.TestMachine;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.isa.SegmentRegister;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Every descriptor as CS and as SS of an IRETQ, from every CPL below 3 with every RPL, against {@link SegmentRules}. */
@DisplayName("Access rights of segments that IRETQ loads, for every type, S, DPL and P:")
class ReturnRightsTest {

    private static final int OTHER = SPARE_SELECTOR + 8;
    private static final int WRITABLE = 3;
    private static final int CODE = 0xb;

    private static String outcome(int cpl, int codeSelector, long code, int stackSelector, long stack) {
        TestMachine machine = TestMachine.inKernelMode()
                .with(MachineRegister.CPL, cpl)
                .withQuadword(GDT + (codeSelector & ~7), code)
                .withQuadword(GDT + (stackSelector & ~7), stack)
                .withQuadword(KERNEL_RSP, HANDLER)
                .withQuadword(KERNEL_RSP + 8, codeSelector)
                .withQuadword(KERNEL_RSP + 16, 2)
                .withQuadword(KERNEL_RSP + 24, KERNEL_DATA)
                .withQuadword(KERNEL_RSP + 32, stackSelector);
        int before = machine.cpu().selector(SegmentRegister.CS);
        String outcome = SegmentRules.OK;
        try {
            new InterruptReturn(machine.cpu(), machine.memory()).execute(8);
        } catch (Fault fault) {
            outcome = fault.getMessage();
        }
        boolean ok = outcome.equals(SegmentRules.OK);
        assertThat(machine.cpu().selector(SegmentRegister.CS)).isEqualTo(ok ? codeSelector : before);
        assertThat(machine.cpu().cpl()).isEqualTo(ok ? codeSelector & 3 : cpl);
        assertThat(machine.cpu().rsp()).isEqualTo(ok ? KERNEL_DATA : KERNEL_RSP);
        return outcome;
    }

    private static void verify(List<String> wrong, String name, IntFunction<String> of, String expected, int selector) {
        String found = of.apply(selector);
        if (!found.equals(expected)) wrong.add("%s: expected %s, was %s".formatted(name, expected, found));
    }

    @Test
    @DisplayName("CS")
    void code() {
        List<String> wrong = new ArrayList<>();
        for (Fields fields : SegmentRules.all()) {
            for (int bits = 0; bits < 12; bits++) {
                int cpl = bits >> 2;
                int rpl = bits & 3;
                long stack = new Fields(WRITABLE, true, rpl, true, false, true).raw();
                String name = "RPL %d from CPL %d, %s".formatted(rpl, cpl, fields);
                verify(
                        wrong,
                        name,
                        selector -> outcome(cpl, selector, fields.raw(), OTHER | rpl, stack),
                        SegmentRules.returnTo(fields, cpl, SPARE_SELECTOR | rpl),
                        SPARE_SELECTOR | rpl);
            }
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    @DisplayName("SS, of which IRETQ loads one at the same level too")
    void stack() {
        List<String> wrong = new ArrayList<>();
        for (Fields fields : SegmentRules.all()) {
            for (int bits = 0; bits < 16; bits++) {
                int level = bits >> 2;
                int rpl = bits & 3;
                long code = new Fields(CODE, true, level, true, true, false).raw();
                String name = "RPL %d to CPL %d, %s".formatted(rpl, level, fields);
                verify(
                        wrong,
                        name,
                        selector -> outcome(0, OTHER | level, code, selector, fields.raw()),
                        SegmentRules.loadStack(fields, level, SPARE_SELECTOR | rpl),
                        SPARE_SELECTOR | rpl);
            }
        }
        assertThat(wrong).isEmpty();
    }
}
