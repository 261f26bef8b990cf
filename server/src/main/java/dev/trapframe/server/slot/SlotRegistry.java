package dev.trapframe.server.slot;

import dev.trapframe.emulator.api.FrameSlot;
import dev.trapframe.emulator.api.MachineRegister;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The one list of slots: {@code frame.*} and {@code frame[k].*}, {@code pt_regs.*}, {@code ext.*}, {@code cpu.*},
 * {@code rflags.*}.
 *
 * <p>Source: Linux 6.12, arch/x86/include/asm/ptrace.h for {@code pt_regs}; the thread of December 2020 for {@code ext};
 * Intel SDM Vol. 1, "EFLAGS Register" for {@code rflags}.
 */
public final class SlotRegistry {

    /** From the {@code pt_regs} pointer to the saved RIP, where the processor's part of the struct starts. */
    static final int PT_REGS_IP = 0x80;

    private static final List<String> PT_REGS = List.of(
            "r15", "r14", "r13", "r12", "bp", "bx", "r11", "r10", "r9", "r8", "ax", "cx", "dx", "si", "di", "orig_ax",
            "ip", "cs", "flags", "sp", "ss");
    private static final List<String> FLAGS = List.of(
            "CF", "", "PF", "", "AF", "", "ZF", "SF", "TF", "IF", "DF", "OF", "IOPL", "", "NT", "", "RF", "VM", "AC",
            "VIF", "VIP", "ID");
    private static final Pattern INDEXED = Pattern.compile("frame\\[([1-9][0-9]?)]\\.(\\w+)");

    private static final Map<String, Slot> SLOTS = Collections.unmodifiableMap(slots());

    private SlotRegistry() {}

    /** The slot with this name; empty if there is none. */
    public static Optional<Slot> slot(String name) {
        Matcher indexed = INDEXED.matcher(name);
        if (!indexed.matches()) return Optional.ofNullable(SLOTS.get(name));
        int depth = Integer.parseInt(indexed.group(1));
        return frameSlot(indexed.group(2)).map(word -> new Slot.FrameWord(depth, word));
    }

    /** Every name without an index, in the order of the groups. */
    public static List<String> names() {
        return List.copyOf(SLOTS.keySet());
    }

    /** What would have been right in place of an unknown name, as part of a message. */
    static String expected(String name) {
        String group = name.replaceFirst("[.\\[].*", "");
        List<String> inGroup = SLOTS.keySet().stream()
                .filter(known -> known.startsWith(group + "."))
                .toList();
        if (inGroup.isEmpty()) return "slots begin with frame. frame[k]. pt_regs. ext. cpu. or rflags.";
        return "expected one of " + String.join(" ", inGroup);
    }

    private static Map<String, Slot> slots() {
        Map<String, Slot> slots = new LinkedHashMap<>();
        for (FrameSlot word : FrameSlot.values()) {
            slots.put("frame." + key(word), new Slot.FrameWord(Slot.INNERMOST, word));
        }
        for (int i = 0; i < PT_REGS.size(); i++) slots.put("pt_regs." + PT_REGS.get(i), new Slot.Field(8 * i, 8));
        slots.put("ext.exit_rcu", new Slot.Field(-16, 1));
        slots.put("ext.pks", new Slot.Field(-8, 8));
        for (MachineRegister register : MachineRegister.values()) {
            slots.put("cpu." + register.key(), new Slot.Register(register));
        }
        for (int bit = 0; bit < FLAGS.size(); bit++) {
            String flag = FLAGS.get(bit);
            if (!flag.isEmpty()) slots.put("rflags." + flag, new Slot.Flag(bit, flag.equals("IOPL") ? 2 : 1));
        }
        return slots;
    }

    private static Optional<FrameSlot> frameSlot(String key) {
        return Arrays.stream(FrameSlot.values())
                .filter(word -> key(word).equals(key))
                .findFirst();
    }

    private static String key(FrameSlot word) {
        return word.name().toLowerCase(Locale.ROOT);
    }

    /** The names of the frame's words, for messages. */
    static String frameWords() {
        return Arrays.stream(FrameSlot.values()).map(SlotRegistry::key).collect(Collectors.joining(" "));
    }
}
