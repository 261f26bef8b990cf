package dev.trapframe.emulator.delivery;

import static dev.trapframe.emulator.ProtectedMachine.CODE;
import static dev.trapframe.emulator.ProtectedMachine.CODE_16;
import static dev.trapframe.emulator.ProtectedMachine.CODE_32_ENTRY;
import static dev.trapframe.emulator.ProtectedMachine.DATA;
import static dev.trapframe.emulator.ProtectedMachine.DATA_32_ENTRY;
import static dev.trapframe.emulator.ProtectedMachine.DPL3;
import static dev.trapframe.emulator.ProtectedMachine.ESP;
import static dev.trapframe.emulator.ProtectedMachine.ESP0;
import static dev.trapframe.emulator.ProtectedMachine.GDT;
import static dev.trapframe.emulator.ProtectedMachine.HANDLER;
import static dev.trapframe.emulator.ProtectedMachine.IDT;
import static dev.trapframe.emulator.ProtectedMachine.ORIGIN;
import static dev.trapframe.emulator.ProtectedMachine.SPARE;
import static dev.trapframe.emulator.ProtectedMachine.TSS;
import static dev.trapframe.emulator.ProtectedMachine.TSS_SELECTOR;
import static dev.trapframe.emulator.ProtectedMachine.USER_CODE;
import static dev.trapframe.emulator.ProtectedMachine.USER_DATA;
import static dev.trapframe.emulator.ProtectedMachine.USER_ESP;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trapframe.emulator.CheckOrder;
import dev.trapframe.emulator.ProtectedMachine;
import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.Change.SystemRegister;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.event.Event;
import dev.trapframe.emulator.event.ExceptionVector;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.event.NotEmulated;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.state.CpuState;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Source: Intel SDM Vol. 2A, "INT n/INTO/INT3/INT1", Operation; Vol. 3A, "Exception and Interrupt Handling". */
@DisplayName("Event delivery outside of IA-32e mode")
class ProtectedModeEventDeliveryTest {

    private static final int VECTOR = 0x40;
    private static final int INTERRUPT_32 = 0x8e;
    private static final int TRAP_32 = 0x8f;
    private static final int INTERRUPT_16 = 0x86;
    private static final int TRAP_16 = 0x87;
    private static final long FLAGS = 0x4746;
    private static final long PRESENT = 1L << 47;
    private static final Event INTERRUPT = Event.externalInterrupt(VECTOR);
    private static final Event SOFTWARE = Event.softwareInterrupt(VECTOR);

    private static void deliver(ProtectedMachine machine, Event event) {
        CpuState cpu = machine.cpu();
        new EventDelivery(cpu, machine.memory()).deliver(event, cpu.rip(), cpu.rflags());
    }

    private static String outcome(ProtectedMachine machine, Event event) {
        try {
            deliver(machine, event);
            return CheckOrder.accepted();
        } catch (Fault fault) {
            return fault.getMessage();
        }
    }

    private static List<Long> words(ProtectedMachine machine, long linear, int count, int sizeBytes) {
        List<Long> words = new ArrayList<>();
        for (int i = 0; i < count; i++)
            words.add(machine.memory().readSystem(linear + (long) i * sizeBytes, sizeBytes));
        return words;
    }

    private static ProtectedMachine user(int gateFlags) {
        return ProtectedMachine.inUserMode()
                .with(MachineRegister.RFLAGS, FLAGS)
                .withGate(VECTOR, CODE, HANDLER, gateFlags)
                .withGate(ExceptionVector.PF.vector(), CODE, HANDLER, gateFlags);
    }

    private static ProtectedMachine kernel(int gateFlags) {
        return ProtectedMachine.inKernelMode()
                .with(MachineRegister.RFLAGS, FLAGS)
                .withGate(VECTOR, CODE, HANDLER, gateFlags)
                .withGate(ExceptionVector.PF.vector(), CODE, HANDLER, gateFlags);
    }

    @Test
    @DisplayName("from an outer level pushes SS, ESP, EFLAGS, CS, EIP onto SS0:ESP0 and clears IF, TF, NT")
    void innerLevel() {
        ProtectedMachine machine = user(INTERRUPT_32);
        deliver(machine, INTERRUPT);
        CpuState cpu = machine.cpu();
        assertThat(cpu.rsp()).isEqualTo(ESP0 - 20);
        assertThat(words(machine, ESP0 - 20, 5, 4))
                .containsExactly(ORIGIN, (long) USER_CODE, FLAGS, USER_ESP, (long) USER_DATA);
        assertThat(cpu.rip()).isEqualTo(HANDLER);
        assertThat(cpu.cpl()).isZero();
        assertThat(cpu.descriptor(SystemRegister.CS)).isEqualTo(new Descriptor(CODE, 0, 0xffff_ffffL, 0xc09b));
        assertThat(cpu.descriptor(SystemRegister.SS)).isEqualTo(new Descriptor(DATA, 0, 0xffff_ffffL, 0xc093));
        assertThat(cpu.rflags()).isEqualTo(0x0446 | 0);
    }

    @Test
    @DisplayName("an error code follows; a trap gate leaves IF")
    void errorCode() {
        ProtectedMachine machine = user(TRAP_32);
        deliver(machine, Event.exception(ExceptionVector.PF, 7));
        assertThat(words(machine, ESP0 - 24, 2, 4)).containsExactly(7L, ORIGIN);
        assertThat(machine.cpu().rsp()).isEqualTo(ESP0 - 24);
        assertThat(machine.cpu().rflags()).isEqualTo(0x0646);
    }

    @Test
    @DisplayName("at the same level pushes three words, SS and ESP stay out of the frame")
    void sameLevel() {
        ProtectedMachine machine = kernel(INTERRUPT_32);
        deliver(machine, SOFTWARE);
        assertThat(words(machine, ESP - 12, 3, 4)).containsExactly(ORIGIN, (long) CODE, FLAGS);
        assertThat(machine.cpu().rsp()).isEqualTo(ESP - 12);
        assertThat(machine.cpu().selector(SegmentRegister.SS)).isEqualTo(DATA);
    }

    @ParameterizedTest(name = "gate {0}: EFLAGS {1} afterwards")
    @CsvSource({"86, 446", "87, 646"})
    @DisplayName("a 16-bit gate pushes words of 16 bits and takes an offset of 16 bits")
    void sixteenBitGate(String flags, String expected) {
        ProtectedMachine machine = user(Integer.parseInt(flags, 16));
        machine.put(IDT + 8 * VECTOR + 6, 2, 0xdead);
        deliver(machine, INTERRUPT);
        assertThat(words(machine, ESP0 - 10, 5, 2))
                .containsExactly(ORIGIN, (long) USER_CODE, FLAGS, USER_ESP & 0xffff, (long) USER_DATA);
        assertThat(machine.cpu().rip()).isEqualTo(HANDLER);
        assertThat(machine.cpu().rsp()).isEqualTo(ESP0 - 10);
        assertThat(Long.toHexString(machine.cpu().rflags())).isEqualTo(expected);
    }

    @Test
    @DisplayName("a handler in a conforming segment runs at the CPL it interrupts, on the stack in use")
    void conforming() {
        ProtectedMachine machine =
                user(INTERRUPT_32).withEntry(SPARE, CODE_32_ENTRY | 1L << 42).withGate(VECTOR, SPARE, HANDLER, TRAP_32);
        deliver(machine, INTERRUPT);
        assertThat(machine.cpu().cpl()).isEqualTo(3);
        assertThat(machine.cpu().selector(SegmentRegister.CS)).isEqualTo(SPARE | 3);
        assertThat(machine.cpu().rsp()).isEqualTo(USER_ESP - 12);
    }

    @Test
    @DisplayName("the accessed bits of both segments are set in the GDT")
    void marksAccessed() {
        ProtectedMachine machine = user(INTERRUPT_32)
                .withEntry(CODE, CODE_32_ENTRY & ~(1L << 40))
                .withEntry(DATA, DATA_32_ENTRY & ~(1L << 40));
        deliver(machine, INTERRUPT);
        assertThat(words(machine, GDT + CODE, 2, 8)).containsExactly(CODE_32_ENTRY, DATA_32_ENTRY);
    }

    @Test
    @DisplayName("a 16-bit stack: SP wraps in its 64 KiB, and the upper half of ESP stays")
    void smallStack() {
        ProtectedMachine machine = kernel(INTERRUPT_32)
                .with(SystemRegister.SS, new Descriptor(DATA, 0x1_0000, 0xffff, 0x0093))
                .with(MachineRegister.RSP, 0x1234_0008L);
        deliver(machine, INTERRUPT);
        assertThat(machine.cpu().rsp()).isEqualTo(0x1234_fffcL);
        assertThat(words(machine, 0x1_0000, 2, 4)).containsExactly((long) CODE, FLAGS);
        assertThat(words(machine, 0x1_fffc, 1, 4)).containsExactly(ORIGIN);
    }

    @ParameterizedTest(name = "limit {0}, type {1}, ESP {2}: {3}")
    @CsvSource({
        "ffff, 93, 0c, accepted",
        "ffff, 93, 0b, #SS(0x1)",
        "0d, 93, 0e, accepted",
        "0c, 93, 0e, #SS(0x1)",
        "0fff, 97, 100c, accepted",
        "0fff, 97, 100b, #SS(0x1)",
        "0fff, 97, 0100, #SS(0x1)"
    })
    @DisplayName(
            "all words have to lie within the stack segment, which may expand down: else #SS before the first push")
    void room(String limit, String attributes, String esp, String expected) {
        Descriptor stack =
                new Descriptor(DATA, 0x1_0000, Long.parseLong(limit, 16), Integer.parseInt(attributes, 16) | 0x4000);
        ProtectedMachine machine =
                kernel(INTERRUPT_32).with(SystemRegister.SS, stack).with(MachineRegister.RSP, Long.parseLong(esp, 16));
        assertThat(outcome(machine, INTERRUPT).equals(CheckOrder.accepted()) ? "accepted" : outcome(machine, INTERRUPT))
                .isEqualTo(expected);
    }

    @Test
    @DisplayName("task gates and stack switches by a 16-bit TSS are not emulated, and say so")
    void notEmulated() {
        ProtectedMachine task = user(0x85);
        assertThatThrownBy(() -> deliver(task, INTERRUPT))
                .isInstanceOf(NotEmulated.class)
                .hasMessageContaining("task");
        ProtectedMachine tss16 =
                user(INTERRUPT_32).with(SystemRegister.TR, new Descriptor(TSS_SELECTOR, TSS, 0x2b, 0x83));
        assertThatThrownBy(() -> deliver(tss16, INTERRUPT))
                .isInstanceOf(NotEmulated.class)
                .hasMessageContaining("16-bit TSS");
    }

    @ParameterizedTest(name = "type {0}: {1}")
    @CsvSource({"81, 203", "84, 203", "89, 203", "8c, 203", "9e, 203", "80, 203", "8d, 203", "83, 203"})
    @DisplayName("other types of gates are #GP with the vector, and EXT for an event that no instruction asked for")
    void gateTypes(String flags, String code) {
        assertThat(outcome(user(Integer.parseInt(flags, 16)), INTERRUPT)).isEqualTo("#GP(0x" + code + ")");
        assertThat(outcome(user(Integer.parseInt(flags, 16)), SOFTWARE)).isEqualTo("#GP(0x202)");
    }

    /** A delivery from CPL 3 to CPL 0 with every part to spoil. */
    private static final class Delivery {
        final ProtectedMachine machine = ProtectedMachine.inUserMode().with(MachineRegister.RFLAGS, FLAGS);
        long idtLimit = 0x7ff;
        int gateType = 0xe;
        int gateDpl = 3;
        int gatePresent = 0x80;
        int selector = SPARE;
        long code = CODE_32_ENTRY;
        long tssLimit = 0x67;
        long stackSelector = SPARE + 8;
        long stack = DATA_32_ENTRY;
        long esp = ESP0;
        long offset = HANDLER;

        String outcome(Event event) {
            machine.with(SystemRegister.IDTR, new Descriptor(0, IDT, idtLimit, 0))
                    .with(SystemRegister.TR, new Descriptor(TSS_SELECTOR, TSS, tssLimit, 0x8b))
                    .withGate(VECTOR, selector, offset, gateType | gateDpl << 5 | gatePresent)
                    .withEntry(SPARE, code)
                    .withEntry(SPARE + 8, stack)
                    .put(TSS + 4, 4, esp)
                    .put(TSS + 8, 4, stackSelector);
            return ProtectedModeEventDeliveryTest.outcome(machine, event);
        }
    }

    private static CheckOrder<Delivery> order(Event event, int ext) {
        String vector = Integer.toHexString(VECTOR << 3 | 2 | ext);
        String code = Integer.toHexString(SPARE | ext);
        String stack = Integer.toHexString(SPARE + 8 | ext);
        String beyond = Integer.toHexString(0x1f8 | ext);
        CheckOrder<Delivery> order = new CheckOrder<>(Delivery::new, delivery -> delivery.outcome(event))
                .then("IDT limit", "idt", d -> d.idtLimit = VECTOR * 8 + 6, "#GP(0x" + vector + ")")
                .then("gate type", "type", d -> d.gateType = 0xc, "#GP(0x" + vector + ")");
        if (ext == 0) order.then("gate DPL", "dpl", d -> d.gateDpl = 2, "#GP(0x" + vector + ")");
        return order.then("gate present", "present", d -> d.gatePresent = 0, "#NP(0x" + vector + ")")
                .then("null CS", "selector", d -> d.selector = 3, "#GP(0x" + ext + ")")
                .then("CS beyond GDT", "selector", d -> d.selector = 0x1f8, "#GP(0x" + beyond + ")")
                .then("CS no code", "code", d -> d.code = DATA_32_ENTRY, "#GP(0x" + code + ")")
                .then("CS absent", "code", d -> d.code = CODE_32_ENTRY & ~PRESENT, "#NP(0x" + code + ")")
                .then("TSS limit", "tss", d -> d.tssLimit = 8, "#TS(0x" + Integer.toHexString(TSS_SELECTOR | ext) + ")")
                .then("null SS", "ss", d -> d.stackSelector = 0, "#TS(0x" + ext + ")")
                .then("SS beyond GDT", "ss", d -> d.stackSelector = 0x1f8, "#TS(0x" + beyond + ")")
                .then("SS RPL", "ss", d -> d.stackSelector = SPARE + 8 | 1, "#TS(0x" + stack + ")")
                .then("SS DPL", "stack", d -> d.stack = DATA_32_ENTRY | DPL3, "#TS(0x" + stack + ")")
                .then("SS read-only", "stack", d -> d.stack = DATA_32_ENTRY & ~(1L << 41), "#TS(0x" + stack + ")")
                .then("SS code", "stack", d -> d.stack = CODE_32_ENTRY, "#TS(0x" + stack + ")")
                .then("SS absent", "stack", d -> d.stack = DATA_32_ENTRY & ~PRESENT, "#SS(0x" + stack + ")")
                .then("no room", "esp", d -> d.esp = 14, "#SS(0x" + stack + ")")
                .then("EIP", "code", d -> d.code = 0x0040_9b00_0000_0000L | HANDLER - 1, "#GP(0x" + ext + ")");
    }

    @Test
    @DisplayName("of two checks that fail the manual's first decides, for an interrupt with EXT")
    void orderOfInterrupt() {
        order(INTERRUPT, 1).verify();
    }

    @Test
    @DisplayName("... and for INT n without, its DPL check among them")
    void orderOfInt() {
        order(SOFTWARE, 0).verify();
    }

    @Test
    @DisplayName("a code segment above the CPL is #GP(selector)")
    void outerHandler() {
        ProtectedMachine machine = kernel(INTERRUPT_32).withGate(VECTOR, USER_CODE, HANDLER, INTERRUPT_32);
        assertThat(outcome(machine, SOFTWARE)).isEqualTo("#GP(0x18)");
        ProtectedMachine small = kernel(INTERRUPT_16).withGate(VECTOR, CODE_16, HANDLER, TRAP_16);
        deliver(small, SOFTWARE);
        assertThat(small.cpu().selector(SegmentRegister.CS)).isEqualTo(CODE_16);
    }
}
