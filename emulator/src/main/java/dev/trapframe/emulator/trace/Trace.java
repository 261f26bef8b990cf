package dev.trapframe.emulator.trace;

import dev.trapframe.emulator.api.Change;
import dev.trapframe.emulator.api.MachineState;
import dev.trapframe.emulator.api.MachineView;
import dev.trapframe.emulator.api.RunEnd;
import dev.trapframe.emulator.api.Step;
import dev.trapframe.emulator.api.TraceView;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A recorded run. The machine at a position is the nearest keyframe before it plus the journal from there; nothing
 * executes, forward or back.
 */
final class Trace implements TraceView {

    private final MachineState initial;
    private final RunEnd end;
    private final Journal journal;
    private final StepReader reader;
    private final List<RecordedStep> steps;
    private final List<Keyframe> keyframes;
    private final Activities activities;
    private final int firstIndex;
    /** Made when somebody first asks who wrote something. */
    private @Nullable WriteHistory history;

    Trace(
            MachineState initial,
            RunEnd end,
            Journal journal,
            StepReader reader,
            List<RecordedStep> steps,
            List<Keyframe> keyframes,
            Activities activities,
            int firstIndex) {
        this.activities = activities;
        this.firstIndex = firstIndex;
        this.initial = initial;
        this.end = end;
        this.journal = journal;
        this.reader = reader;
        this.steps = List.copyOf(steps);
        this.keyframes = List.copyOf(keyframes);
    }

    @Override
    public MachineState initial() {
        return initial;
    }

    @Override
    public int stepCount() {
        return steps.size();
    }

    @Override
    public Step step(int index) {
        return reader.read(index, index, steps.get(index));
    }

    @Override
    public RunEnd end() {
        return end;
    }

    @Override
    public MachineView at(int position) {
        Objects.checkIndex(position, stepCount() + 1);
        int keyframe = Math.min(position / TraceRecorder.KEYFRAME_INTERVAL, keyframes.size() - 1);
        StateView view = keyframes.get(keyframe).view(initial, activities.at(position), firstIndex + position);
        int from = keyframe * TraceRecorder.KEYFRAME_INTERVAL;
        journal.tlbChanges().replay(from, position, view);
        for (int step = from; step < position; step++) {
            for (Change change : journal.changesOfStep(step)) view.apply(change);
        }
        return view;
    }

    @Override
    public Optional<Write> lastWrite(long linear, int position) {
        Objects.checkIndex(position, stepCount() + 1);
        return history().lastWrite(linear, position);
    }

    private synchronized WriteHistory history() {
        if (history == null) history = WriteHistory.of(journal);
        return history;
    }
}
