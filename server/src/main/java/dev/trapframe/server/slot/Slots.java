package dev.trapframe.server.slot;

import dev.trapframe.emulator.api.FrameSlot;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MachineView;
import dev.trapframe.emulator.api.TraceView;
import dev.trapframe.server.scenario.Position;
import dev.trapframe.server.trace.HiddenTrace;
import dev.trapframe.server.trace.Origin;
import dev.trapframe.server.trace.TraceRun;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** Finds slots in a trace: what a probe's place holds, which micro-op wrote it, and what must be hidden with it. */
public final class Slots {

    private static final int WORD_BYTES = 8;

    private final TraceRun run;
    private final Probe probe;
    private final int place;

    private Slots(TraceRun run, Probe probe) {
        this.run = run;
        this.probe = probe;
        this.place = placeOf(run, probe);
    }

    /**
     * What a probe finds.
     *
     * @throws BadProbe if the label is not in the program or never reached, no event is open there, or its frame lacks the word
     */
    public static SlotValue resolve(TraceRun run, Probe probe) {
        return new Slots(run, probe).value();
    }

    /**
     * The trace as somebody may see it who has still to say what these probes find.
     *
     * @throws BadProbe as {@link #resolve}
     */
    public static HiddenTrace hide(TraceRun run, Collection<Probe> probes) {
        List<Origin> origins = new ArrayList<>();
        for (Probe probe : probes) origins.add(new Slots(run, probe).origin());
        return HiddenTrace.of(run, probes.stream().map(Probe::slot).distinct().toList(), origins);
    }

    private SlotValue value() {
        Origin origin = origin();
        MachineView machine = run.trace().at(place);
        Position proof = positionAfter(origin);
        if (origin.target() instanceof Origin.MemoryTarget memory) {
            long value = littleEndian(bytes(machine, memory));
            return new SlotValue(
                    value, memory.sizeBytes(), OptionalLong.of(memory.linear()), Position.of(place), proof);
        }
        MachineRegister register = ((Origin.RegisterTarget) origin.target()).register();
        long value = machine.register(register);
        if (slot() instanceof Slot.Flag flag) {
            long bits = value >>> flag.lowest() & (1L << flag.bits()) - 1;
            return new SlotValue(bits, 1, OptionalLong.empty(), Position.of(place), proof);
        }
        return new SlotValue(value, WORD_BYTES, OptionalLong.empty(), Position.of(place), proof);
    }

    private Origin origin() {
        Writers writers = new Writers(run.trace(), place);
        Slot slot = slot();
        if (slot instanceof Slot.Register register) return writers.ofRegister(register.register(), -1L);
        if (slot instanceof Slot.Flag flag) {
            return writers.ofRegister(MachineRegister.RFLAGS, (1L << flag.bits()) - 1 << flag.lowest());
        }
        if (slot instanceof Slot.FrameWord word) {
            return writers.ofMemory(wordOf(frame(word.depth()), word.word()), WORD_BYTES);
        }
        Slot.Field field = (Slot.Field) slot;
        long ptRegs = wordOf(frame(Slot.INNERMOST), FrameSlot.RIP) - SlotRegistry.PT_REGS_IP;
        return writers.ofMemory(ptRegs + field.offset(), field.sizeBytes());
    }

    private Slot slot() {
        return SlotRegistry.slot(probe.slot()).orElseThrow(() -> bad(SlotRegistry.expected(probe.slot())));
    }

    private Map<FrameSlot, Long> frame(int depth) {
        List<Map<FrameSlot, Long>> open = Frames.openAt(run.trace(), place);
        if (open.isEmpty()) throw bad("no event is being handled there, at position " + place);
        if (depth > open.size()) throw bad("only " + open.size() + " events are nested there, at position " + place);
        return open.get(depth == Slot.INNERMOST ? open.size() - 1 : depth - 1);
    }

    private long wordOf(Map<FrameSlot, Long> frame, FrameSlot word) {
        Long linear = frame.get(word);
        if (linear == null) throw bad("the event that is being handled there pushed no error code");
        return linear;
    }

    private byte[] bytes(MachineView machine, Origin.MemoryTarget memory) {
        return machine.linear(memory.linear(), memory.sizeBytes())
                .orElseThrow(() -> bad("nothing is mapped at 0x" + Long.toHexString(memory.linear())));
    }

    private Position positionAfter(Origin origin) {
        if (origin.stepIndex() == Origin.INITIAL) return Position.START;
        int count = run.trace().step(origin.stepIndex()).microSteps().size();
        return origin.microIndex() + 1 == count
                ? Position.of(origin.stepIndex() + 1)
                : new Position(origin.stepIndex(), origin.microIndex() + 1);
    }

    private BadProbe bad(String problem) {
        return new BadProbe(probe.toString(), problem);
    }

    private static int placeOf(TraceRun run, Probe probe) {
        Long linear = run.program().program().symbols().get(probe.label());
        if (linear == null) {
            throw new BadProbe(probe.toString(), "program " + run.program().name() + " has no label " + probe.label());
        }
        TraceView trace = run.trace();
        for (int index = 0; index < trace.stepCount(); index++) {
            if (trace.step(index).linear() == linear) return index;
        }
        if (trace.at(trace.stepCount()).register(MachineRegister.RIP) == linear) return trace.stepCount();
        throw new BadProbe(probe.toString(), "the run never reaches " + probe.label());
    }

    private static long littleEndian(byte[] bytes) {
        long value = 0;
        for (int i = bytes.length - 1; i >= 0; i--) value = value << 8 | bytes[i] & 0xff;
        return value;
    }
}
