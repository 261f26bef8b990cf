package dev.trapframe.server.scenario;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** A node of a recipe together with where it stands; every read says what was expected there. */
record RecipeNode(JsonNode json, String pointer) {

    BadRecipe bad(String problem) {
        return new BadRecipe(pointer, problem);
    }

    /** @throws BadRecipe unless this is an object with no other fields than these */
    RecipeNode object(String... fields) {
        Set<String> known = new TreeSet<>(List.of(fields));
        if (!json.isObject()) throw bad("expected an object with " + String.join(", ", known) + ", got " + kind());
        for (Iterator<String> names = json.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            if (!known.contains(name)) {
                throw new BadRecipe(child(name), "unknown field; expected one of " + String.join(", ", known));
            }
        }
        return this;
    }

    Optional<RecipeNode> field(String name) {
        JsonNode value = json.get(name);
        return value == null ? Optional.empty() : Optional.of(new RecipeNode(value, child(name)));
    }

    RecipeNode required(String name) {
        return field(name).orElseThrow(() -> new BadRecipe(child(name), "the field is missing"));
    }

    /** @throws BadRecipe unless this is an array of at most so many elements */
    List<RecipeNode> elements(int most) {
        if (!json.isArray()) throw bad("expected an array, got " + kind());
        if (json.size() > most) throw bad("expected at most " + most + " elements, got " + json.size());
        List<RecipeNode> elements = new ArrayList<>();
        for (int i = 0; i < json.size(); i++) elements.add(new RecipeNode(json.get(i), pointer + "/" + i));
        return elements;
    }

    List<Map.Entry<String, RecipeNode>> fields() {
        if (!json.isObject()) throw bad("expected an object, got " + kind());
        List<Map.Entry<String, RecipeNode>> fields = new ArrayList<>();
        json.properties()
                .forEach(field ->
                        fields.add(Map.entry(field.getKey(), new RecipeNode(field.getValue(), child(field.getKey())))));
        return fields;
    }

    int integer(int least, int most) {
        if (!json.isIntegralNumber()
                || !json.canConvertToLong()
                || json.longValue() < least
                || json.longValue() > most) {
            throw bad("expected an integer from " + least + " to " + most + ", got " + kind());
        }
        return json.intValue();
    }

    /** @throws BadRecipe unless this is a string of 1 to so many characters */
    String text(int longest) {
        if (!json.isTextual() || json.textValue().isBlank() || json.textValue().length() > longest) {
            throw bad("expected a string of 1 to " + longest + " characters, got " + kind());
        }
        return json.textValue();
    }

    /** What stands here, short enough for a message. */
    String kind() {
        if (json.isObject()) return "an object";
        if (json.isArray()) return "an array";
        String text = json.toString();
        return text.length() <= 80 ? text : text.substring(0, 77) + "...";
    }

    private String child(String name) {
        return pointer + "/" + name.replace("~", "~0").replace("/", "~1");
    }
}
