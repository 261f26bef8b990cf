package dev.trapframe.server.slot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.trapframe.emulator.api.MicroOp;
import dev.trapframe.server.scenario.Position;
import dev.trapframe.server.trace.TestTraces;
import dev.trapframe.server.trace.TraceRun;
import java.util.OptionalLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("A probe")
class SlotsTest {

    private static final TraceRun FAULT = TestTraces.run("""
            {"program": {"name": "page-fault-extended"},
             "machine": {"registers": {"rbx": "0x1b1b1b1b1b1b1b1b", "r15": "0x401100", "pkrs": "0x55555550"}}}""");

    private static SlotValue find(String probe) {
        return Slots.resolve(FAULT, Probe.parse(probe));
    }

    @ParameterizedTest
    @CsvSource({
        "frame.ss at asm_exc_page_fault,          0x2b,            0xfffffe0000002ff8",
        "frame.rsp at asm_exc_page_fault,         0x7ffd5e10fff8,  0xfffffe0000002ff0",
        "frame.rflags at asm_exc_page_fault,      0x10297,         0xfffffe0000002fe8",
        "frame.cs at asm_exc_page_fault,          0x33,            0xfffffe0000002fe0",
        "frame.rip at asm_exc_page_fault,         0x401011,        0xfffffe0000002fd8",
        "frame.error_code at asm_exc_page_fault,  0x6,             0xfffffe0000002fd0",
        "pt_regs.orig_ax at asm_exc_page_fault,   0x6,             0xfffffe0000002fd0",
        "pt_regs.orig_ax at exc_page_fault,       0xffffffffffffffff, 0xfffffe0000002fd0",
        "frame[1].rip at exc_page_fault,          0x401011,        0xfffffe0000002fd8",
        "pt_regs.bx at exc_page_fault,            0x1b1b1b1b1b1b1b1b, 0xfffffe0000002f80",
        "pt_regs.r15 at exc_page_fault,           0x401100,        0xfffffe0000002f58",
        "ext.pks at handle_user_fault,            0x55555550,      0xfffffe0000002f50",
        "ext.exit_rcu at handle_user_fault,       0x0,             0xfffffe0000002f48"
    })
    @DisplayName("finds words of the frame, fields of pt_regs and of the extension in memory")
    void findsMemory(String probe, String value, String linear) {
        SlotValue found = find(probe);

        assertThat("0x" + Long.toHexString(found.value())).isEqualTo(value);
        assertThat(found.linear()).isEqualTo(OptionalLong.of(Long.parseUnsignedLong(linear.substring(2), 16)));
    }

    @ParameterizedTest
    @CsvSource({
        "cpu.cr2 at asm_exc_page_fault,    405010",
        "cpu.pkrs at handle_user_fault,    55555554",
        "cpu.rsi at exc_page_fault,        6",
        "cpu.cpl at asm_exc_page_fault,    0",
        "rflags.IF at asm_exc_page_fault,  0",
        "rflags.CF at asm_exc_page_fault,  1",
        "rflags.IOPL at user_store,        0"
    })
    @DisplayName("finds registers and flags")
    void findsRegisters(String probe, String value) {
        assertThat(Long.toHexString(find(probe).value())).isEqualTo(value);
        assertThat(find(probe).linear()).isEmpty();
    }

    @Test
    @DisplayName("is proved by the position right after the micro-op that wrote the value")
    void provesValues() {
        SlotValue rip = find("frame.rip at asm_exc_page_fault");
        Position proof = rip.proof();

        assertThat(rip.place()).isEqualTo(Position.of(5));
        assertThat(proof.step()).isEqualTo(4);
        assertThat(FAULT.trace()
                        .step(proof.step())
                        .microSteps()
                        .get(proof.micro() - 1)
                        .op())
                .isInstanceOfSatisfying(
                        MicroOp.Pushed.class,
                        pushed -> assertThat(pushed.value()).isEqualTo(0x401011L));
        assertThat(find("cpu.rbx at user_store").proof()).isEqualTo(Position.START);
        assertThat(find("rflags.IF at asm_exc_page_fault").proof()).isEqualTo(Position.of(5));
    }

    @Test
    @DisplayName("finds the write that left the bytes as they were, not an earlier one")
    void provesWritesWithoutChange() {
        SlotValue r12 = find("pt_regs.r12 at exc_page_fault");

        assertThat(r12.value()).isZero();
        assertThat(FAULT.trace().step(r12.proof().step()).text()).isEqualTo("push   %r12");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "pt_regs.orig_ax                       | a probe is a slot, the word at, and a label, for example pt_regs.orig_ax at asm_exc_page_fault",
                "pt_regs.orig_ax in asm_exc_page_fault | a probe is a slot, the word at, and a label",
                "pt_regs.rax at asm_exc_page_fault     | there is no slot pt_regs.rax; expected one of pt_regs.r15 pt_regs.r14",
                "foo.bar at asm_exc_page_fault         | there is no slot foo.bar; slots begin with frame.",
                "frame[0].rip at asm_exc_page_fault    | there is no slot frame[0].rip",
                "rflags.if at asm_exc_page_fault       | there is no slot rflags.if; expected one of rflags.CF"
            })
    @DisplayName("that cannot be read is refused with what would be right")
    void refusesUnreadable(String probe, String problem) {
        assertThatExceptionOfType(BadProbe.class)
                .isThrownBy(() -> Probe.parse(probe))
                .withMessageContaining("probe \"" + probe + "\"")
                .withMessageContaining(problem);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "frame.rip at nowhere                     | program page-fault-extended has no label nowhere",
                "frame.rip at asm_sysvec_apic_timer_interrupt | the run never reaches asm_sysvec_apic_timer_interrupt",
                "frame.rip at user_store                  | no event is being handled there, at position 4",
                "frame.rip at program_end                 | no event is being handled there",
                "frame[2].rip at exc_page_fault           | only 1 events are nested there"
            })
    @DisplayName("that finds nothing says why")
    void saysWhyNothingIsFound(String probe, String problem) {
        assertThatExceptionOfType(BadProbe.class).isThrownBy(() -> find(probe)).withMessageContaining(problem);
    }

    @Test
    @DisplayName("of an error code that was not pushed says so")
    void knowsFramesWithoutErrorCode() {
        TraceRun timer = TestTraces.run("""
                {"program": {"name": "timer-interrupt"}, "events": [{"at": 5, "kind": "interrupt", "vector": 236}]}""");

        assertThat(Slots.resolve(timer, Probe.parse("pt_regs.orig_ax at error_entry"))
                        .value())
                .isEqualTo(-1L);
        assertThatExceptionOfType(BadProbe.class)
                .isThrownBy(() -> Slots.resolve(timer, Probe.parse("frame.error_code at error_entry")))
                .withMessageContaining("pushed no error code");
    }
}
