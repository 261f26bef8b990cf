package dev.trapframe.emulator.assemble;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** Macros and repetitions. */
final class MacroDirectives {

    private static final Set<String> MACRO = Set.of(".macro");
    private static final Set<String> REPEATS = Set.of(".rept", ".irp", ".irpc", ".rep");
    private static final int NO_SUBSTITUTION = -1;

    private final LineFeed feed;
    private final ExpressionParser expressions;
    private final Conditionals conditionals;
    private final Budget budget;
    private final int maxRepetitions;
    private final Map<String, Macro> macros = new HashMap<>();
    private int expansions;

    MacroDirectives(
            LineFeed feed, ExpressionParser expressions, Conditionals conditionals, Budget budget, int maxRepetitions) {
        this.feed = feed;
        this.expressions = expressions;
        this.conditionals = conditionals;
        this.budget = budget;
        this.maxRepetitions = maxRepetitions;
    }

    void register(Map<String, Directive> directives) {
        directives.put(".macro", this::define);
        directives.put(".purgem", (scanner, statement) -> purge(scanner));
        directives.put(".exitm", (scanner, statement) -> conditionals.unwind(feed.exitMacro()));
        directives.put(".rept", (scanner, statement) -> repeat(scanner, ".rept"));
        directives.put(".rep", (scanner, statement) -> repeat(scanner, ".rep"));
        directives.put(".irp", (scanner, statement) -> eachValue(scanner, ".irp"));
        directives.put(".irpc", (scanner, statement) -> eachValue(scanner, ".irpc"));
        directives.put(".endm", (scanner, statement) -> {
            throw new SourceError("`.endm` without `.macro`");
        });
        directives.put(".endr", (scanner, statement) -> {
            throw new SourceError("`.endr` without `.rept`, `.irp` or `.irpc`");
        });
    }

    Set<String> names() {
        return macros.keySet();
    }

    @Nullable
    Macro find(String name) {
        return macros.isEmpty() ? null : macros.get(name.toLowerCase(Locale.ROOT));
    }

    void call(Macro macro, Scanner scanner, Statement statement) {
        Map<String, String> values = macro.bind(scanner.takeRest());
        Origin at = statement.origin();
        List<String> trail = new ArrayList<>();
        trail.add("macro " + macro.name() + " at " + at.file() + ":" + at.line());
        trail.addAll(at.trail());
        Origin call = new Origin(at.file(), at.line(), at.text(), macro.name(), trail);
        Iterator<Map<String, String>> once = List.of(values).iterator();
        feed.push(new Expander(macro.body(), once, expansions++, call, budget), true, conditionals.depth());
    }

    private void define(Scanner scanner, Statement statement) {
        SourceError failure = null;
        String name = "";
        List<Macro.Parameter> parameters = List.of();
        try {
            name = scanner.requiredSymbol("macro name");
            scanner.take(",");
            parameters = parameters(scanner);
            checkNew(name);
        } catch (SourceError e) {
            failure = e;
        }
        List<Statement> body = feed.body(".macro", MACRO, ".endm");
        if (failure != null) throw failure;
        macros.put(name.toLowerCase(Locale.ROOT), new Macro(name, parameters, body, statement.origin()));
    }

    private void checkNew(String name) {
        Macro other = find(name);
        if (other == null) return;
        Origin first = other.definedAt();
        throw new SourceError("macro `" + name + "` is defined already, at " + first.file() + ":" + first.line());
    }

    private void purge(Scanner scanner) {
        scanner.skipBlanks();
        int column = scanner.position();
        String name = scanner.requiredSymbol("macro name");
        if (macros.remove(name.toLowerCase(Locale.ROOT)) != null) return;
        throw new SourceError(
                column, "there is no macro `" + name + "`" + Suggestion.of(name, new TreeSet<>(macros.keySet())));
    }

    private static List<Macro.Parameter> parameters(Scanner scanner) {
        List<Macro.Parameter> parameters = new ArrayList<>();
        while (!scanner.atEnd()) {
            int column = scanner.position();
            Macro.Parameter parameter = parameter(scanner);
            if (parameters.stream().anyMatch(other -> other.name().equals(parameter.name()))) {
                throw new SourceError(column, "there is a parameter `" + parameter.name() + "` already");
            }
            parameters.add(parameter);
            scanner.take(",");
        }
        return parameters;
    }

    private static Macro.Parameter parameter(Scanner scanner) {
        String name = scanner.requiredSymbol("parameter");
        String kind = "";
        if (scanner.take(":")) {
            scanner.skipBlanks();
            int column = scanner.position();
            kind = scanner.requiredSymbol("`req` or `vararg`");
            if (!kind.equals("req") && !kind.equals("vararg")) {
                throw new SourceError(column, "a parameter is `req` or `vararg`, not `" + kind + "`");
            }
        }
        String value = scanner.take("=") ? defaultValue(scanner) : "";
        return new Macro.Parameter(name, value, kind.equals("req"), kind.equals("vararg"));
    }

    private static String defaultValue(Scanner scanner) {
        if (scanner.peek() == '"') return scanner.string();
        int start = scanner.position();
        String text = scanner.text();
        int end = start;
        int depth = 0;
        while (end < text.length()) {
            char c = text.charAt(end);
            if (c == '(') depth++;
            if (c == ')') depth--;
            if (c == ',' || depth <= 0 && Character.isWhitespace(c)) break;
            end++;
        }
        scanner.position(end);
        return MacroArguments.withoutUselessBlanks(text.substring(start, end));
    }

    private void repeat(Scanner scanner, String opener) {
        SourceError failure = null;
        long count = 0;
        try {
            count = expressions.constant(scanner, "the repeat count");
            if (count < 0) throw scanner.error("the repeat count is negative: " + count);
            scanner.expectEnd();
        } catch (SourceError e) {
            failure = e;
        }
        List<Statement> body = feed.body(opener, REPEATS, ".endr");
        if (failure != null) throw failure;
        if (count > maxRepetitions) {
            throw new SourceError(
                    "repeated " + count + " times; at most " + maxRepetitions + " statements are allowed in all");
        }
        Iterator<Map<String, String>> rounds = LongStream.range(0, count)
                .mapToObj(i -> Map.<String, String>of())
                .iterator();
        push(body, rounds, NO_SUBSTITUTION);
    }

    private void push(List<Statement> body, Iterator<Map<String, String>> rounds, int count) {
        feed.push(new Expander(body, rounds, count, null, budget), false, conditionals.depth());
    }

    private void eachValue(Scanner scanner, String opener) {
        scanner.skipBlanks();
        int column = scanner.position();
        String name = scanner.symbol();
        scanner.take(",");
        String rest = scanner.takeRest();
        List<Statement> body = feed.body(opener, REPEATS, ".endr");
        if (name.isEmpty()) throw new SourceError(column, "the name that the body uses is expected");
        List<String> values = opener.equals(".irpc") ? characters(rest) : values(rest);
        push(body, values.stream().map(value -> Map.of(name, value)).iterator(), expansions);
    }

    private static List<String> values(String text) {
        List<String> values = new ArrayList<>();
        for (MacroArguments.Argument argument : MacroArguments.split(text)) {
            String keyword = argument.keyword();
            values.add(keyword.isEmpty() ? argument.value() : keyword + "=" + argument.value());
        }
        return values.isEmpty() ? List.of("") : values;
    }

    /** Blanks count inside of quotes only. */
    private static List<String> characters(String text) {
        List<String> characters = new ArrayList<>();
        boolean quoted = false;
        for (char c : text.toCharArray()) {
            if (c == '"') quoted = !quoted;
            else if (quoted || !Character.isWhitespace(c)) characters.add(String.valueOf(c));
        }
        return characters.isEmpty() ? List.of("") : characters;
    }
}
