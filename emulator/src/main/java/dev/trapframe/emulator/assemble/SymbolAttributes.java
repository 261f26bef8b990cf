package dev.trapframe.emulator.assemble;

import org.jspecify.annotations.Nullable;

/** What directives say of a symbol beside its value; an ELF file has it in its symbol table. */
final class SymbolAttributes {

    private Symbol.Binding binding = Symbol.Binding.LOCAL;
    private int type;
    private int visibility;
    private @Nullable Expression size;

    Symbol.Binding binding() {
        return binding;
    }

    void binding(Symbol.Binding newBinding) {
        binding = newBinding;
    }

    /** STT_NOTYPE 0, STT_OBJECT 1, STT_FUNC 2, STT_TLS 6. */
    int type() {
        return type;
    }

    void type(int newType) {
        type = newType;
    }

    /** STV_DEFAULT 0, STV_INTERNAL 1, STV_HIDDEN 2, STV_PROTECTED 3. */
    int visibility() {
        return visibility;
    }

    void visibility(int newVisibility) {
        visibility = newVisibility;
    }

    /** Bytes; null if {@code .size} was not said. */
    @Nullable
    Expression size() {
        return size;
    }

    void size(Expression newSize) {
        size = newSize;
    }
}
