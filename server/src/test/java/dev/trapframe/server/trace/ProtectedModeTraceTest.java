package dev.trapframe.server.trace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.Machine;
import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.Change.SystemRegister;
import dev.trapframe.emulator.api.Limits;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MachineState;
import dev.trapframe.emulator.api.Program;
import dev.trapframe.emulator.api.TraceView;
import dev.trapframe.emulator.assemble.Assembler;
import dev.trapframe.emulator.assemble.AssemblerOptions;
import dev.trapframe.emulator.assemble.IncludeResolver;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A trace of 32-bit protected mode as JSON")
class ProtectedModeTraceTest {

    private static final long PAGE = 0x8000;
    private static final int GDT = 0x800;
    private static final int IDT = 0x900;
    private static final int TSS = 0xb00;

    /** User code in ring 3 that calls a gate of 8 bytes; the handler returns, then the gate's stack segment is bad. */
    private static final String SOURCE = """
            .code32
            int $0x20
            movw $0x18, 0x8b08
            int $0x20
            .org 0x400
            iret
            .org 0x500
            hlt
            """;

    private static void entry(ByteBuffer page, int at, long value) {
        page.putLong(at, value);
    }

    private static MachineState state() {
        Program program = new Assembler(AssemblerOptions.flat(PAGE, IncludeResolver.none())).assemble("test.S", SOURCE);
        ByteBuffer page = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
        program.sections().forEach(section -> page.put((int) (section.linear() - PAGE), section.bytes()));
        entry(page, GDT + 0x08, 0x00cf_9b00_0000_ffffL);
        entry(page, GDT + 0x10, 0x00cf_9300_0000_ffffL);
        entry(page, GDT + 0x18, 0x00cf_fb00_0000_ffffL);
        entry(page, GDT + 0x20, 0x00cf_f300_0000_ffffL);
        entry(page, GDT + 0x28, 0x00cf_9f00_0000_ffffL);
        entry(page, IDT + 8 * 0x20, 0x0000_ee00_0008_8400L);
        entry(page, IDT + 8 * 10, 0x0000_8e00_0028_8500L);
        entry(page, IDT + 8 * 13, 0x0000_8e00_0028_8500L);
        page.putInt(TSS + 4, 0x9ff0).putInt(TSS + 8, 0x10);
        Map<MachineRegister, Long> registers = new EnumMap<>(Map.of(
                MachineRegister.CR0, 0x11L,
                MachineRegister.RIP, PAGE,
                MachineRegister.RSP, 0x9800L,
                MachineRegister.CPL, 3L,
                MachineRegister.CS, 0x1bL,
                MachineRegister.SS, 0x23L,
                MachineRegister.DS, 0x23L));
        Map<SystemRegister, Descriptor> system = new EnumMap<>(Map.of(
                SystemRegister.CS, new Descriptor(0x1b, 0, 0xffff_ffffL, 0xc0fb),
                SystemRegister.SS, new Descriptor(0x23, 0, 0xffff_ffffL, 0xc0f3),
                SystemRegister.DS, new Descriptor(0x23, 0, 0xffff_ffffL, 0xc0f3),
                SystemRegister.GDTR, new Descriptor(0, PAGE + GDT, 0x2f, 0),
                SystemRegister.IDTR, new Descriptor(0, PAGE + IDT, 0x1ff, 0),
                SystemRegister.TR, new Descriptor(0x30, PAGE + TSS, 0x67, 0x8b)));
        return new MachineState(
                registers, system, 0x10_0000, new TreeMap<>(Map.of(PAGE, page.array())), new TreeMap<>(), List.of());
    }

    private static TraceJson trace() {
        TraceView recorded = Machine.load(state()).record(Limits.ofSteps(10));
        TraceRun like = TestTraces.run("{\"program\": {\"name\": \"page-fault-extended\"}}");
        return TestTraces.COMPOSER.compose(
                new TraceRun(like.recipeId(), like.recipe(), like.program(), List.of(), recorded, Machine.REVISION));
    }

    @Test
    @DisplayName("explains gates of 8 bytes, the stack of the 32-bit TSS and its checks")
    void explains() {
        TraceJson trace = trace();

        assertThat(trace.steps().get(0).micro())
                .extracting(StepJson.MicroJson::rule)
                .contains("protected-gate-type", "stack-selector-not-null", "stack-dpl", "stack-room", "entry-limit");
        assertThat(trace.steps().get(0).micro())
                .filteredOn(micro -> "pushed".equals(micro.op()))
                .extracting(StepJson.MicroJson::slot)
                .containsExactly("frame.ss", "frame.rsp", "frame.rflags", "frame.cs", "frame.rip");
        assertThat(trace.steps().get(3).micro())
                .filteredOn(micro -> "stack-rpl".equals(micro.rule()) || "stack-dpl".equals(micro.rule()))
                .anyMatch(micro -> Boolean.TRUE.equals(micro.refused()));
        assertThat(trace.steps())
                .allSatisfy(step -> assertThat(step.micro())
                        .isNotEmpty()
                        .allSatisfy(micro -> assertThat(micro.title()).doesNotContain("{")));
    }
}
