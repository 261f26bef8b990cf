package dev.trapframe.emulator.assemble;

/** An expression of the source, as far as it could not be computed at once. */
sealed interface Expression {

    record Constant(long value) implements Expression {}

    /** A symbol that is looked up at the end. */
    record Reference(Symbol symbol) implements Expression {}

    /** A place in a section: {@code .}, or a label. */
    record Place(Location location) implements Expression {}

    record Unary(char operator, Expression operand) implements Expression {}

    /** @param nodes in the tree below, this one counted */
    record Binary(String operator, Expression left, Expression right, int nodes) implements Expression {}

    Constant ZERO = new Constant(0);

    /** Nodes of a tree; what a symbol stands for does not count. */
    static int nodes(Expression expression) {
        if (expression instanceof Unary unary) return 1 + nodes(unary.operand());
        return expression instanceof Binary binary ? binary.nodes() : 1;
    }

    static boolean isConstant(Expression expression) {
        return expression instanceof Constant;
    }

    /** {@code left + right}, folded if both are known. */
    static Expression sum(Expression left, Expression right) {
        return Arithmetic.binary("+", left, right);
    }

    static Expression difference(Expression left, Expression right) {
        return Arithmetic.binary("-", left, right);
    }
}
