package dev.trapframe.emulator.assemble;

/**
 * What the flags and the type of a section say.
 *
 * @param allocated  {@code a}: takes part in the program's memory
 * @param noBits     {@code @nobits}: zeroes that no file holds
 * @param entryBytes size of an entry of a mergeable section, else 0
 */
record SectionFlags(
        boolean allocated, boolean writable, boolean executable, boolean noBits, boolean strings, int entryBytes) {

    static final SectionFlags NONE = new SectionFlags(false, false, false, false, false, 0);

    private static final String KNOWN = "awxMSGTo?eR0123456789";

    /**
     * Reads the letters of {@code .section NAME,"FLAGS"}.
     *
     * @throws SourceError for a letter that means nothing
     */
    static SectionFlags of(String letters, boolean noBits, int entryBytes) {
        for (char c : letters.toCharArray()) {
            if (KNOWN.indexOf(c) >= 0) continue;
            throw new SourceError("there is no section flag `" + c + "`; the usual ones are a (allocated), w, x");
        }
        return new SectionFlags(
                letters.indexOf('a') >= 0,
                letters.indexOf('w') >= 0,
                letters.indexOf('x') >= 0,
                noBits,
                letters.indexOf('S') >= 0,
                letters.indexOf('M') >= 0 ? entryBytes : 0);
    }

    /** The flags of a section that the source gives none; {@link #NONE} if its name says nothing. */
    static SectionFlags usual(String name) {
        if (is(name, ".text") || is(name, ".init") || is(name, ".fini")) return of("ax", false, 0);
        if (is(name, ".data") || is(name, ".init_array") || is(name, ".fini_array")) return of("aw", false, 0);
        if (is(name, ".bss")) return of("aw", true, 0);
        return is(name, ".rodata") || name.equals(".eh_frame") ? of("a", false, 0) : NONE;
    }

    private static boolean is(String name, String known) {
        return name.equals(known) || name.startsWith(known + ".");
    }

    /** True if memory would have the same rights. */
    boolean hasSameRights(SectionFlags other) {
        return allocated == other.allocated && writable == other.writable && executable == other.executable;
    }

    /** The letters a, w, x. */
    String letters() {
        return (allocated ? "a" : "") + (writable ? "w" : "") + (executable ? "x" : "");
    }
}
