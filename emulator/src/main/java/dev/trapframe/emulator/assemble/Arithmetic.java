package dev.trapframe.emulator.assemble;

import dev.trapframe.emulator.assemble.Expression.Binary;
import dev.trapframe.emulator.assemble.Expression.Constant;
import dev.trapframe.emulator.assemble.Expression.Place;
import dev.trapframe.emulator.assemble.Expression.Reference;
import dev.trapframe.emulator.assemble.Expression.Unary;

/** Computes expressions: in 64 bits, signed; comparisons give -1 for true, as GNU as does. */
final class Arithmetic {

    private static final int MAX_DEPTH = 100;

    private Arithmetic() {}

    /** Folds what is known now: constants, and differences inside one fragment. */
    static Expression binary(String operator, Expression left, Expression right) {
        if (left instanceof Constant a && right instanceof Constant b) {
            return new Constant(compute(operator, a.value(), b.value()));
        }
        if (operator.equals("-") && placeOf(left) instanceof Place a && placeOf(right) instanceof Place b) {
            if (a.location().fragment() == b.location().fragment()) {
                return new Constant((long) a.location().offset() - b.location().offset());
            }
        }
        if (operator.equals("-") && right instanceof Constant b) return binary("+", left, new Constant(-b.value()));
        if (operator.equals("+") && left instanceof Constant) return binary("+", right, left);
        if (operator.equals("+") && right instanceof Constant c) return plus(left, c.value());
        return new Binary(operator, left, right);
    }

    private static Expression plus(Expression left, long addend) {
        if (addend == 0) return left;
        if (left instanceof Binary sum && sum.operator().equals("+") && sum.right() instanceof Constant c) {
            return plus(sum.left(), c.value() + addend);
        }
        if (left instanceof Place place) {
            Location at = place.location();
            long offset = at.offset() + addend;
            if (offset == (int) offset) return new Place(new Location(at.fragment(), (int) offset));
        }
        return new Binary("+", left, new Constant(addend));
    }

    static Expression unary(char operator, Expression operand) {
        return operand instanceof Constant c
                ? new Constant(compute(operator, c.value()))
                : new Unary(operator, operand);
    }

    /** The place that an expression names, if it names one. */
    private static Expression placeOf(Expression expression) {
        if (expression instanceof Reference reference && reference.symbol().value() instanceof Place place)
            return place;
        return expression;
    }

    /** True for a place in a section, false for a plain number, a difference of places among them. */
    static boolean isPlace(Expression expression) {
        if (expression instanceof Place) return true;
        if (expression instanceof Reference reference) {
            Expression value = reference.symbol().value();
            return value != null && isPlace(value);
        }
        if (!(expression instanceof Binary binary)) return false;
        boolean left = isPlace(binary.left());
        boolean right = isPlace(binary.right());
        return binary.operator().equals("-")
                ? left && !right
                : binary.operator().equals("+") && (left || right);
    }

    private static long compute(char operator, long value) {
        return switch (operator) {
            case '-' -> -value;
            case '~' -> ~value;
            case '!' -> value == 0 ? 1 : 0;
            default -> value;
        };
    }

    private static long compute(String operator, long a, long b) {
        return switch (operator) {
            case "+" -> a + b;
            case "-" -> a - b;
            case "*" -> a * b;
            case "/" -> divide(a, b);
            case "%" -> b == 0 ? divide(a, b) : a % b;
            case "<<" -> b < 0 || b >= Long.SIZE ? 0 : a << b;
            case ">>" -> b < 0 || b >= Long.SIZE ? 0 : a >>> b;
            case "|" -> a | b;
            case "&" -> a & b;
            case "^" -> a ^ b;
            case "!" -> a | ~b;
            case "&&" -> a != 0 && b != 0 ? 1 : 0;
            case "||" -> a != 0 || b != 0 ? 1 : 0;
            default -> holds(operator, a, b) ? -1 : 0;
        };
    }

    private static long divide(long a, long b) {
        if (b == 0) throw new SourceError("division by zero");
        return a / b;
    }

    private static boolean holds(String comparison, long a, long b) {
        return switch (comparison) {
            case "==" -> a == b;
            case "!=", "<>" -> a != b;
            case "<" -> a < b;
            case ">" -> a > b;
            case "<=" -> a <= b;
            case ">=" -> a >= b;
            default -> throw new IllegalArgumentException("no operator " + comparison);
        };
    }

    /**
     * The value once all addresses are known.
     *
     * @throws SourceError for a symbol that is not defined, or defined by itself
     */
    static long value(Expression expression) {
        return value(expression, 0);
    }

    private static long value(Expression expression, int depth) {
        if (depth > MAX_DEPTH) throw new SourceError("the expression is too deep, or a symbol is defined by itself");
        if (expression instanceof Constant constant) return constant.value();
        if (expression instanceof Place place) return place.location().address();
        if (expression instanceof Reference reference) return value(defined(reference.symbol()), depth + 1);
        if (expression instanceof Unary unary) return compute(unary.operator(), value(unary.operand(), depth + 1));
        Binary binary = (Binary) expression;
        return compute(binary.operator(), value(binary.left(), depth + 1), value(binary.right(), depth + 1));
    }

    private static Expression defined(Symbol symbol) {
        Expression value = symbol.value();
        if (value == null) throw new SourceError("symbol `" + SymbolTable.sourceName(symbol) + "` is not defined");
        return value;
    }
}
