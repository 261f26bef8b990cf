package dev.trapframe.server.trace;

import dev.trapframe.emulator.overlay.StructLayout.Field;
import org.jspecify.annotations.Nullable;

/** What a probe calls the fields of the structs that have slots. */
final class FieldSlots {

    private FieldSlots() {}

    /** The slot's name; null for padding and for structs that have no slots. */
    static @Nullable String of(String struct, Field field) {
        if (field.isPadding()) return null;
        String path = field.path();
        if (struct.equals("pt_regs")) return "pt_regs." + path;
        if (!struct.equals("extended_pt_regs")) return null;
        if (path.startsWith("regs.")) return "pt_regs." + path.substring("regs.".length());
        return "ext." + path.substring(path.lastIndexOf('.') + 1);
    }
}
