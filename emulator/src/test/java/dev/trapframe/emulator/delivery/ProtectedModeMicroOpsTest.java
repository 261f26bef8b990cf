package dev.trapframe.emulator.delivery;

import static dev.trapframe.emulator.ProtectedMachine.CODE;
import static dev.trapframe.emulator.ProtectedMachine.HANDLER;
import static dev.trapframe.emulator.ProtectedMachine.SPARE;
import static dev.trapframe.emulator.ProtectedMachine.USER_ESP;
import static dev.trapframe.emulator.ProtectedMachine.gate;
import static dev.trapframe.emulator.ProtectedMachine.inKernelMode;
import static dev.trapframe.emulator.ProtectedMachine.inUserMode;
import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.Machine;
import dev.trapframe.emulator.ProtectedMachine;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MicroOp;
import dev.trapframe.emulator.api.MicroStep;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Every micro-op of one step, in the order of the manual's pseudo-code: INT n and CALL, Operation, "Protected Mode". Checks
 * are spelt {@code RULE found of required}, in hex, and what gates hold too; other micro-ops as records print, in decimal.
 */
@DisplayName("The micro-ops outside of IA-32e mode are, in this order, those of")
class ProtectedModeMicroOpsTest {

    private static String steps(ProtectedMachine prepared) {
        Machine machine = prepared.machine();
        String text = machine.step().microSteps().stream()
                .map(MicroStep::op)
                .map(ProtectedModeMicroOpsTest::text)
                .collect(Collectors.joining("\n", "", "\n"));
        assertThat(machine.view().register(MachineRegister.RIP)).isEqualTo(HANDLER);
        assertThat(machine.view().register(MachineRegister.CS)).isEqualTo(CODE);
        return text;
    }

    private static String text(MicroOp op) {
        if (op instanceof MicroOp.EventRaised raised) {
            return "EventRaised %x, saved RIP %x".formatted(raised.event().vector(), raised.savedRip());
        }
        if (op instanceof MicroOp.GateRead gate) {
            assertThat(gate.present() && gate.high() == 0 && gate.ist() == 0).isTrue();
            return "GateRead %x at %x: %x:%x, type %x, DPL %x"
                    .formatted(gate.vector(), gate.linear(), gate.selector(), gate.offset(), gate.type(), gate.dpl());
        }
        if (op instanceof MicroOp.CallGateRead gate) {
            assertThat(gate.present() && gate.high() == 0).isTrue();
            return "CallGateRead %x at %x: %x:%x, DPL %x"
                    .formatted(gate.selector(), gate.linear(), gate.target(), gate.offset(), gate.dpl());
        }
        if (!(op instanceof MicroOp.Checked checked)) return op.toString();
        assertThat(checked.passed()).isTrue();
        String relation = checked.compared() ? "of" : "not compared with";
        return "%s %x %s %x".formatted(checked.rule(), checked.actual(), relation, checked.required());
    }

    @Test
    @DisplayName("INT n from ring 3, through an interrupt gate")
    void intFromUser() {
        assertThat(steps(inUserMode().withGate(0x40, CODE, HANDLER, 0xee).withCode("cd 40")))
                .isEqualTo("""
                InstructionFetched[linear=32768, lengthBytes=2]
                EventRaised 40, saved RIP 8002
                IDT_LIMIT 207 of 7ff
                GateRead 40 at 6200: 8:9000, type e, DPL 3
                PROTECTED_GATE_TYPE e of 0
                GATE_DPL 3 of 3
                GATE_PRESENT 1 of 1
                HANDLER_SELECTOR_NOT_NULL 8 of 0
                HANDLER_SELECTOR_LIMIT f of ff
                HANDLER_IS_CODE 1b of 18
                HANDLER_DPL 0 of 3
                HANDLER_PRESENT 1 of 1
                TSS_LIMIT 9 of 67
                StackChosen[source=RSP0, tssLinear=28676, rsp=40960, oldCpl=3, newCpl=0]
                STACK_SELECTOR_NOT_NULL 10 of 0
                STACK_SELECTOR_LIMIT 17 of ff
                STACK_RPL 0 of 0
                STACK_DPL 0 of 0
                STACK_WRITABLE 13 of 12
                STACK_PRESENT 1 of 1
                STACK_ROOM 14 of ffffffff
                ENTRY_LIMIT 9000 of ffffffff
                Pushed[slot=SS, linear=40956, value=35]
                Pushed[slot=RSP, linear=40952, value=274432]
                Pushed[slot=RFLAGS, linear=40948, value=2]
                Pushed[slot=CS, linear=40944, value=27]
                Pushed[slot=RIP, linear=40940, value=32770]
                HandlerEntered[selector=8, rip=36864, rsp=40940, newCpl=0, rflagsCleared=213760]
                """);
    }

    @Test
    @DisplayName("a fault with an error code from ring 3, through a trap gate: DPL is not compared")
    void errorCodeFromUser() {
        assertThat(steps(inUserMode().withGate(13, CODE, HANDLER, 0x8f).withCode("f4")))
                .isEqualTo("""
                InstructionFetched[linear=32768, lengthBytes=1]
                EventRaised d, saved RIP 8000
                IDT_LIMIT 6f of 7ff
                GateRead d at 6068: 8:9000, type f, DPL 0
                PROTECTED_GATE_TYPE f of 0
                GATE_DPL 0 not compared with 3
                GATE_PRESENT 1 of 1
                HANDLER_SELECTOR_NOT_NULL 8 of 0
                HANDLER_SELECTOR_LIMIT f of ff
                HANDLER_IS_CODE 1b of 18
                HANDLER_DPL 0 of 3
                HANDLER_PRESENT 1 of 1
                TSS_LIMIT 9 of 67
                StackChosen[source=RSP0, tssLinear=28676, rsp=40960, oldCpl=3, newCpl=0]
                STACK_SELECTOR_NOT_NULL 10 of 0
                STACK_SELECTOR_LIMIT 17 of ff
                STACK_RPL 0 of 0
                STACK_DPL 0 of 0
                STACK_WRITABLE 13 of 12
                STACK_PRESENT 1 of 1
                STACK_ROOM 18 of ffffffff
                ENTRY_LIMIT 9000 of ffffffff
                Pushed[slot=SS, linear=40956, value=35]
                Pushed[slot=RSP, linear=40952, value=274432]
                Pushed[slot=RFLAGS, linear=40948, value=65538]
                Pushed[slot=CS, linear=40944, value=27]
                Pushed[slot=RIP, linear=40940, value=32768]
                Pushed[slot=ERROR_CODE, linear=40936, value=0]
                HandlerEntered[selector=8, rip=36864, rsp=40936, newCpl=0, rflagsCleared=213248]
                """);
    }

    @Test
    @DisplayName("a fault within ring 0: the stack stays")
    void withinKernel() {
        assertThat(steps(inKernelMode().withGate(6, CODE, HANDLER, 0x8e).withCode("0f 0b")))
                .isEqualTo("""
                InstructionFetched[linear=32768, lengthBytes=2]
                EventRaised 6, saved RIP 8000
                IDT_LIMIT 37 of 7ff
                GateRead 6 at 6030: 8:9000, type e, DPL 0
                PROTECTED_GATE_TYPE e of 0
                GATE_DPL 0 not compared with 0
                GATE_PRESENT 1 of 1
                HANDLER_SELECTOR_NOT_NULL 8 of 0
                HANDLER_SELECTOR_LIMIT f of ff
                HANDLER_IS_CODE 1b of 18
                HANDLER_DPL 0 of 0
                HANDLER_PRESENT 1 of 1
                StackChosen[source=SAME, tssLinear=0, rsp=57344, oldCpl=0, newCpl=0]
                STACK_ROOM c of ffffffff
                ENTRY_LIMIT 9000 of ffffffff
                Pushed[slot=RFLAGS, linear=57340, value=65538]
                Pushed[slot=CS, linear=57336, value=8]
                Pushed[slot=RIP, linear=57332, value=32768]
                HandlerEntered[selector=8, rip=36864, rsp=57332, newCpl=0, rflagsCleared=213760]
                """);
    }

    @Test
    @DisplayName("CALL through a gate from ring 3, with a parameter")
    void callGate() {
        assertThat(steps(inUserMode()
                        .withEntry(SPARE, gate(CODE, HANDLER, 0xec) | 1L << 32)
                        .put(USER_ESP, 4, 0x1234)
                        .withCode("9a 00 00 00 00 53 00")))
                .isEqualTo("""
                InstructionFetched[linear=32768, lengthBytes=7]
                MemoryRead[linear=20560, sizeBytes=8, value=259489039683584]
                CALL_GATE_LIMIT 57 of ff
                CallGateRead 53 at 5050: 8:9000, DPL 3
                CALL_GATE_DPL 3 of 3
                CALL_GATE_RPL 3 of 3
                CALL_GATE_PRESENT 1 of 1
                TARGET_SELECTOR_NOT_NULL 8 of 0
                TARGET_SELECTOR_LIMIT f of ff
                TARGET_IS_CODE 1b of 18
                TARGET_DPL 0 of 3
                TARGET_PRESENT 1 of 1
                TSS_LIMIT 9 of 67
                StackChosen[source=RSP0, tssLinear=28676, rsp=40960, oldCpl=3, newCpl=0]
                STACK_SELECTOR_NOT_NULL 10 of 0
                STACK_SELECTOR_LIMIT 17 of ff
                STACK_RPL 0 of 0
                STACK_DPL 0 of 0
                STACK_WRITABLE 13 of 12
                STACK_PRESENT 1 of 1
                STACK_ROOM 14 of ffffffff
                ENTRY_LIMIT 9000 of ffffffff
                MemoryWritten[linear=40956, sizeBytes=4, value=35]
                MemoryWritten[linear=40952, sizeBytes=4, value=274432]
                MemoryRead[linear=274432, sizeBytes=4, value=4660]
                MemoryWritten[linear=40948, sizeBytes=4, value=4660]
                MemoryWritten[linear=40944, sizeBytes=4, value=27]
                MemoryWritten[linear=40940, sizeBytes=4, value=32775]
                InstructionExecuted[]
                """);
    }

    @Test
    @DisplayName("JMP through a gate")
    void jumpGate() {
        assertThat(steps(inKernelMode()
                        .withEntry(SPARE, gate(CODE, HANDLER, 0xec))
                        .withCode("ea 00 00 00 00 50 00")))
                .isEqualTo("""
                InstructionFetched[linear=32768, lengthBytes=7]
                MemoryRead[linear=20560, sizeBytes=8, value=259484744716288]
                CALL_GATE_LIMIT 57 of ff
                CallGateRead 50 at 5050: 8:9000, DPL 3
                CALL_GATE_DPL 3 of 0
                CALL_GATE_RPL 3 of 0
                CALL_GATE_PRESENT 1 of 1
                TARGET_SELECTOR_NOT_NULL 8 of 0
                TARGET_SELECTOR_LIMIT f of ff
                TARGET_IS_CODE 1b of 18
                TARGET_DPL_OF_JMP 0 of 0
                TARGET_PRESENT 1 of 1
                ENTRY_LIMIT 9000 of ffffffff
                InstructionExecuted[]
                """);
    }
}
