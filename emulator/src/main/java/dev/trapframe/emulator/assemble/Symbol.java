package dev.trapframe.emulator.assemble;

import org.jspecify.annotations.Nullable;

/** A name of the source. Undefined until it has a value. */
final class Symbol {

    /** Who may see a symbol; each one is stronger than those before it. */
    enum Binding {
        LOCAL,
        GLOBAL,
        WEAK
    }

    private final String name;
    private @Nullable Expression value;
    private boolean label;
    private @Nullable Origin definedAt;
    private @Nullable CommonBlock common;
    private @Nullable Statement commonAt;
    private boolean fixed;
    private final SymbolAttributes attributes;

    Symbol(String name) {
        this(name, new SymbolAttributes());
    }

    private Symbol(String name, SymbolAttributes attributes) {
        this.name = name;
        this.attributes = attributes;
    }

    /** A symbol of this name that will have another value. What was said of the name stays. */
    Symbol renewed() {
        return new Symbol(name, attributes);
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

    /** The line that gave the value; null if none did yet. */
    @Nullable
    Origin definedAt() {
        return definedAt;
    }

    void defineLabel(Location location, Origin at) {
        label = true;
        value = new Expression.Place(location);
        definedAt = at;
    }

    void set(Expression newValue, Origin at) {
        value = newValue;
        definedAt = at;
    }

    SymbolAttributes attributes() {
        return attributes;
    }

    /** A linker could replace it, so jumps to it are not shortened. */
    boolean isWeak() {
        return attributes.binding() == Binding.WEAK;
    }

    /** Null if the symbol is no common block. */
    @Nullable
    CommonBlock common() {
        return common;
    }

    /** The statement that made it one. */
    @Nullable
    Statement commonAt() {
        return commonAt;
    }

    void common(CommonBlock block, Statement at) {
        common = block;
        commonAt = at;
        definedAt = at.origin();
    }

    /** The value is for ever ({@code .equiv}). */
    boolean isFixed() {
        return fixed;
    }

    void fix() {
        fixed = true;
    }

    /** Uninitialised bytes that layout puts at the end of {@code .bss}. */
    record CommonBlock(long sizeBytes, int alignment) {}
}
