package dev.trapframe.server.item;

import dev.trapframe.server.content.Place;
import dev.trapframe.server.scenario.Scenario;
import dev.trapframe.server.slot.Probe;
import java.util.List;

/**
 * A question over a scenario: fill these slots.
 *
 * @param id           unique among all content; stable, because attempts name it
 * @param lessonSlug   the lesson that it stands in
 * @param promptHtml   the question
 * @param triesAllowed tries of one attempt, 1 to 20
 * @param scenario     the machine that is asked about
 * @param slots        what is asked, at least one
 * @param revision     SHA-256 over the item and its canonical recipe, 64 hex digits; another revision has other solutions
 */
public record Item(
        String id,
        String lessonSlug,
        String title,
        String promptHtml,
        int triesAllowed,
        Scenario scenario,
        List<AskedSlot> slots,
        String revision) {

    public Item {
        slots = List.copyOf(slots);
    }

    public List<Probe> probes() {
        return slots.stream().map(AskedSlot::probe).toList();
    }

    /**
     * One slot that is asked.
     *
     * @param label  what the form calls it
     * @param points credit, 1 to 100
     * @param why    shown with the solution
     * @param place  of the probe
     */
    public record AskedSlot(Probe probe, String label, int points, String why, Place place) {

        /** The slot's name: the key of its answer. */
        public String slot() {
            return probe.slot();
        }
    }
}
