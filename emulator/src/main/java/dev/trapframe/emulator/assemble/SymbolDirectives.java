package dev.trapframe.emulator.assemble;

import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/** Directives about symbols. */
final class SymbolDirectives {

    private static final int MAX_COMMON_ALIGNMENT = 1 << 16;

    private final ExpressionParser expressions;
    private final SymbolTable symbols;
    private final Sections sections;

    SymbolDirectives(ExpressionParser expressions, SymbolTable symbols, Sections sections) {
        this.expressions = expressions;
        this.symbols = symbols;
        this.sections = sections;
    }

    void register(Map<String, Directive> directives) {
        for (String name : new String[] {".set", ".equ", ".eqv"}) directives.put(name, (s, at) -> set(s, at, false));
        directives.put(".equiv", (scanner, statement) -> set(scanner, statement, true));
        for (String name : new String[] {".globl", ".global"}) {
            each(directives, name, attributes -> {
                if (attributes.binding() == Symbol.Binding.LOCAL) attributes.binding(Symbol.Binding.GLOBAL);
            });
        }
        each(directives, ".local", attributes -> attributes.binding(Symbol.Binding.LOCAL));
        each(directives, ".weak", attributes -> attributes.binding(Symbol.Binding.WEAK));
        each(directives, ".internal", attributes -> attributes.visibility(1));
        each(directives, ".hidden", attributes -> attributes.visibility(2));
        each(directives, ".protected", attributes -> attributes.visibility(3));
        directives.put(".type", (scanner, statement) -> type(scanner));
        directives.put(".size", (scanner, statement) -> size(scanner));
        directives.put(".comm", (scanner, statement) -> common(scanner, statement, Symbol.Binding.GLOBAL));
        directives.put(".lcomm", (scanner, statement) -> common(scanner, statement, Symbol.Binding.LOCAL));
    }

    private void each(Map<String, Directive> directives, String name, Consumer<SymbolAttributes> change) {
        directives.put(name, (scanner, statement) -> {
            do {
                change.accept(symbols.get(scanner.requiredSymbol("symbol")).attributes());
            } while (scanner.take(","));
        });
    }

    private void set(Scanner scanner, Statement statement, boolean once) {
        scanner.skipBlanks();
        int column = scanner.position();
        String name = scanner.requiredSymbol("symbol");
        scanner.expect(",");
        assign(name, column, scanner, statement, once);
    }

    /**
     * {@code name = expression}: the name may get a new value later.
     *
     * @param once not if it has a value already
     */
    void assign(String name, int column, Scanner scanner, Statement statement, boolean once) {
        Expression value = expressions.parse(scanner);
        Symbol before = symbols.get(name);
        if (before.isDefined() && (before.isLabel() || before.isFixed() || once) || before.common() != null) {
            throw defined(before, column);
        }
        Symbol symbol = symbols.toAssign(name);
        symbol.set(value, statement.origin());
        if (once) symbol.fix();
    }

    /** The error of a second definition; it names the place of the first. */
    static SourceError defined(Symbol symbol, int column) {
        Origin first = symbol.definedAt();
        String where = first == null ? "" : ", at " + first.file() + ":" + first.line();
        return new SourceError(column, "symbol `" + symbol.name() + "` is defined already" + where);
    }

    private void type(Scanner scanner) {
        SymbolAttributes attributes =
                symbols.get(scanner.requiredSymbol("symbol")).attributes();
        scanner.take(",");
        scanner.skipBlanks();
        int column = scanner.position();
        if (!scanner.take("@") && !scanner.take("%")) scanner.take("#");
        String word = scanner.requiredSymbol("type of the symbol").toLowerCase(Locale.ROOT);
        attributes.type(
                switch (word.startsWith("stt_") ? word.substring(4) : word) {
                    case "notype" -> 0;
                    case "object" -> 1;
                    case "function", "func" -> 2;
                    case "tls_object", "tls" -> 6;
                    default ->
                        throw new SourceError(
                                column, "there is no type `" + word + "`; there are @function, @object, @notype");
                });
    }

    private void size(Scanner scanner) {
        SymbolAttributes attributes =
                symbols.get(scanner.requiredSymbol("symbol")).attributes();
        scanner.expect(",");
        attributes.size(expressions.parse(scanner));
    }

    private void common(Scanner scanner, Statement statement, Symbol.Binding binding) {
        scanner.skipBlanks();
        int column = scanner.position();
        Symbol symbol = symbols.get(scanner.requiredSymbol("symbol"));
        scanner.expect(",");
        long size = expressions.constant(scanner, "the size");
        if (size < 0 || size > Integer.MAX_VALUE) throw scanner.error("the size " + size + " is not possible");
        int alignment = scanner.take(",") ? alignment(scanner) : usualAlignment(size, binding);
        if (symbol.isDefined() || symbol.common() != null) throw defined(symbol, column);
        if (symbol.attributes().binding() == Symbol.Binding.LOCAL)
            symbol.attributes().binding(binding);
        symbol.attributes().type(1);
        symbol.attributes().size(new Expression.Constant(size));
        if (binding == Symbol.Binding.LOCAL) {
            sections.reserve(symbol, size, alignment, statement);
        } else {
            symbol.common(new Symbol.CommonBlock(size, alignment), statement);
        }
    }

    private int alignment(Scanner scanner) {
        scanner.skipBlanks();
        int column = scanner.position();
        long value = expressions.constant(scanner, "the alignment");
        if (value > 0 && value <= MAX_COMMON_ALIGNMENT && Long.bitCount(value) == 1) return (int) value;
        throw new SourceError(column, "the alignment is a power of two up to 65536, not " + value);
    }

    /** As GNU as and ld choose it: .comm by the next power of two up to 16, .lcomm by the one before up to 8. */
    private static int usualAlignment(long size, Symbol.Binding binding) {
        if (size <= 1) return 1;
        if (binding == Symbol.Binding.LOCAL) return (int) Math.min(8, Long.highestOneBit(size));
        return (int) Math.min(16, 2 * Long.highestOneBit(size - 1));
    }

    /** Gives the blocks of {@code .comm} their places, after everything else of {@code .bss}. */
    void placeCommons() {
        for (Symbol symbol : symbols.all()) {
            Symbol.CommonBlock block = symbol.common();
            Statement statement = symbol.commonAt();
            if (block == null || statement == null) continue;
            sections.reserve(symbol, block.sizeBytes(), block.alignment(), statement);
        }
    }
}
