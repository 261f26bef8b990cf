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
    boolean execute(String word, Scanner scanner, Statement statement) {
        if (Conditionals.OPENERS.contains(word)) {
            conditionals.open(statement, conditionals.active() && holdsOrClose(word, scanner, statement));
            return true;
        }
        switch (word) {
            case ".elseif" -> elseIf(scanner);
            case ".else" -> conditionals.otherwise();
            case ".endif" -> conditionals.close();
            default -> {
                return false;
            }
        }
        return true;
    }

    /** A bad condition still opens, so that its .endif does not make a second error. */
    private boolean holdsOrClose(String word, Scanner scanner, Statement statement) {
        try {
            boolean holds = holds(word, scanner);
            scanner.expectEnd();
            return holds;
        } catch (SourceError e) {
            conditionals.open(statement, false);
            throw e;
        }
    }

    private void elseIf(Scanner scanner) {
        boolean matters = conditionals.undecided();
        conditionals.elseIf(matters && holds(".if", scanner));
        if (matters) scanner.expectEnd();
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

    /** Blanks count inside of quotes only; quotes count. */
    private static boolean equalTexts(Scanner scanner) {
        String text = scanner.rest();
        int comma = textEnd(text);
        if (comma == text.length()) throw scanner.error("two texts with a comma between them expected");
        scanner.takeRest();
        return plain(text.substring(0, comma)).equals(plain(text.substring(comma + 1)));
    }

    /** Where the first text ends: at a comma outside of quotes. */
    private static int textEnd(String text) {
        int i = 0;
        while (i < text.length() && text.charAt(i) != ',') {
            char c = text.charAt(i);
            int end = c == '"' || c == '\'' ? text.indexOf(c, i + 1) : i;
            i = end < 0 ? text.length() : end + 1;
        }
        return Math.min(i, text.length());
    }

    private static String plain(String text) {
        String trimmed = text.trim();
        boolean quoted = trimmed.length() > 1 && trimmed.startsWith("'") && trimmed.endsWith("'");
        return quoted ? trimmed.substring(1, trimmed.length() - 1) : MacroArguments.withoutUselessBlanks(trimmed);
    }

    private static boolean equalStrings(Scanner scanner) {
        String first = scanner.string();
        scanner.expect(",");
        return first.equals(scanner.string());
    }
}
