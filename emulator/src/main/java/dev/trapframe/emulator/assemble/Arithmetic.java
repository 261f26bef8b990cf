package dev.trapframe.emulator.assemble;

import dev.trapframe.emulator.assemble.Expression.Binary;
import dev.trapframe.emulator.assemble.Expression.Constant;
import dev.trapframe.emulator.assemble.Expression.Place;
import dev.trapframe.emulator.assemble.Expression.Reference;
import dev.trapframe.emulator.assemble.Expression.Unary;

/** Folds expressions and computes operators: in 64 bits, signed; comparisons give -1 for true, as GNU as does. */
final class Arithmetic {

    private static final int MAX_NODES = 500;

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
        return node(operator, left, right);
    }

    private static Binary node(String operator, Expression left, Expression right) {
        int nodes = 1 + Expression.nodes(left) + Expression.nodes(right);
        if (nodes > MAX_NODES) throw new SourceError("the expression has more than " + MAX_NODES + " parts");
        return new Binary(operator, left, right, nodes);
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
        return node("+", left, new Constant(addend));
    }

    static Expression unary(char operator, Expression operand) {
        if (operand instanceof Constant c) return new Constant(compute(operator, c.value()));
        return operator == '+' ? operand : new Unary(operator, operand);
    }

    /** The place that an expression names, a known number of bytes from a label included, if it names one. */
    private static Expression placeOf(Expression expression) {
        if (expression instanceof Reference reference && reference.symbol().value() instanceof Place place)
            return place;
        if (expression instanceof Binary sum && sum.operator().equals("+") && sum.right() instanceof Constant offset) {
            return placeOf(sum.left()) instanceof Place place ? plus(place, offset.value()) : expression;
        }
        return expression;
    }

    static long compute(char operator, long value) {
        return switch (operator) {
            case '-' -> -value;
            case '~' -> ~value;
            case '!' -> value == 0 ? 1 : 0;
            default -> value;
        };
    }

    static long compute(String operator, long a, long b) {
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
}
