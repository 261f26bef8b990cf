package dev.trapframe.server.slot;

/**
 * A slot at a place: {@code pt_regs.orig_ax at asm_exc_page_fault}.
 *
 * @param slot  a name of the registry, see {@link Slots}
 * @param label where: before the instruction at this label runs, the first time
 */
public record Probe(String slot, String label) {

    @Override
    public String toString() {
        return slot + " at " + label;
    }
}
