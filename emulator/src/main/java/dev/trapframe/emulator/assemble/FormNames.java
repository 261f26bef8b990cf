package dev.trapframe.emulator.assemble;

import dev.trapframe.emulator.isa.FormAttribute;
import dev.trapframe.emulator.isa.GnuName;
import dev.trapframe.emulator.isa.InstructionForm;
import dev.trapframe.emulator.isa.InstructionTable;
import dev.trapframe.emulator.isa.OperandSize;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** From a mnemonic of GNU source to the forms that it may mean, in one mode and one syntax. */
final class FormNames {

    private final Map<String, List<InstructionForm>> forms = new HashMap<>();

    private FormNames() {}

    static FormNames att(InstructionTable table, CodeBits bits) {
        FormNames names = new FormNames();
        for (InstructionForm form : table.forms()) {
            if (isAssembled(form, bits)) form.attNames().forEach(name -> names.addAtt(name, form));
        }
        return names;
    }

    static FormNames intel(InstructionTable table, CodeBits bits) {
        FormNames names = new FormNames();
        for (InstructionForm form : table.forms()) {
            if (isAssembled(form, bits)) form.intelNames().forEach(name -> names.add(name.text(), form));
        }
        return names;
    }

    private static boolean isAssembled(InstructionForm form, CodeBits bits) {
        boolean only64 = form.has(FormAttribute.ONLY64) || form.opcode().rexW();
        if (bits == CodeBits.BITS_64 ? form.has(FormAttribute.NO64) : only64) return false;
        return !form.has(FormAttribute.ALIAS) && !form.has(FormAttribute.DECODE);
    }

    private void addAtt(GnuName name, InstructionForm form) {
        add(name.text(), form);
        boolean suffixed = name.suffix() == GnuName.Suffix.ACCEPTED || name.suffix() == GnuName.Suffix.IF_NEEDED;
        if (name.suffix() == GnuName.Suffix.OF_MEMORY) {
            form.operands().stream()
                    .filter(spec -> spec.kind().isMemoryPossible())
                    .forEach(spec -> add(name.text() + GnuName.suffixOf(spec.memoryBytes()), form));
        }
        if (suffixed && form.size() != OperandSize.ANY) {
            add(name.text() + GnuName.suffixOf(form.size().bytes()), form);
        }
    }

    private void add(String name, InstructionForm form) {
        List<InstructionForm> list = forms.computeIfAbsent(name, unused -> new ArrayList<>());
        if (!list.contains(form)) list.add(form);
    }

    /** In the order of the table; empty if nothing has this name. */
    List<InstructionForm> find(String name) {
        return forms.getOrDefault(name, List.of());
    }

    Set<String> all() {
        return forms.keySet();
    }
}
