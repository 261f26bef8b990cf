package dev.trapframe.server.item;

import dev.trapframe.server.item.Item.AskedSlot;
import dev.trapframe.server.item.Solution.ExpectedSlot;
import dev.trapframe.server.slot.BadProbe;
import dev.trapframe.server.slot.SlotValue;
import dev.trapframe.server.slot.Slots;
import dev.trapframe.server.trace.TraceRun;
import java.util.List;

/** Computes the solutions of items by running their machines, and stores those that the database lacks. */
public final class SolutionImport {

    private final SolutionDao solutions;
    private final ItemTraces traces;

    public SolutionImport(SolutionDao solutions, ItemTraces traces) {
        this.solutions = solutions;
        this.traces = traces;
    }

    /**
     * Sees to it that the solution of each item's revision is stored.
     *
     * @throws dev.trapframe.server.content.ContentError at a probe that finds nothing
     */
    public void importAll(List<Item> items) {
        for (Item item : items) {
            TraceRun run = traces.run(item);
            if (solutions.find(item.id(), item.revision(), run.revision()).isPresent()) continue;
            solutions.insertUnlessThere(compute(item, run));
        }
    }

    private static Solution compute(Item item, TraceRun run) {
        List<ExpectedSlot> slots =
                item.slots().stream().map(slot -> expected(slot, run)).toList();
        return new Solution(item.id(), item.revision(), run.revision(), slots);
    }

    private static ExpectedSlot expected(AskedSlot slot, TraceRun run) {
        try {
            SlotValue found = Slots.resolve(run, slot.probe());
            return new ExpectedSlot(
                    slot.slot(),
                    slot.label(),
                    slot.points(),
                    found.value(),
                    found.proof().toString(),
                    slot.why());
        } catch (BadProbe e) {
            throw slot.place().error(e.getMessage());
        }
    }
}
