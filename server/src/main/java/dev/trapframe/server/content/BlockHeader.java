package dev.trapframe.server.content;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The first line of a fenced block: {@code scenario id=page-fault}.
 *
 * @param kind       the first word
 * @param attributes {@code name=value} words after it
 */
public record BlockHeader(String kind, Map<String, String> attributes) {

    /** What an id looks like: words of lower-case letters and digits, joined by hyphens. */
    private static final Pattern ID = Pattern.compile("[a-z0-9]+(?:-[a-z0-9]+)*");

    private static final Pattern ATTRIBUTE = Pattern.compile("([a-z]+)=(\\S+)");

    /**
     * Reads the words after the fence.
     *
     * @param known names of attributes that the kind has
     */
    public static BlockHeader parse(String file, int line, String info, Set<String> known) {
        String[] words = info.strip().split("\\s+");
        Map<String, String> attributes = new LinkedHashMap<>();
        for (int i = 1; i < words.length; i++) {
            Matcher matcher = ATTRIBUTE.matcher(words[i]);
            if (!matcher.matches() || !known.contains(matcher.group(1))) {
                throw new ContentError(
                        file,
                        line,
                        "expected "
                                + String.join("=…, ", known.stream().sorted().toList()) + "=… after \"" + words[0]
                                + "\", found \"" + words[i] + "\"");
            }
            attributes.put(matcher.group(1), matcher.group(2));
        }
        return new BlockHeader(words[0], attributes);
    }

    /** The attribute {@code id}, which must be there. */
    public String id(String file, int line) {
        String id = attributes.get("id");
        if (id == null) throw new ContentError(file, line, "expected id=… after \"" + kind + "\"");
        return requireId(file, line, id);
    }

    /** Gives back an id that looks like one. */
    public static String requireId(String file, int line, String id) {
        if (id.length() <= 100 && ID.matcher(id).matches()) return id;
        throw new ContentError(
                file, line, "expected an id of lower-case letters, digits and hyphens, found \"" + id + "\"");
    }
}
