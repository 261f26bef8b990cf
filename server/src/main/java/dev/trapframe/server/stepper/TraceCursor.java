package dev.trapframe.server.stepper;

import dev.trapframe.server.scenario.Position;
import dev.trapframe.server.trace.HexJson;
import dev.trapframe.server.trace.StepJson;
import dev.trapframe.server.trace.StepJson.MemoryChangeJson;
import dev.trapframe.server.trace.StepJson.MicroJson;
import dev.trapframe.server.trace.TraceJson;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A trace at one position: the initial state with the changes of the micro-ops before it applied.
 *
 * <p>A tick is the number of micro-ops done since position 0; each position has exactly one.
 */
final class TraceCursor {

    private final TraceJson trace;
    private final int[] starts;
    private final List<MicroJson> micros = new ArrayList<>();
    private final int tick;
    private final Position position;
    private final Map<String, HexJson> registers;
    private final Map<Long, Word> memory = new HashMap<>();
    private final Map<Long, Integer> lastWrites = new HashMap<>();
    private final Set<Long> touched = new HashSet<>();
    private final Set<Long> writtenBefore = new HashSet<>();

    /** @param asked where to stand; the nearest position that exists is taken */
    TraceCursor(TraceJson trace, Position asked) {
        this.trace = trace;
        this.starts = new int[trace.steps().size() + 1];
        for (StepJson step : trace.steps()) {
            micros.addAll(step.micro());
            starts[step.index() - trace.from() + 1] = micros.size();
        }
        this.tick = tickAt(asked);
        this.position = positionAt(tick);
        this.registers = new HashMap<>(trace.registers());
        load();
        applyAll();
    }

    TraceJson trace() {
        return trace;
    }

    int tick() {
        return tick;
    }

    int lastTick() {
        return micros.size();
    }

    int stepCount() {
        return trace.steps().size();
    }

    Position position() {
        return position;
    }

    int tickAt(Position at) {
        if (at.step() >= stepCount()) return lastTick();
        return Math.min(starts[at.step()] + at.micro(), starts[at.step() + 1]);
    }

    Position positionAt(int anyTick) {
        int step = 0;
        while (step < stepCount() && starts[step + 1] <= anyTick) step++;
        return new Position(step, anyTick - starts[step]);
    }

    /** The step that is being done, or was done last; null at position 0. */
    @Nullable
    StepJson step() {
        int index = position.micro() > 0 ? position.step() : position.step() - 1;
        return index < 0 ? null : trace.steps().get(index);
    }

    /** The step that comes next; null inside a step and at the end. */
    @Nullable
    StepJson next() {
        return position.micro() > 0 || position.step() >= stepCount()
                ? null
                : trace.steps().get(position.step());
    }

    /** Index of the micro-op done last in {@link #step()}; -1 at position 0. */
    int microIndex() {
        StepJson step = step();
        if (step == null) return -1;
        return position.micro() > 0 ? position.micro() - 1 : step.micro().size() - 1;
    }

    @Nullable
    MicroJson micro() {
        return tick == 0 ? null : micros.get(tick - 1);
    }

    @Nullable
    HexJson register(String name) {
        return registers.get(name);
    }

    /** A register's value; null if it is hidden or the trace does not name it. */
    @Nullable
    Long value(String name) {
        HexJson hex = registers.get(name);
        return hex == null || hex.text() == null ? null : Long.valueOf(Digits.parse(hex.text()));
    }

    Word word(long address) {
        return memory.getOrDefault(address, Word.ZERO);
    }

    /** Tick right after the last write of a word; null if nothing has written it. */
    @Nullable
    Integer lastWrite(long word) {
        return lastWrites.get(word);
    }

    /** Whether a word was written before the position's own micro-ops. */
    boolean wasWritten(long word) {
        return writtenBefore.contains(word);
    }

    MicroJson microBefore(int anyTick) {
        return micros.get(anyTick - 1);
    }

    /** The words that the trace writes at any time. */
    Set<Long> touched() {
        return Collections.unmodifiableSet(touched);
    }

    private int latestStart() {
        if (tick == 0) return 0;
        return position.micro() > 0 ? tick - 1 : starts[position.step() - 1];
    }

    /** What the position's own micro-ops did: inside a step the last one alone, at a boundary the whole step. */
    List<MicroJson> latest() {
        if (tick == 0) return List.of();
        return micros.subList(latestStart(), tick);
    }

    /** The registers that {@link #latest} changed, with what each held before. */
    Map<String, HexJson> changedRegisters() {
        Map<String, HexJson> before = new HashMap<>();
        for (MicroJson micro : latest()) {
            if (micro.registers() != null)
                micro.registers().forEach((name, pair) -> before.putIfAbsent(name, pair.get(0)));
        }
        before.entrySet()
                .removeIf(entry ->
                        !entry.getValue().isHidden() && entry.getValue().equals(registers.get(entry.getKey())));
        return before;
    }

    /** The words that {@link #latest} changed, as they were. */
    Map<Long, Word> changedWords() {
        Map<Long, Word> before = new HashMap<>();
        List<MemoryChangeJson> changes = new ArrayList<>();
        for (MicroJson micro : latest()) if (micro.memory() != null) changes.addAll(micro.memory());
        for (MemoryChangeJson change : changes) {
            forEachWord(Digits.parse(change.address()), change.size(), word -> before.putIfAbsent(word, word(word)));
        }
        Collections.reverse(changes);
        for (MemoryChangeJson change : changes) {
            store(before, Digits.parse(change.address()), change.size(), change.before());
        }
        return before;
    }

    private void load() {
        for (TraceJson.MemoryJson block : trace.memory()) {
            long address = Digits.parse(block.address());
            String bytes = block.bytes();
            for (int i = 0; i < bytes.length() / 2; i++) {
                String pair = bytes.substring(2 * i, 2 * i + 2);
                HexJson value = pair.equals("??") ? HexJson.HIDDEN : HexJson.of(Integer.parseInt(pair, 16));
                if (!pair.equals("00")) store(memory, address + i, 1, value);
            }
        }
    }

    private void applyAll() {
        for (int i = 0; i < micros.size(); i++) {
            MicroJson micro = micros.get(i);
            boolean isDone = i < tick;
            int after = i + 1;
            forEachWrite(
                    micro,
                    (address, size) -> forEachWord(address, size, word -> {
                        touched.add(word);
                        if (isDone) lastWrites.put(word, after);
                        if (after <= latestStart()) writtenBefore.add(word);
                    }));
            if (isDone) apply(micro);
        }
    }

    private void apply(MicroJson micro) {
        if (micro.registers() != null) micro.registers().forEach((name, pair) -> registers.put(name, pair.get(1)));
        if (micro.memory() == null) return;
        for (MemoryChangeJson change : micro.memory()) {
            store(memory, Digits.parse(change.address()), change.size(), change.after());
        }
    }

    private static void forEachWrite(MicroJson micro, BiConsumer<Long, Integer> action) {
        if (micro.memory() != null) {
            for (MemoryChangeJson change : micro.memory()) action.accept(Digits.parse(change.address()), change.size());
        }
        if (micro.at() != null && micro.at().access().equals("write")) {
            action.accept(Digits.parse(micro.at().address()), micro.at().size());
        }
    }

    private static void forEachWord(long address, int sizeBytes, LongConsumer action) {
        for (long word = address & -Word.BYTES; word < address + sizeBytes; word += Word.BYTES) action.accept(word);
    }

    private static void store(Map<Long, Word> words, long address, int sizeBytes, HexJson value) {
        for (int i = 0; i < sizeBytes; ) {
            int first = (int) (address + i & Word.BYTES - 1);
            int count = Math.min(Word.BYTES - first, sizeBytes - i);
            long word = address + i - first;
            long bytes = Word.valueOf(value) >>> 8 * i & Word.maskOf(count);
            words.put(word, words.getOrDefault(word, Word.ZERO).with(first, count, value.isHidden(), bytes));
            i += count;
        }
    }
}
