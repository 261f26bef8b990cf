package dev.trapframe.emulator.trace;

import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MachineState;
import dev.trapframe.emulator.api.ProcessorActivity;
import dev.trapframe.emulator.api.RunEnd;
import dev.trapframe.emulator.api.Step;
import dev.trapframe.emulator.api.StepOutcome;
import dev.trapframe.emulator.api.TraceView;
import dev.trapframe.emulator.decode.CodeMode;
import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.memory.PhysicalMemory;
import dev.trapframe.emulator.state.CpuState;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Records a run: tell it before and after each step. While it records, its {@link #journal} is the sink of the machine's
 * changes. Not thread-safe.
 */
public final class TraceRecorder {

    /** Steps between two keyframes: looking up a position replays this many at most. */
    static final int KEYFRAME_INTERVAL = 256;

    /** Places for steps that may be made again just so, as in a loop; a power of two. */
    private static final int RECENT_STEPS = 64;

    private final MachineState initial;
    private final CpuState cpu;
    private final PhysicalMemory memory;
    private final Journal journal = new Journal(true);
    private final PhaseMarkers markers;
    private final StepReader reader;
    private final ArrayList<RecordedStep> steps = new ArrayList<>();
    private final @Nullable RecordedStep[] recent = new RecordedStep[RECENT_STEPS];
    private final List<Keyframe> keyframes = new ArrayList<>();
    private final ProcessorActivity activity;
    private final Activities activities;
    private final int firstIndex;
    private long linear;
    private int cpl;
    private CodeMode mode;

    /**
     * @param origin     the state that the machine was loaded from
     * @param firstIndex position of the machine now
     * @param activity   the processor
     */
    public TraceRecorder(
            MachineState origin,
            int firstIndex,
            CpuState cpu,
            PhysicalMemory memory,
            ProcessorActivity activity,
            InstructionText text) {
        this.activity = activity;
        this.activities = new Activities(activity);
        this.initial =
                firstIndex == 0 ? origin : new StateView(origin, cpu, memory.pages(), activity, firstIndex).state();
        this.firstIndex = firstIndex;
        this.cpu = cpu;
        this.memory = memory;
        this.markers = new PhaseMarkers(origin.phaseMarkers());
        this.mode = CodeMode.of(cpu);
        this.reader = new StepReader(journal, text);
    }

    public Journal journal() {
        return journal;
    }

    /** To be called before each step. */
    public void stepBegins() {
        linear = cpu.get(MachineRegister.RIP);
        cpl = cpu.cpl();
        mode = CodeMode.of(cpu);
        if (steps.size() % KEYFRAME_INTERVAL == 0) keyframes.add(keyframe());
    }

    /** To be called after each step. */
    public void stepEnded(StepOutcome outcome, @Nullable Instruction instruction, long iterations) {
        journal.endStep();
        activities.stepEnded();
        RecordedStep step = new RecordedStep(outcome, linear, mode, markers.at(linear, cpl), instruction, iterations);
        int place = (int) linear & RECENT_STEPS - 1;
        if (!step.isLike(recent[place])) recent[place] = step;
        steps.add(recent[place]);
    }

    private Keyframe keyframe() {
        return Keyframe.of(cpu, memory, activity.nonRegisterState().tlb());
    }

    /** The step that ended last. */
    public Step lastStep() {
        int last = steps.size() - 1;
        return reader.read(last, firstIndex + last, steps.get(last));
    }

    /** Everything recorded; nothing may be recorded afterwards. */
    public TraceView finish(RunEnd end) {
        if (keyframes.isEmpty()) keyframes.add(keyframe());
        journal.trim();
        activities.trim();
        steps.trimToSize();
        return new Trace(initial, end, journal, reader, steps, keyframes, activities, firstIndex);
    }
}
