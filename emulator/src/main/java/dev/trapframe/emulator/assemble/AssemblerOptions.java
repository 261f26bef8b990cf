package dev.trapframe.emulator.assemble;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where sections go, and how much the assembler does before it gives up.
 *
 * @param sectionBases    linear address of the first byte of sections; sections without the {@code a} flag need none
 * @param flatOrigin      where sections go that {@code sectionBases} does not name: one after the other from here, code
 *                        first, zeroes last; null if there may be no such section
 * @param intelSyntax     the source begins in Intel syntax without percent signs, not in AT&T syntax
 * @param maxSourceChars  of the source and everything it includes
 * @param maxMacroDepth   expansions and includes inside each other
 * @param maxStatements   statements assembled, expansions counted
 * @param maxOutputBytes  of all sections together
 * @param maxDiagnostics  errors after which the run stops
 */
public record AssemblerOptions(
        Map<String, Long> sectionBases,
        @Nullable Long flatOrigin,
        IncludeResolver includes,
        boolean intelSyntax,
        int maxSourceChars,
        int maxMacroDepth,
        int maxStatements,
        int maxOutputBytes,
        int maxDiagnostics) {

    private static final int SOURCE_CHARS = 1 << 20;
    private static final int MACRO_DEPTH = 64;
    private static final int STATEMENTS = 400_000;
    private static final int OUTPUT_BYTES = 16 << 20;
    private static final int DIAGNOSTICS = 50;

    public AssemblerOptions {
        sectionBases = Map.copyOf(sectionBases);
    }

    /** Usual limits: 1 Mi characters, 64 levels, 400,000 statements, 16 MiB, 50 errors. */
    public static AssemblerOptions of(Map<String, Long> sectionBases, IncludeResolver includes) {
        return new AssemblerOptions(
                sectionBases, null, includes, false, SOURCE_CHARS, MACRO_DEPTH, STATEMENTS, OUTPUT_BYTES, DIAGNOSTICS);
    }

    /** Usual limits, and sections one after the other. */
    public static AssemblerOptions flat(long origin, IncludeResolver includes) {
        return new AssemblerOptions(
                Map.of(), origin, includes, false, SOURCE_CHARS, MACRO_DEPTH, STATEMENTS, OUTPUT_BYTES, DIAGNOSTICS);
    }

    /** The same for a source that begins in the other syntax, if {@code on}. */
    public AssemblerOptions withIntelSyntax(boolean on) {
        return new AssemblerOptions(
                sectionBases,
                flatOrigin,
                includes,
                on,
                maxSourceChars,
                maxMacroDepth,
                maxStatements,
                maxOutputBytes,
                maxDiagnostics);
    }
}
