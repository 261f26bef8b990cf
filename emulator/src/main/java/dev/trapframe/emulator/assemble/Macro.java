package dev.trapframe.emulator.assemble;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A macro as defined.
 *
 * @param body      statements as written
 * @param definedAt the {@code .macro} line
 */
record Macro(String name, List<Parameter> parameters, List<Statement> body, Origin definedAt) {

    /** @param rest takes everything that is left, commas included ({@code :vararg}) */
    record Parameter(String name, String defaultValue, boolean required, boolean rest) {}

    /** What each parameter stands for in one call. */
    Map<String, String> bind(String text) {
        Map<String, String> values = new HashMap<>();
        int position = 0;
        boolean keywords = false;
        for (MacroArguments.Argument argument : MacroArguments.split(text)) {
            if (!argument.keyword().isEmpty()) {
                values.put(byName(argument.keyword()).name(), argument.value());
                keywords = true;
                continue;
            }
            if (keywords) throw new SourceError("a value without name follows `NAME=VALUE`");
            if (position == parameters.size()) throw tooMany();
            Parameter parameter = parameters.get(position++);
            values.put(parameter.name(), parameter.rest() ? argument.rest() : argument.value());
            if (parameter.rest()) break;
        }
        addDefaults(values);
        return values;
    }

    private SourceError tooMany() {
        String count = parameters.isEmpty()
                ? "no arguments"
                : parameters.size() == 1 ? "1 argument" : parameters.size() + " arguments";
        return new SourceError("macro `" + name + "` takes " + count + ", this is too many");
    }

    private Parameter byName(String keyword) {
        @Nullable Parameter named = null;
        List<String> known = new ArrayList<>();
        for (Parameter parameter : parameters) {
            known.add(parameter.name());
            if (parameter.name().equals(keyword)) named = parameter;
        }
        if (named != null) return named;
        throw new SourceError(
                "macro `" + name + "` has no parameter `" + keyword + "`" + Suggestion.of(keyword, known));
    }

    private void addDefaults(Map<String, String> values) {
        for (Parameter parameter : parameters) {
            String value = values.getOrDefault(parameter.name(), "");
            if (value.isEmpty() && parameter.required()) {
                throw new SourceError("macro `" + name + "` needs a value for `" + parameter.name() + "`");
            }
            values.put(parameter.name(), value.isEmpty() ? parameter.defaultValue() : value);
        }
    }
}
