package dev.trapframe.emulator.api;

import java.util.List;

/**
 * What instructions there are, in the groups of the manual.
 *
 * <p>Source of names, encodings and operands: Intel SDM Vol. 2A to 2D, the instructions' pages.
 */
public record InstructionCatalog(List<Group> groups) {

    public InstructionCatalog {
        groups = List.copyOf(groups);
    }

    /** Instructions that belong together. */
    public record Group(String title, List<Entry> entries) {
        public Group {
            entries = List.copyOf(entries);
        }
    }

    /**
     * One instruction.
     *
     * @param mnemonic the manual's name; {@code JMP FAR} where it has two instructions under one
     */
    public record Entry(String mnemonic, Support support, List<Form> forms) {
        public Entry {
            forms = List.copyOf(forms);
        }
    }

    /**
     * One encoding of an instruction.
     *
     * @param encoding the manual's notation, for example {@code REX.W + 89 /r}
     * @param operands in Intel order, separated by comma and space; empty if there are none
     * @param lockable LOCK is legal, with a memory destination
     */
    public record Form(String encoding, String operands, Modes modes, boolean lockable) {}

    /** In which modes a form is valid. */
    public enum Modes {
        BOTH,
        ONLY_64_BIT,
        NOT_64_BIT
    }

    /** What the emulator does with an instruction. */
    public enum Support {
        /** It is executed. */
        EMULATED,
        /** It raises #UD: by definition, or because CPUID does not report the feature. */
        UNDEFINED,
        /** It is decoded, and executing it ends the run with "not emulated". */
        DECODED
    }
}
