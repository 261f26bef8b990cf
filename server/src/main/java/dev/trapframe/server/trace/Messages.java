package dev.trapframe.server.trace;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.ResourceBundle;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The texts of {@code explanations.properties}, with {@code {names}} filled in. */
final class Messages {

    private static final String BUNDLE = "dev.trapframe.server.trace.explanations";
    private static final Pattern NAME = Pattern.compile("\\{([a-z0-9]+)}");

    private final ResourceBundle bundle;

    private Messages(ResourceBundle bundle) {
        this.bundle = bundle;
    }

    /** English; other languages come as further files of the bundle. */
    static Messages english() {
        return new Messages(ResourceBundle.getBundle(
                BUNDLE,
                Locale.ENGLISH,
                ResourceBundle.Control.getNoFallbackControl(ResourceBundle.Control.FORMAT_PROPERTIES)));
    }

    boolean has(String key) {
        return bundle.containsKey(key);
    }

    Set<String> keys() {
        return bundle.keySet();
    }

    /** @throws java.util.MissingResourceException if there is no such text */
    String text(String key) {
        return bundle.getString(key);
    }

    Optional<String> find(String key) {
        return has(key) ? Optional.of(text(key)) : Optional.empty();
    }

    /**
     * A text with its names filled in.
     *
     * @throws java.util.MissingResourceException if there is no such text
     * @throws IllegalArgumentException if the text has a name that is not among the values
     */
    String text(String key, Map<String, String> values) {
        Matcher matcher = NAME.matcher(text(key));
        StringBuilder filled = new StringBuilder();
        while (matcher.find()) {
            String value = values.get(matcher.group(1));
            if (value == null)
                throw new IllegalArgumentException(
                        key + " asks for {" + matcher.group(1) + "}, given are " + values.keySet());
            matcher.appendReplacement(filled, Matcher.quoteReplacement(value));
        }
        return matcher.appendTail(filled).toString();
    }
}
