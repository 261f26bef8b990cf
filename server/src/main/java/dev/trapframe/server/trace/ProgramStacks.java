package dev.trapframe.server.trace;

import dev.trapframe.emulator.api.Program;
import dev.trapframe.emulator.api.Program.Section;
import dev.trapframe.server.trace.TraceJson.StackJson;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** The stacks that a program declares in its {@code .trapframe.stack} section; {@code docs/programs.md} has the format. */
final class ProgramStacks {

    private static final int RECORD_BYTES = 32;
    private static final List<String> KINDS =
            List.of("user", "entry", "ist1", "ist2", "ist3", "ist4", "ist5", "ist6", "ist7", "task");

    private ProgramStacks() {}

    static List<StackJson> of(Program program, Messages messages) {
        List<StackJson> stacks = new ArrayList<>();
        byte[] bytes = program.section(".trapframe.stack").map(Section::bytes).orElse(new byte[0]);
        ByteBuffer records = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        while (records.remaining() >= RECORD_BYTES) {
            long low = records.getLong();
            long high = records.getLong();
            String kind = KINDS.get((int) records.getLong());
            records.getLong();
            stacks.add(new StackJson(kind, messages.text("stack." + kind), HexJson.of(low), HexJson.of(high)));
        }
        return stacks;
    }
}
