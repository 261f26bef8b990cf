package dev.trapframe.emulator;

import dev.trapframe.emulator.api.InstructionCatalog;
import dev.trapframe.emulator.api.InstructionCatalog.Entry;
import dev.trapframe.emulator.api.InstructionCatalog.Form;
import dev.trapframe.emulator.api.InstructionCatalog.Group;
import dev.trapframe.emulator.api.InstructionCatalog.Modes;
import dev.trapframe.emulator.execute.InstructionSet;
import dev.trapframe.emulator.isa.FormAttribute;
import dev.trapframe.emulator.isa.InstructionForm;
import dev.trapframe.emulator.isa.InstructionTable;
import dev.trapframe.emulator.isa.Mnemonic;
import dev.trapframe.emulator.isa.OperandSize;
import dev.trapframe.emulator.isa.OperandSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Tells what instructions the emulator knows, from its instruction table. */
public final class InstructionReference {

    private InstructionReference() {}

    /** All instructions. */
    public static InstructionCatalog catalog() {
        List<Group> groups = new ArrayList<>();
        InstructionTable.standard().groups().forEach((title, forms) -> groups.add(new Group(title, entries(forms))));
        return new InstructionCatalog(groups);
    }

    private static List<Entry> entries(List<InstructionForm> forms) {
        Map<String, List<InstructionForm>> byName = forms.stream()
                .collect(Collectors.groupingBy(InstructionReference::name, LinkedHashMap::new, Collectors.toList()));
        List<Entry> entries = new ArrayList<>();
        byName.forEach((name, rows) -> entries.add(new Entry(
                name,
                InstructionSet.supportOf(rows.get(0)),
                rows.stream().map(InstructionReference::form).distinct().toList())));
        return entries;
    }

    private static String name(InstructionForm row) {
        return row.mnemonic() == Mnemonic.LISTED
                ? row.name()
                : row.mnemonic().name().replace('_', ' ');
    }

    private static Form form(InstructionForm row) {
        String operands = row.operands().stream().map(OperandSpec::notation).collect(Collectors.joining(", "));
        return new Form(row.encoding(), operands, modes(row), row.has(FormAttribute.LOCK));
    }

    private static Modes modes(InstructionForm row) {
        if (row.has(FormAttribute.NO64)) return Modes.NOT_64_BIT;
        boolean only64 = row.has(FormAttribute.ONLY64) || row.size() == OperandSize.QUADWORD;
        return only64 ? Modes.ONLY_64_BIT : Modes.BOTH;
    }
}
