package dev.trapframe.emulator;

import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.Change.SystemRegister;
import dev.trapframe.emulator.api.ChangeSink;
import dev.trapframe.emulator.api.Limits;
import dev.trapframe.emulator.api.MachineOptions;
import dev.trapframe.emulator.api.MachineState;
import dev.trapframe.emulator.api.MachineView;
import dev.trapframe.emulator.api.Program;
import dev.trapframe.emulator.api.RunEnd;
import dev.trapframe.emulator.api.RunLimits;
import dev.trapframe.emulator.api.SerialOutput;
import dev.trapframe.emulator.api.Step;
import dev.trapframe.emulator.api.StepOutcome;
import dev.trapframe.emulator.api.TraceView;
import dev.trapframe.emulator.cpu.Cpu;
import dev.trapframe.emulator.decode.CodeMode;
import dev.trapframe.emulator.format.Disassembler;
import dev.trapframe.emulator.format.Syntax;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.load.DefaultMachine;
import dev.trapframe.emulator.load.StartingMode;
import dev.trapframe.emulator.memory.PhysicalMemory;
import dev.trapframe.emulator.state.CpuState;
import dev.trapframe.emulator.state.Rflags;
import dev.trapframe.emulator.trace.InstructionText;
import dev.trapframe.emulator.trace.StateView;
import dev.trapframe.emulator.trace.TraceRecorder;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A processor, its memory and its devices: deterministic, no clock, no randomness. The one handle of the emulator.
 *
 * <p>Not thread-safe: one thread at a time. What it hands out (steps, traces, views) is immutable.
 */
public final class Machine {

    /** Raised by hand whenever any trace may change. */
    public static final int REVISION = 9;

    /** Steps between two questions whether the run should stop; a step of as many iterations asks too. */
    private static final int STOP_CHECK_INTERVAL = 64;

    /** Of a run that is not recorded. */
    private static final long STEPS_BETWEEN_CHECKS = 100_000;

    private static final Disassembler LONG_64 = new Disassembler(CodeMode.LONG_64);
    private static final Disassembler CODE_32 = new Disassembler(CodeMode.CODE_32);
    private static final Disassembler CODE_16 = new Disassembler(CodeMode.CODE_16);
    private static final InstructionText TEXT =
            (instruction, linear, mode) -> disassembler(mode).text(instruction, linear, Syntax.ATT);

    /** The label before which a program's run ends. */
    private static final String END_SYMBOL = "program_end";

    private final MachineState origin;
    private final OptionalLong end;
    private final CpuState state = new CpuState();
    private final PhysicalMemory memory;
    private final Cpu cpu;
    private StepOutcome last = new StepOutcome.Retired();

    private Machine(MachineState origin, OptionalLong end) {
        this.origin = origin;
        this.end = end;
        this.memory = new PhysicalMemory(origin.ramSizeBytes(), origin.pages());
        loadRegisters();
        StartingMode.require(state);
        this.cpu = new Cpu(state, memory, origin);
    }

    /**
     * A machine in the given state. The state's pages are not copied and must not be changed afterwards.
     *
     * @throws IllegalArgumentException naming what the state lacks or what does not fit
     */
    public static Machine load(MachineState state) {
        return new Machine(state, OptionalLong.empty());
    }

    /**
     * A machine in the given state, whose recorded runs end before the instruction at {@code end}.
     *
     * @param end linear address
     * @throws IllegalArgumentException naming what the state lacks or what does not fit
     */
    public static Machine load(MachineState state, long end) {
        return new Machine(state, OptionalLong.of(end));
    }

    /**
     * The default machine with a program in it, about to execute {@code _start}; a run ends before {@code program_end}.
     *
     * @throws IllegalArgumentException naming what the program lacks or what the machine has no place for
     */
    public static Machine load(Program program, MachineOptions options) {
        Long end = program.symbols().get(END_SYMBOL);
        return new Machine(
                DefaultMachine.of(program, options), end == null ? OptionalLong.empty() : OptionalLong.of(end));
    }

    private void loadRegisters() {
        origin.system().forEach(this::loadDescriptor);
        origin.registers().forEach(state::set);
        state.setRflags(state.rflags() | Rflags.ALWAYS_ONE);
    }

    private void loadDescriptor(SystemRegister register, Descriptor descriptor) {
        if (register.ordinal() < SegmentRegister.values().length) {
            state.setSegment(SegmentRegister.of(register.ordinal()), descriptor);
        } else {
            state.setDescriptor(register, descriptor);
        }
    }

    private static Disassembler disassembler(CodeMode mode) {
        return switch (mode) {
            case LONG_64 -> LONG_64;
            case CODE_32 -> CODE_32;
            case CODE_16 -> CODE_16;
        };
    }

    /**
     * Makes one step, with its micro-ops.
     *
     * @throws IllegalStateException if the last step ended the run
     */
    public Step step() {
        TraceRecorder recorder = recorder();
        recordStep(recorder);
        silence();
        return recorder.lastStep();
    }

    /** Records steps until the run ends or reaches a limit. */
    public TraceView record(Limits limits) {
        TraceRecorder recorder = recorder();
        RunEnd end = null;
        long repeated = 0;
        for (int steps = 0; end == null; steps++) {
            end = isAtEnd() ? RunEnd.END_REACHED : limitReached(limits, steps, repeated);
            if (end == null) end = end(recordStep(recorder));
            repeated += cpu.lastIterations() - 1;
        }
        silence();
        return recorder.finish(end);
    }

    /**
     * Runs without recording until the run ends, the steps are made, or REP string instructions have made {@link
     * Limits#DEFAULT_ITERATIONS} iterations or, if that is more, as many as steps were allowed.
     */
    public RunEnd run(long maxSteps) {
        return run(maxSteps, Math.max(maxSteps, Limits.DEFAULT_ITERATIONS));
    }

    /** Runs without recording until the run ends or reaches a limit. */
    public RunEnd run(RunLimits limits) {
        while (true) {
            if (cpu.ticks() >= limits.ticks()) return RunEnd.TICK_LIMIT;
            if (memory.pageCount() > limits.pages()) return RunEnd.MEMORY_LIMIT;
            if (limits.shouldStop().getAsBoolean()) return RunEnd.TIME_LIMIT;
            long steps = Math.min(STEPS_BETWEEN_CHECKS, limits.ticks() - cpu.ticks());
            RunEnd end = run(steps, steps);
            if (end != RunEnd.STEP_LIMIT && end != RunEnd.ITERATION_LIMIT) return end;
        }
    }

    /** What has been written to the serial port since the machine was made, and before if its state held any. */
    public SerialOutput serialOutput() {
        return cpu.serialOutput();
    }

    private RunEnd run(long maxSteps, long maxIterations) {
        requireRunning();
        long repeated = 0;
        for (long steps = cpu.runFree(maxSteps); steps < maxSteps; steps += 1 + cpu.runFree(maxSteps - steps - 1)) {
            StepOutcome outcome = cpu.step();
            repeated += cpu.lastIterations() - 1;
            if (outcome != Cpu.RETIRED) {
                last = outcome;
                if (outcome.isFinal()) return end(outcome);
            }
            if (repeated >= maxIterations) return RunEnd.ITERATION_LIMIT;
        }
        return RunEnd.STEP_LIMIT;
    }

    /** Steps made so far. */
    public long position() {
        return cpu.position();
    }

    /** Instructions and REP iterations so far, and ticks that went by while the processor was halted. */
    public long ticks() {
        return cpu.ticks();
    }

    /** How the last step ended that was more than an instruction that retired. */
    public StepOutcome lastOutcome() {
        return last;
    }

    /** The machine as it is now. */
    public MachineView view() {
        // An injection's position is an int: none is left behind the largest.
        int position = (int) Math.min(Integer.MAX_VALUE, cpu.position());
        return new StateView(origin, state, memory.pages(), cpu, position);
    }

    private TraceRecorder recorder() {
        TraceRecorder recorder = new TraceRecorder(origin, Math.toIntExact(cpu.position()), state, memory, cpu, TEXT);
        state.setSink(recorder.journal());
        memory.setSink(recorder.journal());
        return recorder;
    }

    private StepOutcome recordStep(TraceRecorder recorder) {
        requireRunning();
        recorder.stepBegins();
        last = cpu.step();
        recorder.stepEnded(last, cpu.lastInstruction(), cpu.lastIterations());
        return last;
    }

    private void silence() {
        state.setSink(ChangeSink.NONE);
        memory.setSink(ChangeSink.NONE);
    }

    private void requireRunning() {
        if (last.isFinal()) throw new IllegalStateException("the run has ended: " + last);
    }

    private boolean isAtEnd() {
        return end.isPresent() && state.rip() == end.getAsLong();
    }

    private @Nullable RunEnd limitReached(Limits limits, int steps, long repeated) {
        if (steps >= limits.steps()) return RunEnd.STEP_LIMIT;
        if (repeated >= limits.iterations()) return RunEnd.ITERATION_LIMIT;
        if (memory.pageCount() > limits.pages()) return RunEnd.MEMORY_LIMIT;
        boolean asks = steps % STOP_CHECK_INTERVAL == 0 || cpu.lastIterations() >= STOP_CHECK_INTERVAL;
        return asks && limits.shouldStop().getAsBoolean() ? RunEnd.TIME_LIMIT : null;
    }

    private static @Nullable RunEnd end(StepOutcome outcome) {
        if (outcome instanceof StepOutcome.Halted) return RunEnd.HALTED;
        if (outcome instanceof StepOutcome.Shutdown) return RunEnd.SHUTDOWN;
        if (outcome instanceof StepOutcome.Exited) return RunEnd.EXITED;
        return outcome instanceof StepOutcome.NotEmulated ? RunEnd.NOT_EMULATED : null;
    }
}
