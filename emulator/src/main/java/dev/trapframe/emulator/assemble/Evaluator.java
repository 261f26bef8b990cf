package dev.trapframe.emulator.assemble;

import dev.trapframe.emulator.assemble.Expression.Binary;
import dev.trapframe.emulator.assemble.Expression.Constant;
import dev.trapframe.emulator.assemble.Expression.Place;
import dev.trapframe.emulator.assemble.Expression.Reference;
import dev.trapframe.emulator.assemble.Expression.Unary;
import org.jspecify.annotations.Nullable;

/** Computes what folding left over, once places have addresses. */
final class Evaluator {

    private static final int MAX_DEPTH = 1200;

    private final Budget budget;

    Evaluator(Budget budget) {
        this.budget = budget;
    }

    /**
     * The value with the addresses that fragments have now.
     *
     * @throws SourceError for a symbol that is not defined, or defined by itself
     */
    long value(Expression expression) {
        return value(expression, 0);
    }

    private long value(Expression expression, int depth) {
        enter(depth);
        if (expression instanceof Constant constant) return constant.value();
        if (expression instanceof Place place) return place.location().address();
        if (expression instanceof Reference reference) return value(defined(reference.symbol()), depth + 1);
        if (expression instanceof Unary unary) {
            return Arithmetic.compute(unary.operator(), value(unary.operand(), depth + 1));
        }
        Binary binary = (Binary) expression;
        return Arithmetic.compute(binary.operator(), value(binary.left(), depth + 1), value(binary.right(), depth + 1));
    }

    private void enter(int depth) {
        budget.compute();
        if (depth > MAX_DEPTH) throw new SourceError("the expression is too deep, or a symbol is defined by itself");
    }

    /** The value's expression; an undefined weak symbol is 0. */
    private static Expression defined(Symbol symbol) {
        Expression value = symbol.value();
        if (value != null) return value;
        if (symbol.isWeak()) return Expression.ZERO;
        throw new SourceError("symbol `" + SymbolTable.sourceName(symbol) + "` is not defined");
    }

    /** True for a place in a section, false for a plain number, a difference of places among them. */
    boolean isPlace(Expression expression) {
        return sectionOf(expression, 0) != null;
    }

    /** The section that a place is in; null for a plain number. */
    @Nullable
    Section sectionOf(Expression expression) {
        return sectionOf(expression, 0);
    }

    private @Nullable Section sectionOf(Expression expression, int depth) {
        enter(depth);
        if (expression instanceof Place place) return place.location().section();
        if (expression instanceof Reference reference) {
            Expression value = reference.symbol().value();
            return value == null ? null : sectionOf(value, depth + 1);
        }
        if (!(expression instanceof Binary binary)) return null;
        boolean difference = binary.operator().equals("-");
        if (!difference && !binary.operator().equals("+")) return null;
        Section left = sectionOf(binary.left(), depth + 1);
        Section right = sectionOf(binary.right(), depth + 1);
        if (difference) return right == null ? left : null;
        return left == null ? right : left;
    }

    /**
     * The place and the offset that a branch goes to; null if the target is no place of this source, or one that a linker
     * may replace.
     */
    @Nullable
    Target target(Expression expression) {
        long offset = 0;
        Expression rest = expression;
        for (int depth = 0; ; depth++) {
            enter(depth);
            if (rest instanceof Place place) return new Target(place.location(), offset);
            if (rest instanceof Reference reference) {
                Symbol symbol = reference.symbol();
                Expression value = symbol.value();
                if (symbol.isWeak() || value == null) return null;
                rest = value;
            } else if (rest instanceof Binary sum
                    && sum.operator().equals("+")
                    && sum.right() instanceof Constant constant) {
                offset += constant.value();
                rest = sum.left();
            } else {
                return null;
            }
        }
    }

    /** Where a branch goes. */
    record Target(Location location, long offset) {}
}
