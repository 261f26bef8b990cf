package dev.trapframe.server.slot;

/**
 * A slot at a place: {@code pt_regs.orig_ax at asm_exc_page_fault}.
 *
 * @param slot  a name that {@link SlotRegistry} has
 * @param label where: before the instruction at this label runs, the first time
 */
public record Probe(String slot, String label) {

    private static final String EXAMPLE = "pt_regs.orig_ax at asm_exc_page_fault";

    /**
     * Reads a probe.
     *
     * @throws BadProbe if the place is missing or the slot is not in the registry
     */
    public static Probe parse(String text) {
        String[] words = text.strip().split("\\s+");
        if (words.length != 3 || !words[1].equals("at")) {
            throw new BadProbe(text, "a probe is a slot, the word at, and a label, for example " + EXAMPLE);
        }
        if (SlotRegistry.slot(words[0]).isEmpty()) {
            throw new BadProbe(text, "there is no slot " + words[0] + "; " + SlotRegistry.expected(words[0]));
        }
        return new Probe(words[0], words[2]);
    }

    @Override
    public String toString() {
        return slot + " at " + label;
    }
}
