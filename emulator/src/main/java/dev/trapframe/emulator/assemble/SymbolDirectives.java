package dev.trapframe.emulator.assemble;

import java.util.Map;

/** Directives about symbols, and those that say nothing to this assembler. */
final class SymbolDirectives {

    private final ExpressionParser expressions;
    private final SymbolTable symbols;

    SymbolDirectives(ExpressionParser expressions, SymbolTable symbols) {
        this.expressions = expressions;
        this.symbols = symbols;
    }

    void register(Map<String, Directive> directives) {
        for (String name : new String[] {".set", ".equ"}) {
            directives.put(name, (scanner, statement) -> {
                String symbol = scanner.requiredSymbol("symbol");
                scanner.expect(",");
                assign(symbol, scanner);
            });
        }
        directives.put(".weak", (scanner, statement) -> {
            do {
                symbols.get(scanner.requiredSymbol("symbol")).makeWeak();
            } while (scanner.take(","));
        });
        for (String name : new String[] {
            ".globl",
            ".global",
            ".local",
            ".type",
            ".size",
            ".file",
            ".loc",
            ".ident",
            ".hidden",
            ".internal",
            ".protected",
            ".code64",
            ".cfi_startproc",
            ".cfi_endproc"
        }) {
            directives.put(name, (scanner, statement) -> scanner.takeRest());
        }
        directives.put(".error", (scanner, statement) -> {
            throw new SourceError(scanner.atEnd() ? ".error" : scanner.string());
        });
    }

    /** {@code name = expression}: the name may get a new value later. */
    void assign(String name, Scanner scanner) {
        Symbol symbol = symbols.get(name);
        if (symbol.isLabel()) throw new SourceError("`" + name + "` is a label already");
        Expression value = expressions.parse(scanner);
        symbol.set(value);
    }
}
