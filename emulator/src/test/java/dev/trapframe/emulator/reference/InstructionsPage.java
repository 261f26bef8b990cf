package dev.trapframe.emulator.reference;

import dev.trapframe.emulator.InstructionReference;
import dev.trapframe.emulator.api.InstructionCatalog;
import dev.trapframe.emulator.api.InstructionCatalog.Entry;
import dev.trapframe.emulator.api.InstructionCatalog.Form;
import dev.trapframe.emulator.api.InstructionCatalog.Group;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes {@code docs/instructions.md}, from the instruction table. */
final class InstructionsPage {

    private static final String HEAD = """
            # Instructions

            What the instruction table has, in its groups. This page is generated: change the table, then run
            `InstructionsPage` (its test says how).

            *Emulated*: it is executed. *#UD*: by definition, or because CPUID does not report the feature. *Decoded*: listings show
            it, and executing it ends the run with "not emulated". Encodings and operands are in the manual's notation (Intel SDM Vol. 2).
            """;

    private InstructionsPage() {}

    /** @param arguments the file to write */
    public static void main(String[] arguments) throws IOException {
        Files.writeString(Path.of(arguments[0]), text());
    }

    static String text() {
        InstructionCatalog catalog = InstructionReference.catalog();
        StringBuilder page = new StringBuilder(HEAD);
        for (Group group : catalog.groups()) {
            page.append("\n## ").append(group.title()).append("\n\n");
            page.append("| instruction | encoding | operands | mode | LOCK | |\n|---|---|---|---|---|---|\n");
            for (Entry entry : group.entries()) append(page, entry);
        }
        return page.toString();
    }

    private static void append(StringBuilder page, Entry entry) {
        String support = switch (entry.support()) {
            case EMULATED -> "emulated";
            case UNDEFINED -> "#UD";
            case DECODED -> "decoded";
        };
        for (Form form : entry.forms()) {
            String mode = switch (form.modes()) {
                case BOTH -> "";
                case ONLY_64_BIT -> "64-bit";
                case NOT_64_BIT -> "not 64-bit";
            };
            page.append("| ").append(entry.mnemonic());
            page.append(" | `").append(form.encoding()).append("` | ").append(form.operands());
            page.append(" | ").append(mode).append(" | ").append(form.lockable() ? "yes" : "");
            page.append(" | ").append(support).append(" |\n");
        }
    }
}
