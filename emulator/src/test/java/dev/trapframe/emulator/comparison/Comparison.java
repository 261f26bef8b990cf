package dev.trapframe.emulator.comparison;

import dev.trapframe.emulator.decode.CodeMode;
import dev.trapframe.emulator.decode.DecodeResult;
import dev.trapframe.emulator.decode.Decoder;
import dev.trapframe.emulator.format.Disassembler;
import dev.trapframe.emulator.format.Syntax;
import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.isa.InstructionTable;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Compares what a table makes of bytes with what objdump makes of them. */
final class Comparison {

    private static final int NOP = 0x90;

    private final Decoder decoder;
    private final Map<CodeMode, Disassembler> disassemblers = new EnumMap<>(CodeMode.class);
    private final OnPurpose onPurpose;
    private final List<String> differences = new ArrayList<>();

    Comparison(InstructionTable table, OnPurpose onPurpose) {
        decoder = new Decoder(table);
        this.onPurpose = onPurpose;
        for (CodeMode mode : CodeMode.values()) disassemblers.put(mode, new Disassembler(mode));
    }

    /** What differs so far, for people. */
    List<String> differences() {
        return differences;
    }

    void compare(Expected expected) {
        Encoding encoding = new Encoding(expected.mode(), expected.hex());
        text(encoding, expected.address(), expected.att(), Syntax.ATT);
        text(encoding, expected.address(), expected.intel(), Syntax.INTEL);
    }

    /** The encoding has to be an instruction of exactly its bytes, with this text. */
    void text(Encoding encoding, long address, String theirs, Syntax syntax) {
        DecodeResult result = decode(encoding);
        if (!(result instanceof DecodeResult.Decoded decoded)) {
            if (!onPurpose.permits(encoding.mode(), "-", result.toString(), theirs)) {
                differences.add(describe(encoding) + ": " + result + ", objdump `" + theirs + "`");
            }
            return;
        }
        Instruction instruction = decoded.instruction();
        length(encoding, instruction);
        String ours = disassemblers.get(encoding.mode()).text(instruction, address, syntax);
        if (ours.equals(theirs)) return;
        String mnemonic = instruction.mnemonic().name();
        if (onPurpose.permits(encoding.mode(), mnemonic, ours, theirs)) return;
        differences.add(describe(encoding) + ": `" + ours + "`, objdump `" + theirs + "`");
    }

    /** The encoding has to be an instruction of exactly its bytes. */
    void length(Encoding encoding) {
        DecodeResult result = decode(encoding);
        if (result instanceof DecodeResult.Decoded decoded) length(encoding, decoded.instruction());
        else differences.add(describe(encoding) + ": " + result);
    }

    private void length(Encoding encoding, Instruction instruction) {
        int expected = encoding.hex().length() / 2;
        if (instruction.lengthBytes() == expected) return;
        differences.add(describe(encoding) + ": " + instruction.lengthBytes() + " bytes, not " + expected);
    }

    private static String describe(Encoding encoding) {
        return encoding.mode() + " " + encoding.hex();
    }

    private DecodeResult decode(Encoding encoding) {
        byte[] bytes = encoding.bytes();
        return decoder.decode(index -> index < bytes.length ? bytes[index] : NOP, encoding.mode());
    }
}
