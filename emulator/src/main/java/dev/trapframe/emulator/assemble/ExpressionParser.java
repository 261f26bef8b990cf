package dev.trapframe.emulator.assemble;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Parses expressions with the precedence of GNU as: highest {@code * / % << >>}, then {@code | & ^ !}, then
 * {@code + -}, then the comparisons, then {@code &&}, then {@code ||}. Intel syntax has words for some of them.
 */
final class ExpressionParser {

    private static final List<List<String>> LEVELS = List.of(
            List.of("||"),
            List.of("&&"),
            List.of("==", "!=", "<>", "<=", ">=", "<", ">"),
            List.of("+", "-"),
            List.of("|", "&", "^", "!"),
            List.of("<<", ">>", "*", "/", "%"));
    private static final Map<String, String> INTEL_WORDS = Map.ofEntries(
            Map.entry("and", "&"),
            Map.entry("or", "|"),
            Map.entry("xor", "^"),
            Map.entry("shl", "<<"),
            Map.entry("shr", ">>"),
            Map.entry("mod", "%"),
            Map.entry("eq", "=="),
            Map.entry("ne", "!="),
            Map.entry("lt", "<"),
            Map.entry("le", "<="),
            Map.entry("gt", ">"),
            Map.entry("ge", ">="));
    private static final int MAX_DEPTH = 100;

    private final SymbolTable symbols;
    private final Sections sections;
    private int depth;
    private boolean intel;

    ExpressionParser(SymbolTable symbols, Sections sections) {
        this.symbols = symbols;
        this.sections = sections;
    }

    void intelSyntax(boolean on) {
        intel = on;
    }

    Expression parse(Scanner scanner) {
        depth = 0;
        scanner.skipBlanks();
        int start = scanner.position();
        try {
            return level(scanner, 0);
        } catch (SourceError e) {
            throw e.column() == SourceError.STATEMENT ? new SourceError(start, e.getMessage()) : e;
        }
    }

    /** An expression whose value has to be known now. */
    long constant(Scanner scanner, String what) {
        scanner.skipBlanks();
        int start = scanner.position();
        Expression value = parse(scanner);
        if (value instanceof Expression.Constant constant) return constant.value();
        if (value instanceof Expression.Reference reference
                && !reference.symbol().isDefined()) {
            String name = SymbolTable.sourceName(reference.symbol());
            throw new SourceError(start, what + " has to be known here, but `" + name + "` is not defined yet");
        }
        throw new SourceError(start, what + " has to be a constant here, but it depends on addresses");
    }

    private Expression level(Scanner scanner, int level) {
        if (level == LEVELS.size()) return unary(scanner);
        Expression left = level(scanner, level + 1);
        for (String operator = operator(scanner, level); !operator.isEmpty(); operator = operator(scanner, level)) {
            left = Arithmetic.binary(operator, left, level(scanner, level + 1));
        }
        return left;
    }

    private String operator(Scanner scanner, int level) {
        if (intel && Character.isLetter(scanner.peek())) {
            int start = scanner.position();
            String symbol = INTEL_WORDS.get(scanner.symbol().toLowerCase(Locale.ROOT));
            if (symbol != null && LEVELS.get(level).contains(symbol)) return symbol;
            scanner.position(start);
            return "";
        }
        for (String operator : LEVELS.get(level)) {
            if (!scanner.startsWith(operator) || isPartOfLonger(scanner, operator)) continue;
            scanner.take(operator);
            return operator;
        }
        return "";
    }

    /** {@code <} is no operator where {@code <<} stands, and so on. */
    private static boolean isPartOfLonger(Scanner scanner, String operator) {
        if (operator.length() > 1 || scanner.position() + 1 >= scanner.text().length()) return false;
        String longer = scanner.text().substring(scanner.position(), scanner.position() + 2);
        for (List<String> level : LEVELS) {
            if (level.contains(longer)) return true;
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
                return new Expression.Constant(scanner.character());
            }
            default -> {
                return c >= '0' && c <= '9' ? number(scanner) : symbol(scanner);
            }
        }
    }

    private Expression number(Scanner scanner) {
        int start = scanner.position();
        String text = scanner.text();
        int end = start;
        while (end < text.length() && Character.isLetterOrDigit(text.charAt(end))) end++;
        String word = text.substring(start, end).toLowerCase(Locale.ROOT);
        scanner.position(end);
        if (isLocalLabel(word)) {
            long number = localNumber(word.substring(0, word.length() - 1), start);
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

    private static boolean isLocalLabel(String word) {
        int last = word.length() - 1;
        if (last < 1 || word.charAt(last) != 'b' && word.charAt(last) != 'f') return false;
        for (int i = 0; i < last; i++) if (!Character.isDigit(word.charAt(i))) return false;
        return true;
    }

    /** @throws SourceError if it has too many digits */
    static long localNumber(String digits, int column) {
        if (digits.length() > 18) throw new SourceError(column, "the number of the label is too large");
        return Long.parseLong(digits);
    }

    private static long parsed(String word) {
        if (word.startsWith("0x")) return Long.parseUnsignedLong(word.substring(2), 16);
        if (word.startsWith("0b")) return Long.parseUnsignedLong(word.substring(2), 2);
        if (word.length() > 1 && word.startsWith("0")) return Long.parseUnsignedLong(word, 8);
        return Long.parseUnsignedLong(word);
    }

    private Expression symbol(Scanner scanner) {
        String name = scanner.symbol();
        if (name.isEmpty()) throw scanner.error("expression expected" + scanner.found());
        if (intel && name.equalsIgnoreCase("not")) return Arithmetic.unary('~', unary(scanner));
        relocation(scanner);
        if (name.equals(".")) return new Expression.Place(sections.current().here());
        return value(symbols.get(name));
    }

    /** {@code @PLT} changes nothing where everything is linked at once; other relocations need a linker. */
    private static void relocation(Scanner scanner) {
        if (scanner.current() != '@') return;
        int start = scanner.position();
        scanner.position(start + 1);
        String kind = scanner.symbol();
        if (kind.equalsIgnoreCase("plt")) return;
        throw new SourceError(start, "`@" + kind + "` needs a dynamic linker, which programs here have not");
    }

    /** A variable has the value that it has now; a label or an unknown symbol is looked up later. */
    private static Expression value(Symbol symbol) {
        Expression value = symbol.value();
        return value != null && !symbol.isLabel() ? value : new Expression.Reference(symbol);
    }
}
