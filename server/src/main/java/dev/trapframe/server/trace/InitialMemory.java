package dev.trapframe.server.trace;

import dev.trapframe.emulator.api.MachineView;
import dev.trapframe.server.trace.TraceJson.MemoryJson;
import dev.trapframe.server.trace.TraceJson.StackJson;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongPredicate;

/** The bytes that the stacks hold at the start, as far as they are not zero. */
final class InitialMemory {

    private static final int WORD_BYTES = 8;
    private static final String HIDDEN_BYTE = "??";

    private InitialMemory() {}

    /** @param hidden says of a linear address whether its byte is hidden; such a byte is written {@code ??} */
    static List<MemoryJson> of(MachineView machine, List<StackJson> stacks, LongPredicate hidden) {
        List<MemoryJson> memory = new ArrayList<>();
        for (StackJson stack : stacks) {
            long low = parse(stack.low());
            int sizeBytes = (int) (parse(stack.high()) - low);
            byte[] bytes = machine.linear(low, sizeBytes).orElse(new byte[0]);
            addRuns(low, bytes, hidden, memory);
        }
        return memory;
    }

    /** Neighbouring words of which at least one byte is worth telling. */
    private static void addRuns(long low, byte[] bytes, LongPredicate hidden, List<MemoryJson> memory) {
        StringBuilder run = new StringBuilder();
        long start = low;
        for (int at = 0; at < bytes.length; at += WORD_BYTES) {
            String word = word(low, bytes, at, hidden);
            boolean isZero = word.matches("0*");
            if (!isZero && run.isEmpty()) start = low + at;
            if (!isZero) run.append(word);
            if (isZero && !run.isEmpty()) {
                memory.add(new MemoryJson(HexJson.of(start), run.toString()));
                run.setLength(0);
            }
        }
        if (!run.isEmpty()) memory.add(new MemoryJson(HexJson.of(start), run.toString()));
    }

    private static String word(long low, byte[] bytes, int at, LongPredicate hidden) {
        StringBuilder word = new StringBuilder();
        for (int i = at; i < Math.min(at + WORD_BYTES, bytes.length); i++) {
            word.append(hidden.test(low + i) ? HIDDEN_BYTE : String.format("%02x", bytes[i]));
        }
        return word.toString();
    }

    private static long parse(HexJson address) {
        if (address.text() == null) throw new IllegalArgumentException("addresses of stacks are never hidden");
        return Long.parseUnsignedLong(address.text().substring(2), 16);
    }
}
