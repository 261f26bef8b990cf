package dev.trapframe.server.content;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * A YAML value that knows where it stands, so that every complaint about it can name file and line. Scalars stay text: {@code 0x2b}
 * is what the author wrote, not 43.
 */
public final class YamlNode {

    private static final Pattern DECIMAL = Pattern.compile("0|[1-9][0-9]{0,8}");

    private final String file;
    private final int lineOffset;
    private final String path;
    private final Node node;

    private YamlNode(String file, int lineOffset, String path, Node node) {
        this.file = file;
        this.lineOffset = lineOffset;
        this.path = path;
        this.node = node;
    }

    /**
     * Reads one YAML document.
     *
     * @param firstLine line of the file on which {@code text} begins, from 1
     * @throws ContentError if it is not YAML, is empty, or repeats a key
     */
    public static YamlNode parse(String file, int firstLine, String text) {
        LoaderOptions options = new LoaderOptions();
        options.setAllowDuplicateKeys(false);
        options.setMaxAliasesForCollections(10);
        try {
            Node root = new Yaml(options).compose(new StringReader(text));
            if (root == null) throw new ContentError(file, firstLine, "expected YAML, found nothing");
            return new YamlNode(file, firstLine, "", root);
        } catch (MarkedYAMLException e) {
            Mark mark = e.getProblemMark();
            int line = firstLine + (mark == null ? 0 : mark.getLine());
            throw new ContentError(file, line, "not YAML: " + e.getProblem());
        }
    }

    /** Line of the file, from 1. */
    public int line() {
        return lineOffset + node.getStartMark().getLine();
    }

    public Place place() {
        return new Place(file, line());
    }

    /** A complaint about this value. */
    public ContentError error(String expected) {
        return new ContentError(file, line(), (path.isEmpty() ? "" : path + ": ") + expected);
    }

    /**
     * Refuses keys that nobody reads: most of them are misspelt.
     *
     * @throws ContentError at the first key that is not known
     */
    public void requireKnownKeys(Set<String> known) {
        for (YamlNode key : keys()) {
            if (known.contains(key.text())) continue;
            throw key.error("unknown key \"" + key.text() + "\"; expected one of "
                    + String.join(", ", known.stream().sorted().toList()));
        }
    }

    /** The value of a key that must be there. */
    public YamlNode get(String key) {
        return find(key).orElseThrow(() -> error("expected the key \"" + key + "\""));
    }

    /** The value of a key; empty if the key is missing. */
    public Optional<YamlNode> find(String key) {
        for (NodeTuple tuple : mapping().getValue()) {
            if (tuple.getKeyNode() instanceof ScalarNode scalar
                    && scalar.getValue().equals(key)) {
                return Optional.of(child(key, tuple.getValueNode()));
            }
        }
        return Optional.empty();
    }

    /** Entries of a mapping, in the author's order. */
    public Map<String, YamlNode> entries() {
        Map<String, YamlNode> entries = new LinkedHashMap<>();
        for (YamlNode key : keys()) entries.put(key.text(), get(key.text()));
        return entries;
    }

    /** Elements of a list. */
    public List<YamlNode> list() {
        if (!(node instanceof SequenceNode sequence)) throw error("expected a list");
        List<YamlNode> elements = new ArrayList<>();
        for (Node element : sequence.getValue()) elements.add(child("[" + elements.size() + "]", element));
        return elements;
    }

    /** A scalar as the author wrote it. */
    public String text() {
        if (!(node instanceof ScalarNode scalar) || scalar.getTag().equals(Tag.NULL)) throw error("expected a text");
        return scalar.getValue();
    }

    /** A text that is not blank and has at most so many characters. */
    public String text(int mostCharacters) {
        String text = text().strip();
        if (text.isEmpty()) throw error("expected a text, found a blank one");
        if (text.length() > mostCharacters) {
            throw error("expected at most " + mostCharacters + " characters, found " + text.length());
        }
        return text;
    }

    /** A whole number within bounds, both included. */
    public int integer(int lowest, int highest) {
        String expected = "expected a whole number from " + lowest + " to " + highest;
        try {
            int value = Integer.parseInt(text());
            if (value < lowest || value > highest) throw error(expected + ", found " + value);
            return value;
        } catch (NumberFormatException e) {
            throw error(expected + ", found \"" + text() + "\"");
        }
    }

    /** A 64-bit number, hexadecimal with {@code 0x} or decimal. */
    public long quadword() {
        String text = text().replace("_", "");
        try {
            return text.startsWith("0x") ? Long.parseUnsignedLong(text.substring(2), 16) : Long.parseUnsignedLong(text);
        } catch (NumberFormatException e) {
            throw error("expected a number of at most 64 bits such as 0x2b or 43, found \"" + text + "\"");
        }
    }

    /**
     * The same as JSON. A whole number in decimal is a number; everything else that is no list and no mapping is a text, so that
     * {@code 0x2b} stays what the author wrote.
     */
    public JsonNode toJson() {
        JsonNodeFactory json = JsonNodeFactory.instance;
        if (node instanceof MappingNode) {
            ObjectNode object = json.objectNode();
            entries().forEach((key, value) -> object.set(key, value.toJson()));
            return object;
        }
        if (node instanceof SequenceNode) {
            ArrayNode array = json.arrayNode();
            list().forEach(element -> array.add(element.toJson()));
            return array;
        }
        ScalarNode scalar = (ScalarNode) node;
        boolean isNumber =
                scalar.isPlain() && DECIMAL.matcher(scalar.getValue()).matches();
        return isNumber ? json.numberNode(Integer.parseInt(scalar.getValue())) : json.textNode(scalar.getValue());
    }

    /** The value that a JSON pointer into {@link #toJson()} names; if it is missing, the one that should hold it. */
    public YamlNode nearest(String pointer) {
        YamlNode found = this;
        for (String step : pointer.isEmpty()
                ? List.<String>of()
                : List.of(pointer.substring(1).split("/"))) {
            Optional<YamlNode> next = found.childAt(step.replace("~1", "/").replace("~0", "~"));
            if (next.isEmpty()) return found;
            found = next.get();
        }
        return found;
    }

    private Optional<YamlNode> childAt(String step) {
        if (node instanceof MappingNode) return find(step);
        if (!(node instanceof SequenceNode sequence) || !DECIMAL.matcher(step).matches()) return Optional.empty();
        int index = Integer.parseInt(step);
        return index < sequence.getValue().size() ? Optional.of(list().get(index)) : Optional.empty();
    }

    private List<YamlNode> keys() {
        List<YamlNode> keys = new ArrayList<>();
        for (NodeTuple tuple : mapping().getValue()) keys.add(new YamlNode(file, lineOffset, path, tuple.getKeyNode()));
        return keys;
    }

    private MappingNode mapping() {
        if (!(node instanceof MappingNode mapping)) throw error("expected keys and values");
        return mapping;
    }

    private YamlNode child(String step, @Nullable Node child) {
        if (child == null) throw error("expected a value for " + step);
        String separator = path.isEmpty() || step.startsWith("[") ? "" : ".";
        return new YamlNode(file, lineOffset, path + separator + step, child);
    }
}
