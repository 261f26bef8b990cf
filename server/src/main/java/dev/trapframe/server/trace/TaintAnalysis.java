package dev.trapframe.server.trace;

import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.Step;
import dev.trapframe.emulator.api.TraceView;
import dev.trapframe.server.trace.Origin.MemoryTarget;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Follows hidden values through a trace, from where they come into being to the end or to where the trace must be cut. */
final class TaintAnalysis {

    private final TraceView trace;
    private final List<Origin> origins;
    private final List<List<Veil>> veils = new ArrayList<>();
    private final Set<Integer> errorCodes = new HashSet<>();
    private final Set<MachineRegister> initialRegisters;
    private final Set<Long> initialBytes = new HashSet<>();

    private TaintAnalysis(TraceView trace, List<Origin> origins) {
        this.trace = trace;
        this.origins = List.copyOf(origins);
        TaintedMachine machine = new TaintedMachine(trace);
        for (Origin origin : at(Origin.INITIAL)) {
            machine.hide(origin.target(), 0);
            if (origin.target() instanceof MemoryTarget memory) {
                for (int i = 0; i < memory.sizeBytes(); i++) initialBytes.add(memory.linear() + i);
            }
        }
        initialRegisters = machine.taint().registers();
        follow(machine);
    }

    static TaintAnalysis of(TraceView trace, List<Origin> origins) {
        return new TaintAnalysis(trace, origins);
    }

    private void follow(TaintedMachine machine) {
        for (int index = 0; index < trace.stepCount(); index++) {
            Step step = trace.step(index);
            TaintedStep tainted = new TaintedStep(machine, step, at(index));
            List<Veil> stepVeils = tainted.follow();
            if (tainted.decidesControlFlow()) return;
            veils.add(stepVeils);
            if (tainted.hidesErrorCode()) errorCodes.add(index);
        }
    }

    private List<Origin> at(int stepIndex) {
        return origins.stream()
                .filter(origin -> origin.stepIndex() == stepIndex)
                .toList();
    }

    int stepCount() {
        return veils.size();
    }

    List<Veil> veils(int stepIndex) {
        return veils.get(stepIndex);
    }

    boolean hidesErrorCode(int stepIndex) {
        return errorCodes.contains(stepIndex);
    }

    Set<MachineRegister> initialRegisters() {
        return initialRegisters;
    }

    boolean hidesInitialByte(long linear) {
        return initialBytes.contains(linear);
    }
}
