package dev.trapframe.server.trace;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.regex.Pattern;

/** Which group of explanations an instruction belongs to, by its AT&amp;T name. */
final class InstructionGroups {

    static final String OTHER = "other";

    private static final String FILE = "instruction-groups.properties";
    private static final Pattern EXTENDING_MOVE = Pattern.compile("mov([sz])([bwl][wlq]|x|xd)");
    private static final Map<String, String> GROUP_OF = read();

    private InstructionGroups() {}

    /** The name without its operand-size letter: {@code mov} for {@code movl}, {@code movzx} for {@code movzbl}. */
    static String base(String mnemonic) {
        if (GROUP_OF.containsKey(mnemonic)) return mnemonic;
        if (EXTENDING_MOVE.matcher(mnemonic).matches()) return mnemonic.charAt(3) == 'z' ? "movzx" : "movsx";
        String shorter = mnemonic.isEmpty() ? "" : mnemonic.substring(0, mnemonic.length() - 1);
        boolean suffixed = !mnemonic.isEmpty() && "bwlq".indexOf(mnemonic.charAt(mnemonic.length() - 1)) >= 0;
        return suffixed && GROUP_OF.containsKey(shorter) ? shorter : mnemonic;
    }

    /** The group of a name without operand-size letter; {@link #OTHER} for an unknown one. */
    static String of(String base) {
        return GROUP_OF.getOrDefault(base, OTHER);
    }

    static Set<String> all() {
        return Set.copyOf(GROUP_OF.values());
    }

    private static Map<String, String> read() {
        Properties groups = new Properties();
        try (InputStream in = InstructionGroups.class.getResourceAsStream(FILE)) {
            if (in == null) throw new IllegalStateException(FILE + " is not on the class path");
            groups.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Map<String, String> groupOf = new HashMap<>();
        for (String group : groups.stringPropertyNames()) {
            for (String mnemonic : groups.getProperty(group).split("\\s+")) groupOf.put(mnemonic, group);
        }
        return Map.copyOf(groupOf);
    }
}
