package dev.trapframe.emulator.assemble;

/** .if and its relatives. */
final class ConditionDirectives {

    private final Conditionals conditionals;
    private final ExpressionParser expressions;
    private final SymbolTable symbols;

    ConditionDirectives(Conditionals conditionals, ExpressionParser expressions, SymbolTable symbols) {
        this.conditionals = conditionals;
        this.expressions = expressions;
        this.symbols = symbols;
    }

    /** True if {@code word} was one of them. They are the only statements that count where a condition does not hold. */
    boolean execute(String word, Scanner scanner) {
        if (Conditionals.OPENERS.contains(word)) {
            conditionals.open(conditionals.active() && holdsOrClose(word, scanner));
            return true;
        }
        switch (word) {
            case ".elseif" -> conditionals.elseIf(conditionals.undecided() && holds(".if", scanner));
            case ".else" -> conditionals.otherwise();
            case ".endif" -> conditionals.close();
            default -> {
                return false;
            }
        }
        return true;
    }

    /** A bad condition still opens, so that its .endif does not make a second error. */
    private boolean holdsOrClose(String word, Scanner scanner) {
        try {
            return holds(word, scanner);
        } catch (SourceError e) {
            conditionals.open(false);
            throw e;
        }
    }

    private boolean holds(String word, Scanner scanner) {
        return switch (word) {
            case ".ifdef" -> symbols.isDefined(scanner.requiredSymbol("symbol"));
            case ".ifndef", ".ifnotdef" -> !symbols.isDefined(scanner.requiredSymbol("symbol"));
            case ".ifb" -> scanner.takeRest().isEmpty();
            case ".ifnb" -> !scanner.takeRest().isEmpty();
            case ".ifc" -> equalTexts(scanner);
            case ".ifnc" -> !equalTexts(scanner);
            case ".ifeqs" -> equalStrings(scanner);
            case ".ifnes" -> !equalStrings(scanner);
            default -> compare(word, expressions.constant(scanner, "the condition"));
        };
    }

    private static boolean compare(String word, long value) {
        return switch (word) {
            case ".ifeq" -> value == 0;
            case ".ifgt" -> value > 0;
            case ".ifge" -> value >= 0;
            case ".iflt" -> value < 0;
            case ".ifle" -> value <= 0;
            default -> value != 0;
        };
    }

    private static boolean equalTexts(Scanner scanner) {
        String text = scanner.takeRest();
        int comma = text.indexOf(',');
        if (comma < 0) throw scanner.error("two texts with a comma between them expected");
        return unquoted(text.substring(0, comma)).equals(unquoted(text.substring(comma + 1)));
    }

    private static String unquoted(String text) {
        String trimmed = text.trim();
        boolean quoted = trimmed.length() > 1 && trimmed.startsWith("'") && trimmed.endsWith("'");
        return quoted ? trimmed.substring(1, trimmed.length() - 1) : trimmed;
    }

    private static boolean equalStrings(Scanner scanner) {
        String first = scanner.string();
        scanner.expect(",");
        return first.equals(scanner.string());
    }
}
