package dev.trapframe.emulator.assemble;

import java.util.Map;

/** Directives that say how what follows is to be read, and those that nothing here needs. */
final class ModeDirectives {

    private static final String[] IGNORED = {
        ".file",
        ".loc",
        ".ident",
        ".line",
        ".version",
        ".arch",
        ".noaltmacro",
        ".title",
        ".sbttl",
        ".list",
        ".nolist",
        ".eject",
        ".psize",
        ".symver",
        ".addrsig",
        ".addrsig_sym"
    };
    private static final String CALL_FRAME = ".cfi_";

    private final InstructionAssembler instructions;

    ModeDirectives(InstructionAssembler instructions) {
        this.instructions = instructions;
    }

    /** True for directives of the call frame: unwinding needs other means here. */
    static boolean isCallFrame(String word) {
        return word.startsWith(CALL_FRAME);
    }

    void register(Map<String, Directive> directives) {
        for (String name : IGNORED) directives.put(name, (scanner, statement) -> scanner.takeRest());
        directives.put(".code64", (scanner, statement) -> instructions.bits(CodeBits.BITS_64));
        directives.put(".code32", (scanner, statement) -> instructions.bits(CodeBits.BITS_32));
        for (String name : new String[] {".code16", ".code16gcc"}) {
            refuse(directives, name, "`" + name + "` is not supported: programs start in 32-bit or 64-bit mode");
        }
        refuse(directives, ".altmacro", "`.altmacro` is not supported: write `\\name` and `\\()` in macros");
        refuse(directives, ".incbin", "`.incbin` is not supported: write the bytes with `.byte`");
        refuse(directives, ".mri", "`.mri` is not supported");
        directives.put(".intel_syntax", (scanner, statement) -> syntax(scanner, true));
        directives.put(".att_syntax", (scanner, statement) -> syntax(scanner, false));
    }

    private static void refuse(Map<String, Directive> directives, String name, String message) {
        directives.put(name, (scanner, statement) -> {
            throw new SourceError(message);
        });
    }

    private void syntax(Scanner scanner, boolean intel) {
        scanner.skipBlanks();
        int column = scanner.position();
        String word = scanner.takeRest();
        if (!word.isEmpty() && !word.equals("prefix") && !word.equals("noprefix")) {
            throw new SourceError(column, "`prefix` or `noprefix` expected, found `" + word + "`");
        }
        instructions.syntax(intel, word.equals("noprefix"));
    }
}
