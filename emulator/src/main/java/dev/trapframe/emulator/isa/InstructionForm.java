package dev.trapframe.emulator.isa;

import java.util.List;
import java.util.Set;

/**
 * One row of the instruction table.
 *
 * @param mnemonic      what is executed; {@link Mnemonic#LISTED} if the form is only shown in listings
 * @param name          the manual's name
 * @param encoding      the manual's notation, for example {@code REX.W + 89 /r}
 * @param opcode        what that notation says
 * @param operands      in Intel order
 * @param implicitReads registers that are read without being an operand: bit n is general register n, bit 16 RFLAGS
 * @param unit          the part of the processor that has to be on
 * @param attNames      names in AT&T source; the first is the one to print
 * @param intelNames    names in Intel source; the first is the one to print
 */
public record InstructionForm(
        Mnemonic mnemonic,
        String name,
        String encoding,
        OpcodePattern opcode,
        List<OperandSpec> operands,
        int implicitReads,
        OperandSize size,
        Set<FormAttribute> attributes,
        Unit unit,
        List<GnuName> attNames,
        List<GnuName> intelNames) {

    /** Bit of RFLAGS in {@link #implicitReads} and {@link Instruction#registersRead}. */
    public static final int RFLAGS_BIT = 16;

    public InstructionForm {
        operands = List.copyOf(operands);
        attributes = Set.copyOf(attributes);
        attNames = List.copyOf(attNames);
        intelNames = List.copyOf(intelNames);
    }

    public boolean has(FormAttribute attribute) {
        return attributes.contains(attribute);
    }

    /**
     * The condition of Jcc, SETcc and CMOVcc: the low four bits of the opcode, 0 (O) to 15 (G).
     *
     * <p>Source: Intel SDM Vol. 2D, "Encoding of Conditional Test (tttn) Field".
     */
    public int condition() {
        return opcode.opcode() & 15;
    }

    /** The table's notation: encoding, mnemonic, operands. */
    @Override
    public String toString() {
        return encoding + " " + name + " "
                + String.join(", ", operands.stream().map(OperandSpec::notation).toList());
    }
}
