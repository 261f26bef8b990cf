package dev.trapframe.emulator.assemble;

import java.util.List;
import java.util.Locale;

/**
 * Parses expressions with the precedence of GNU as: highest {@code * / % << >>}, then {@code | & ^ !}, then
 * {@code + -} and the comparisons, then {@code &&}, then {@code ||}.
 */
final class ExpressionParser {

    private static final List<List<String>> LEVELS = List.of(
            List.of("||"),
            List.of("&&"),
            List.of("==", "!=", "<>", "<=", ">=", "+", "-", "<", ">"),
            List.of("|", "&", "^", "!"),
            List.of("<<", ">>", "*", "/", "%"));
    private static final int MAX_DEPTH = 100;

    private final SymbolTable symbols;
    private final Sections sections;
    private int depth;

    ExpressionParser(SymbolTable symbols, Sections sections) {
        this.symbols = symbols;
        this.sections = sections;
    }

    Expression parse(Scanner scanner) {
        depth = 0;
        return level(scanner, 0);
    }

    /** An expression whose value has to be known now. */
    long constant(Scanner scanner, String what) {
        int start = scanner.position();
        if (parse(scanner) instanceof Expression.Constant constant) return constant.value();
        throw new SourceError(start, what + " has to be a constant here");
    }

    private Expression level(Scanner scanner, int level) {
        if (level == LEVELS.size()) return unary(scanner);
        Expression left = level(scanner, level + 1);
        for (String operator = operator(scanner, level); !operator.isEmpty(); operator = operator(scanner, level)) {
            left = Arithmetic.binary(operator, left, level(scanner, level + 1));
        }
        return left;
    }

    private static String operator(Scanner scanner, int level) {
        for (String operator : LEVELS.get(level)) {
            if (!scanner.startsWith(operator) || isPartOfLonger(scanner, operator)) continue;
            scanner.take(operator);
            return operator;
        }
        return "";
    }

    private static boolean isPartOfLonger(Scanner scanner, String operator) {
        for (List<String> level : LEVELS) {
            for (String other : level) {
                if (other.length() > operator.length() && other.startsWith(operator) && scanner.startsWith(other)) {
                    return true;
                }
            }
        }
        return false;
    }

    private Expression unary(Scanner scanner) {
        if (++depth > MAX_DEPTH) throw scanner.error("the expression is too deep");
        Expression result = unaryInside(scanner);
        depth--;
        return result;
    }

    private Expression unaryInside(Scanner scanner) {
        char c = scanner.peek();
        switch (c) {
            case '-', '~', '!', '+' -> {
                scanner.position(scanner.position() + 1);
                return Arithmetic.unary(c, unary(scanner));
            }
            case '(' -> {
                scanner.expect("(");
                Expression inner = level(scanner, 0);
                scanner.expect(")");
                return inner;
            }
            case '\'' -> {
                return character(scanner);
            }
            default -> {
                return Character.isDigit(c) ? number(scanner) : symbol(scanner);
            }
        }
    }

    private static Expression character(Scanner scanner) {
        scanner.position(scanner.position() + 1);
        if (scanner.position() >= scanner.text().length()) throw scanner.error("character expected after `'`");
        char value;
        if (scanner.current() == '\\') value = scanner.escape();
        else {
            value = scanner.current();
            scanner.position(scanner.position() + 1);
        }
        if (scanner.current() == '\'') scanner.position(scanner.position() + 1);
        return new Expression.Constant(value & 0xFF);
    }

    private Expression number(Scanner scanner) {
        int start = scanner.position();
        String text = scanner.text();
        int end = start;
        while (end < text.length() && Character.isLetterOrDigit(text.charAt(end))) end++;
        String word = text.substring(start, end).toLowerCase(Locale.ROOT);
        scanner.position(end);
        if (word.matches("\\d+[bf]")) {
            long number = Long.parseLong(word.substring(0, word.length() - 1));
            return word.endsWith("b")
                    ? value(symbols.backward(number, start))
                    : new Expression.Reference(symbols.forward(number));
        }
        try {
            return new Expression.Constant(parsed(word));
        } catch (NumberFormatException e) {
            throw new SourceError(start, "`" + word + "` is no number of at most 64 bits");
        }
    }

    private static long parsed(String word) {
        if (word.startsWith("0x")) return Long.parseUnsignedLong(word.substring(2), 16);
        if (word.startsWith("0b")) return Long.parseUnsignedLong(word.substring(2), 2);
        if (word.length() > 1 && word.startsWith("0")) return Long.parseUnsignedLong(word, 8);
        return Long.parseUnsignedLong(word);
    }

    private Expression symbol(Scanner scanner) {
        int start = scanner.position();
        String name = scanner.symbol();
        if (name.isEmpty()) throw new SourceError(start, "expression expected" + scanner.found());
        if (name.equals(".")) return new Expression.Place(sections.current().here());
        return value(symbols.get(name));
    }

    /** A variable has the value that it has now; a label or an unknown symbol is looked up later. */
    private static Expression value(Symbol symbol) {
        Expression value = symbol.value();
        return value != null && !symbol.isLabel() ? value : new Expression.Reference(symbol);
    }
}
