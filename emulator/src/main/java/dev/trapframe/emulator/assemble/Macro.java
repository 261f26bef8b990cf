package dev.trapframe.emulator.assemble;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A macro as defined.
 *
 * @param body lines as written
 */
record Macro(String name, List<Parameter> parameters, List<RawLine> body) {

    /** @param rest takes everything that is left, commas included ({@code :vararg}) */
    record Parameter(String name, String defaultValue, boolean required, boolean rest) {}

    /** The lines of one expansion. */
    List<RawLine> expand(String arguments, int count, RawLine call) {
        Map<String, String> values = bind(arguments);
        List<String> trail = new ArrayList<>();
        trail.add("macro " + name + " at " + call.file() + ":" + call.line());
        trail.addAll(call.trail());
        return body.stream()
                .map(line -> new RawLine(
                        line.file(), line.line(), Substitution.apply(line.text(), values, count), name, trail))
                .toList();
    }

    private Map<String, String> bind(String text) {
        Map<String, String> values = new HashMap<>();
        int position = 0;
        List<MacroArguments.Argument> arguments = MacroArguments.split(text);
        for (int i = 0; i < arguments.size(); i++) {
            MacroArguments.Argument argument = arguments.get(i);
            Parameter named = byName(argument.keyword());
            if (named != null) {
                values.put(named.name(), argument.value());
                continue;
            }
            if (position == parameters.size()) {
                throw new SourceError(
                        "macro `" + name + "` takes " + parameters.size() + " arguments, this is too many");
            }
            Parameter parameter = parameters.get(position++);
            if (parameter.rest()) {
                values.put(parameter.name(), text.substring(argument.start()).trim());
                break;
            }
            values.put(parameter.name(), argument.whole());
        }
        addDefaults(values);
        return values;
    }

    private @Nullable Parameter byName(String keyword) {
        return parameters.stream()
                .filter(parameter -> parameter.name().equals(keyword))
                .findFirst()
                .orElse(null);
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
