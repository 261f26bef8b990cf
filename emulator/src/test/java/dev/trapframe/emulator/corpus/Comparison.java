package dev.trapframe.emulator.corpus;

import dev.trapframe.emulator.decode.CodeMode;
import dev.trapframe.emulator.decode.DecodeResult;
import dev.trapframe.emulator.decode.Decoder;
import dev.trapframe.emulator.format.Disassembler;
import dev.trapframe.emulator.format.Syntax;
import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.isa.InstructionTable;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Compares what decoder and disassembler make of a sample, by one table, with what objdump makes of it. */
final class Comparison {

    private static final int NOP = 0x90;

    private final Decoder decoder;
    private final OnPurpose onPurpose;
    private final Map<CodeMode, Disassembler> disassemblers = new EnumMap<>(CodeMode.class);

    Comparison(InstructionTable table, OnPurpose onPurpose) {
        decoder = new Decoder(table);
        this.onPurpose = onPurpose;
        for (CodeMode mode : CodeMode.values()) disassemblers.put(mode, new Disassembler(mode));
    }

    /** What differs and is not so on purpose; null: nothing. */
    @Nullable
    String difference(Sample sample) {
        byte[] bytes = sample.bytes();
        DecodeResult result = decoder.decode(index -> index < bytes.length ? bytes[index] : NOP, sample.mode());
        if (result instanceof DecodeResult.Decoded decoded) return difference(sample, decoded.instruction());
        if (!sample.known() || result instanceof DecodeResult.NotEmulated) return null;
        if (onPurpose.covers(sample, OnPurpose.What.UNDEFINED)) return null;
        return sample + ": " + result + ", objdump `" + sample.att() + "`";
    }

    private @Nullable String difference(Sample sample, Instruction instruction) {
        if (!sample.known()) {
            if (onPurpose.covers(sample, OnPurpose.What.BAD)) return null;
            return sample + ": " + instruction.form() + ", objdump (bad)";
        }
        if (instruction.lengthBytes() != sample.bytes().length) {
            return sample + ": " + instruction.lengthBytes() + " bytes of " + instruction.form();
        }
        if (sample.att().isEmpty()) return null;
        String att = disassemblers.get(sample.mode()).text(instruction, 0, Syntax.ATT);
        String intel = disassemblers.get(sample.mode()).text(instruction, 0, Syntax.INTEL);
        if (att.equals(sample.att()) && intel.equals(sample.intel())) return null;
        if (onPurpose.covers(sample, OnPurpose.What.TEXT)) return null;
        return sample + " (" + instruction.form() + "): `" + att + "` and `" + intel + "`, objdump `" + sample.att()
                + "` and `" + sample.intel() + "`";
    }
}
