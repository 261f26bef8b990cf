package dev.trapframe.emulator.assemble;

import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Directives that choose the section. */
final class SectionDirectives {

    private static final int MAX_SUBSECTION = 8192;

    private final Sections sections;
    private final ExpressionParser expressions;

    SectionDirectives(Sections sections, ExpressionParser expressions) {
        this.sections = sections;
        this.expressions = expressions;
    }

    void register(Map<String, Directive> directives) {
        for (String name : new String[] {".text", ".data", ".bss"}) {
            directives.put(name, (scanner, statement) -> sections.change(name, subsection(scanner), null));
        }
        directives.put(".section", (scanner, statement) -> section(scanner, false));
        directives.put(".pushsection", (scanner, statement) -> push(scanner));
        directives.put(".popsection", (scanner, statement) -> sections.pop());
        directives.put(".previous", (scanner, statement) -> sections.previous());
        directives.put(".subsection", (scanner, statement) -> sections.subsection(subsection(scanner)));
    }

    private int subsection(Scanner scanner) {
        if (scanner.atEnd()) return 0;
        int column = scanner.position();
        long number = expressions.constant(scanner, "the subsection");
        if (number >= 0 && number <= MAX_SUBSECTION) return (int) number;
        throw new SourceError(column, "a subsection is 0 to " + MAX_SUBSECTION + ", not " + number);
    }

    private void push(Scanner scanner) {
        sections.push();
        try {
            section(scanner, true);
        } catch (SourceError e) {
            sections.pop();
            sections.push();
            throw e;
        }
    }

    private void section(Scanner scanner, boolean pushed) {
        String name = scanner.peek() == '"' ? scanner.string() : name(scanner);
        int subsection = 0;
        SectionFlags flags = null;
        if (scanner.take(",")) {
            if (scanner.peek() != '"' && pushed) {
                subsection = subsection(scanner);
                if (scanner.take(",")) flags = flags(scanner);
            } else {
                flags = flags(scanner);
            }
        }
        sections.change(name, subsection, flags);
    }

    private @Nullable SectionFlags flags(Scanner scanner) {
        scanner.skipBlanks();
        int column = scanner.position();
        String letters = scanner.string();
        boolean noBits = false;
        long entryBytes = 0;
        if (scanner.take(",")) {
            noBits = isNoBits(scanner);
            if (letters.contains("M") && scanner.take(",")) {
                entryBytes = expressions.constant(scanner, "the size of an entry");
            }
            // Groups and linked sections say nothing where everything is linked at once.
            if (scanner.take(",")) scanner.takeRest();
        }
        try {
            return SectionFlags.of(letters, noBits, (int) entryBytes);
        } catch (SourceError e) {
            throw new SourceError(column, e.getMessage());
        }
    }

    private static boolean isNoBits(Scanner scanner) {
        scanner.skipBlanks();
        int column = scanner.position();
        if (!scanner.take("@")) scanner.take("%");
        String type = scanner.requiredSymbol("section type").toLowerCase(Locale.ROOT);
        return switch (type) {
            case "nobits" -> true;
            case "progbits", "note", "init_array", "fini_array", "preinit_array", "unwind" -> false;
            default ->
                throw new SourceError(
                        column, "there is no section type `@" + type + "`; there are @progbits, @nobits, @note");
        };
    }

    /** Section names may have characters that symbols have not. */
    private static String name(Scanner scanner) {
        scanner.skipBlanks();
        int start = scanner.position();
        String text = scanner.text();
        int end = start;
        while (end < text.length() && text.charAt(end) != ',' && !Character.isWhitespace(text.charAt(end))) end++;
        if (end == start) throw scanner.error("section name expected");
        scanner.position(end);
        return text.substring(start, end);
    }
}
