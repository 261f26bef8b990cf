package dev.trapframe.server.reference;

import dev.trapframe.emulator.api.InstructionCatalog;
import dev.trapframe.emulator.api.InstructionCatalog.Entry;
import dev.trapframe.emulator.api.InstructionCatalog.Form;
import java.util.List;
import java.util.Locale;

/** The page of instructions: the catalogue in words, all of it or what a search finds. */
record InstructionList(String query, int found, List<Group> groups) {

    /** @param id the anchor */
    record Group(String id, String title, List<Row> rows) {}

    /**
     * One instruction.
     *
     * @param kind emulated, undefined or decoded: for the style
     */
    record Row(String mnemonic, String kind, String support, List<Line> lines) {}

    /** One encoding. */
    record Line(String encoding, String operands, String notes) {}

    /** @param query part of a name, in any case; empty for all */
    static InstructionList of(InstructionCatalog catalog, String query) {
        String wanted = query.strip().toUpperCase(Locale.ROOT);
        List<Group> groups = catalog.groups().stream()
                .map(group -> new Group(id(group.title()), group.title(), rows(group.entries(), wanted)))
                .filter(group -> !group.rows.isEmpty())
                .toList();
        int found = groups.stream().mapToInt(group -> group.rows.size()).sum();
        return new InstructionList(query.strip(), found, groups);
    }

    private static String id(String title) {
        return title.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-").replaceAll("-$", "");
    }

    private static List<Row> rows(List<Entry> entries, String wanted) {
        return entries.stream()
                .filter(entry -> entry.mnemonic().contains(wanted))
                .map(InstructionList::row)
                .toList();
    }

    private static Row row(Entry entry) {
        String support = switch (entry.support()) {
            case EMULATED -> "emulated";
            case UNDEFINED -> "raises #UD here";
            case DECODED -> "decoded only";
        };
        String kind = entry.support().name().toLowerCase(Locale.ROOT);
        return new Row(
                entry.mnemonic(),
                kind,
                support,
                entry.forms().stream().map(InstructionList::line).toList());
    }

    private static Line line(Form form) {
        String mode = switch (form.modes()) {
            case BOTH -> "";
            case ONLY_64_BIT -> "64-bit mode only";
            case NOT_64_BIT -> "not in 64-bit mode";
        };
        String lock = form.lockable() ? "LOCK" : "";
        String between = mode.isEmpty() || lock.isEmpty() ? "" : ", ";
        return new Line(form.encoding(), form.operands(), mode + between + lock);
    }
}
