package dev.trapframe.server.slot;

import dev.trapframe.emulator.api.Change;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MicroOp;
import dev.trapframe.emulator.api.MicroStep;
import dev.trapframe.emulator.api.Step;
import dev.trapframe.emulator.api.TraceView;
import dev.trapframe.server.trace.Origin;
import dev.trapframe.server.trace.RegisterWrites;
import java.util.List;
import java.util.function.BiPredicate;

/**
 * Who wrote a place last. Stores count even where they left the bytes as they were: the journal keeps only changes, so this
 * looks at the micro-ops too.
 */
final class Writers {

    private final TraceView trace;
    private final int position;

    /** Looks back from a position; the step before it counts. */
    Writers(TraceView trace, int position) {
        this.trace = trace;
        this.position = position;
    }

    Origin ofMemory(long linear, int sizeBytes) {
        return last((step, micro) -> writes(micro, linear, sizeBytes), new Origin.MemoryTarget(linear, sizeBytes));
    }

    /** @param mask bits of the register that are asked for */
    Origin ofRegister(MachineRegister register, long mask) {
        return last(
                (step, micro) -> RegisterWrites.writes(step, micro, register, mask),
                new Origin.RegisterTarget(register));
    }

    private Origin last(BiPredicate<Step, MicroStep> writes, Origin.Target target) {
        for (int index = position - 1; index >= 0; index--) {
            Step step = trace.step(index);
            List<MicroStep> micros = step.microSteps();
            for (int i = micros.size() - 1; i >= 0; i--) {
                if (writes.test(step, micros.get(i))) return new Origin(index, i, target);
            }
        }
        return new Origin(Origin.INITIAL, 0, target);
    }

    private static boolean writes(MicroStep micro, long linear, int sizeBytes) {
        if (micro.op() instanceof MicroOp.Pushed pushed && overlaps(pushed.linear(), 8, linear, sizeBytes)) return true;
        if (micro.op() instanceof MicroOp.MemoryWritten written
                && overlaps(written.linear(), written.sizeBytes(), linear, sizeBytes)) return true;
        for (Change change : micro.changes()) {
            if (change instanceof Change.MemoryChange memory
                    && memory.linear() != -1
                    && overlaps(memory.linear(), memory.sizeBytes(), linear, sizeBytes)) return true;
        }
        return false;
    }

    private static boolean overlaps(long a, int aBytes, long b, int bBytes) {
        return a - b < bBytes && b - a < aBytes;
    }
}
