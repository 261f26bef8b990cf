package dev.trapframe.emulator.execute;

import static dev.trapframe.emulator.ProtectedMachine.CODE;
import static dev.trapframe.emulator.ProtectedMachine.DATA;
import static dev.trapframe.emulator.ProtectedMachine.HANDLER;
import static dev.trapframe.emulator.ProtectedMachine.TSS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.Machine;
import dev.trapframe.emulator.ProtectedMachine;
import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.Change.SystemRegister;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MicroOp;
import dev.trapframe.emulator.api.StepOutcome;
import dev.trapframe.emulator.event.ExceptionVector;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Source: Intel SDM Vol. 3A, "Limit Checking" and "Type Checking"; Vol. 1, "I/O Permission Bit Map". */
@DisplayName("Outside of 64-bit mode every access is held against its segment:")
class SegmentLimitsTest {

    private static final long BASE = 0x2_0000;

    /** What one instruction comes to; faults go to handlers of their own. */
    private static String outcome(ProtectedMachine machine, String code) {
        StepOutcome outcome = start(machine, code).step().outcome();
        if (outcome instanceof StepOutcome.Retired) return "ok";
        StepOutcome.EventDelivered delivered = (StepOutcome.EventDelivered) outcome;
        String symbol =
                ExceptionVector.of(delivered.event().vector()).orElseThrow().symbol();
        return symbol + "(" + delivered.event().errorCode().orElse(0) + ")";
    }

    private static Machine start(ProtectedMachine machine, String code) {
        for (ExceptionVector vector : ExceptionVector.values()) {
            machine.withGate(vector.vector(), CODE, HANDLER, 0x8e);
        }
        return machine.withCode(code).machine();
    }

    private static ProtectedMachine with(SystemRegister segment, String limit, String attributes, String offset) {
        Descriptor descriptor = new Descriptor(DATA, BASE, Long.parseLong(limit, 16), Integer.parseInt(attributes, 16));
        return ProtectedMachine.inKernelMode()
                .with(MachineRegister.CR4, 1 << 9)
                .with(segment, descriptor)
                .with(MachineRegister.RBX, Long.parseLong(offset, 16));
    }

    @ParameterizedTest(name = "limit {0}, attributes {1}, offset {2}: read {3}, write {4}")
    @CsvSource({
        "fff, 4093, ffc, ok, ok",
        "fff, 4093, ffd, #GP(0), #GP(0)",
        "fff, 4093, fffffffe, #GP(0), #GP(0)",
        "fff, 4097, 1000, ok, ok",
        "fff, 4097, fff, #GP(0), #GP(0)",
        "fff, 4097, fffffffc, ok, ok",
        "fff, 4097, fffffffd, #GP(0), #GP(0)",
        "fff, 0097, fffc, ok, ok",
        "fff, 0097, fffd, #GP(0), #GP(0)",
        "ffffffff, 4091, 10, ok, #GP(0)",
        "ffffffff, 4095, 10, #GP(0), #GP(0)",
        "ffffffff, 409b, 10, ok, #GP(0)",
        "ffffffff, 409f, 10, ok, #GP(0)",
        "ffffffff, 4099, 10, #GP(0), #GP(0)",
        "ffffffff, 4013, 10, #GP(0), #GP(0)",
        "0, 0, 0, #GP(0), #GP(0)"
    })
    @DisplayName("limit, direction and type")
    void ofData(String limit, String attributes, String offset, String read, String write) {
        assertThat(outcome(with(SystemRegister.DS, limit, attributes, offset), "8b 03"))
                .isEqualTo(read);
        assertThat(outcome(with(SystemRegister.DS, limit, attributes, offset), "89 03"))
                .isEqualTo(write);
        assertThat(outcome(with(SystemRegister.DS, limit, attributes, offset), "01 03"))
                .isEqualTo(write);
        assertThat(outcome(with(SystemRegister.ES, limit, attributes, offset), "26 8b 03"))
                .isEqualTo(read);
        assertThat(outcome(with(SystemRegister.FS, limit, attributes, offset), "64 89 03"))
                .isEqualTo(write);
    }

    @ParameterizedTest(name = "limit {0}, attributes {1}, ESP {2}: push {3}, pop {4}")
    @CsvSource({
        "fff, 4093, 1000, ok, #SS(0)",
        "fff, 4093, ffc, ok, ok",
        "fff, 4093, 1001, #SS(0), #SS(0)",
        "fff, 4093, 2, #SS(0), ok",
        "fff, 4097, 1004, ok, ok",
        "fff, 4097, 1003, #SS(0), ok",
        "fff, 4097, 0, ok, #SS(0)",
        "ffff, 0093, 0, ok, ok",
        "ffff, 0093, 2, #SS(0), ok",
        "ffff, 0093, 12340002, #SS(0), ok"
    })
    @DisplayName("the stack too, with #SS(0); a 16-bit one by SP alone")
    void ofStack(String limit, String attributes, String esp, String push, String pop) {
        ProtectedMachine machine = with(SystemRegister.SS, limit, attributes, "0");
        // The handler's frame needs room: the fault is looked at before it is delivered.
        long pointer = Long.parseLong(esp, 16);
        assertThat(raised(machine.with(MachineRegister.RSP, pointer), "50")).isEqualTo(push);
        assertThat(raised(machine.with(MachineRegister.RSP, pointer), "58")).isEqualTo(pop);
    }

    /** The first event of one instruction, whatever becomes of its delivery. */
    private static String raised(ProtectedMachine machine, String code) {
        return start(machine, code).step().microSteps().stream()
                .map(micro -> micro.op())
                .filter(MicroOp.EventRaised.class::isInstance)
                .map(op -> ((MicroOp.EventRaised) op).event())
                .map(event -> ExceptionVector.of(event.vector()).orElseThrow().symbol() + "("
                        + event.errorCode().orElse(0) + ")")
                .findFirst()
                .orElse("ok");
    }

    @Test
    @DisplayName("a store of 16 bytes is refused whole")
    void vector() {
        Machine machine = start(with(SystemRegister.DS, "fff", "4093", "ff8"), "0f 11 03"); // movups %xmm0, (%ebx)
        assertThat(machine.step().changes())
                .noneMatch(change -> change.toString().contains("linear=" + (BASE + 0xff8)));
        assertThat(outcome(with(SystemRegister.DS, "fff", "4093", "ff0"), "0f 11 03"))
                .isEqualTo("ok");
    }

    @Test
    @DisplayName("a near jump beyond the limit of the code segment is #GP(0) on the jump")
    void nearJump() {
        ProtectedMachine machine = ProtectedMachine.inKernelMode()
                .with(SystemRegister.CS, new Descriptor(CODE, 0, 0x80ff, 0x409b))
                .withEntry(CODE, ProtectedMachine.CODE_32_ENTRY);
        assertThat(outcome(machine, "e9 fb 00 00 00")).isEqualTo("#GP(0)");
        assertThat(outcome(machine, "e9 fa 00 00 00")).isEqualTo("ok");
    }

    @ParameterizedTest(name = "port {0}, {1} bytes, IOPL {2}: {3}")
    @CsvSource({
        "98, ec, 0, ok",
        "99, ec, 0, #GP(0)",
        "98, ed, 0, #GP(0)",
        "99, ed, 3, ok",
        "9a, ed, 0, ok",
        "9f, ec, 0, ok",
        "a0, ec, 0, #GP(0)",
        "ffff, ec, 0, #GP(0)"
    })
    @DisplayName("the I/O permission map of a 32-bit TSS decides above IOPL")
    void ports(String port, String opcode, int iopl, String expected) {
        ProtectedMachine machine = ProtectedMachine.inUserMode()
                .with(MachineRegister.RFLAGS, 2 | iopl << 12)
                .with(MachineRegister.RDX, Long.parseLong(port, 16))
                .with(SystemRegister.TR, new Descriptor(ProtectedMachine.TSS_SELECTOR, TSS, 0x7c, 0x8b))
                .put(TSS + 0x66, 2, 0x68)
                .put(TSS + 0x68 + 0x13, 1, 0x02)
                .put(TSS + 0x68 + 0x14, 1, 0xff);
        assertThat(outcome(machine, opcode)).isEqualTo(expected);
    }
}
