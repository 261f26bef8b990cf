package dev.trapframe.emulator.assemble;

/**
 * A place in a section.
 *
 * @param offset bytes from the start of the fragment
 */
record Location(Fragment fragment, int offset) {

    Section section() {
        return fragment.section();
    }

    /** Linear address; valid while or after the layout is computed. */
    long address() {
        return fragment.address() + offset;
    }
}
