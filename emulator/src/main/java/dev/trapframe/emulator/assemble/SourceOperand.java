package dev.trapframe.emulator.assemble;

import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.Operand;
import dev.trapframe.emulator.isa.SegmentRegister;
import org.jspecify.annotations.Nullable;

/** An operand as written, its expressions not computed. */
sealed interface SourceOperand {

    /** Where it starts in the statement, for error messages. */
    int column();

    /**
     * @param operand  a general, segment, control or debug register
     * @param indirect with the star of AT&T syntax
     */
    record Register(int column, Operand operand, boolean indirect) implements SourceOperand {}

    record Immediate(int column, Expression value) implements SourceOperand {}

    /** {@code $selector, $offset} of AT&T syntax, {@code selector:offset} of Intel syntax. */
    record FarPointer(int column, Expression selector, Expression offset) implements SourceOperand {}

    /**
     * @param segment          null if none is written
     * @param index            RSP for {@code riz} and {@code eiz}: a SIB byte without index
     * @param displacement     null if none is written
     * @param addressSizeBytes of base and index; 0 if there is neither
     * @param sizeBytes        what {@code DWORD PTR} says; 0 if nothing does
     * @param indirect         with the star of AT&T syntax
     * @param bare             only a displacement, so that it may be the target of a branch
     */
    record Memory(
            int column,
            @Nullable SegmentRegister segment,
            @Nullable GeneralRegister base,
            @Nullable GeneralRegister index,
            int scale,
            @Nullable Expression displacement,
            boolean ripRelative,
            int addressSizeBytes,
            int sizeBytes,
            boolean indirect,
            boolean bare)
            implements SourceOperand {

        /** Neither base nor index nor RIP. */
        boolean isAbsolute() {
            return base == null && index == null && !ripRelative;
        }

        /** What {@code index} is for {@code riz}. */
        static final GeneralRegister NO_INDEX = GeneralRegister.RSP;
    }
}
