package dev.trapframe.emulator.assemble;

import java.util.Map;

/** Directives that choose the section. */
final class SectionDirectives {

    private final Sections sections;

    SectionDirectives(Sections sections) {
        this.sections = sections;
    }

    void register(Map<String, Directive> directives) {
        for (String name : new String[] {".text", ".data", ".bss"}) {
            directives.put(name, (scanner, statement) -> {
                scanner.takeRest();
                sections.change(name, null);
            });
        }
        directives.put(".section", (scanner, statement) -> section(scanner));
        directives.put(".pushsection", (scanner, statement) -> {
            sections.push();
            section(scanner);
        });
        directives.put(".popsection", (scanner, statement) -> sections.pop());
        directives.put(".previous", (scanner, statement) -> sections.previous());
    }

    private void section(Scanner scanner) {
        scanner.skipBlanks();
        String name = scanner.peek() == '"' ? scanner.string() : name(scanner);
        String flags = null;
        if (scanner.take(",")) {
            if (scanner.peek() == '"') flags = scanner.string();
            scanner.takeRest();
        }
        sections.change(name, flags);
    }

    /** Section names may have characters that symbols have not. */
    private static String name(Scanner scanner) {
        int start = scanner.position();
        String text = scanner.text();
        int end = start;
        while (end < text.length() && text.charAt(end) != ',' && !Character.isWhitespace(text.charAt(end))) end++;
        if (end == start) throw scanner.error("section name expected");
        scanner.position(end);
        return text.substring(start, end);
    }
}
