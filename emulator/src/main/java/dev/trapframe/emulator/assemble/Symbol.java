package dev.trapframe.emulator.assemble;

import org.jspecify.annotations.Nullable;

/** A name of the source. Undefined until it has a value. */
final class Symbol {

    private final String name;
    private @Nullable Expression value;
    private boolean label;
    private boolean weak;

    Symbol(String name) {
        this.name = name;
    }

    String name() {
        return name;
    }

    /** Null: not defined. */
    @Nullable
    Expression value() {
        return value;
    }

    boolean isDefined() {
        return value != null;
    }

    boolean isLabel() {
        return label;
    }

    void defineLabel(Location location) {
        label = true;
        value = new Expression.Place(location);
    }

    void set(Expression newValue) {
        value = newValue;
    }

    /** A linker could replace it, so jumps to it are not shortened. */
    boolean isWeak() {
        return weak;
    }

    void makeWeak() {
        weak = true;
    }
}
