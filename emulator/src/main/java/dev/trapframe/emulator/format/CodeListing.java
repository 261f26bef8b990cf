package dev.trapframe.emulator.format;

import dev.trapframe.emulator.decode.CodeMode;
import dev.trapframe.emulator.decode.DecodeResult;
import dev.trapframe.emulator.decode.Decoder;
import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.isa.MemoryOperand;
import dev.trapframe.emulator.isa.Mnemonic;
import dev.trapframe.emulator.isa.RelativeOperand;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Disassembles a stretch of bytes as {@code objdump -D -b binary} does: one instruction after the other, addresses as
 * {@code 0x…}, and behind an address that is relative to RIP the address itself.
 */
public final class CodeListing {

    private static final int FIRST_X87 = 0xD8;
    private static final int LAST_X87 = 0xDF;

    private final CodeMode mode;
    private final Disassembler disassembler;
    private final Syntax syntax;
    private final Decoder decoder = new Decoder();
    /** The decoder asked for a byte behind the last. */
    private boolean isCutOff;

    /**
     * One line.
     *
     * @param address     of the first byte
     * @param lengthBytes at least 1
     * @param text        {@value Disassembler#BAD} for bytes that are no instruction, {@code .byte 0x…} for what the end
     *                    of the bytes cuts off
     */
    public record Line(long address, int lengthBytes, String text) {}

    /** @throws IllegalArgumentException if {@code bits} is neither 32 nor 64 */
    public CodeListing(int bits, Syntax syntax) {
        if (bits != 32 && bits != 64) throw new IllegalArgumentException("code has 32 or 64 bits, got " + bits);
        this.mode = bits == 64 ? CodeMode.LONG_64 : CodeMode.CODE_32;
        this.disassembler = new Disassembler(mode);
        this.syntax = syntax;
    }

    /** Hands over every line, in order. */
    public void list(byte[] code, long address, Consumer<Line> lines) {
        for (int offset = 0; offset < code.length; ) {
            Line line = line(code, offset, address + offset);
            lines.accept(line);
            offset += line.lengthBytes();
        }
    }

    private Line line(byte[] code, int offset, long address) {
        isCutOff = false;
        DecodeResult result = decoder.decode(index -> byteAt(code, offset + index), mode);
        if (isCutOff) return new Line(address, 1, String.format(".byte 0x%x", code[offset] & 0xFF));
        if (result instanceof DecodeResult.Decoded decoded) return line(decoded.instruction(), code, offset, address);
        if (result instanceof DecodeResult.NotEmulated missing) {
            return new Line(address, missing.lengthBytes(), "(" + missing.what() + ")");
        }
        return new Line(address, Math.min(code.length - offset, opcodeEnd(code, offset)), Disassembler.BAD);
    }

    private Line line(Instruction instruction, byte[] code, int offset, long address) {
        if (instruction.mnemonic() == Mnemonic.FWAIT && instruction.lengthBytes() == 1) {
            Line waiting = waiting(code, offset + 1, address);
            if (waiting != null) return waiting;
        }
        return new Line(address, instruction.lengthBytes(), text(instruction, address));
    }

    private byte byteAt(byte[] code, int index) {
        isCutOff |= index >= code.length;
        return index < code.length ? code[index] : 0;
    }

    /**
     * FWAIT and an instruction without wait behind it are one instruction of the assembler's: FSTCW is FWAIT, FNSTCW. Null:
     * another instruction follows.
     */
    private @Nullable Line waiting(byte[] code, int offset, long address) {
        if (offset >= code.length) return null;
        int first = code[offset] & 0xFF;
        if (first < FIRST_X87 || first > LAST_X87) return null;
        Line next = line(code, offset, address + 1);
        boolean hasWaiting = next.text().startsWith("fn") && !next.text().startsWith("fnop");
        if (!hasWaiting) return null;
        String operands = next.text().replaceFirst("\\S+ *", "");
        String name = next.text().split(" ", 2)[0].replaceFirst("fn", "f");
        return new Line(address, 1 + next.lengthBytes(), Disassembler.joined(name, operands));
    }

    private String text(Instruction instruction, long address) {
        String text = disassembler.text(instruction, address, syntax);
        for (int i = 0; i < instruction.operandCount(); i++) {
            if (instruction.operand(i) instanceof RelativeOperand) {
                int target = text.lastIndexOf(' ') + 1;
                return text.substring(0, target) + "0x" + text.substring(target);
            }
            if (instruction.operand(i) instanceof MemoryOperand memory && memory.ripRelative()) {
                long mask = memory.addressSizeBytes() == Long.BYTES ? -1 : 0xFFFF_FFFFL;
                long target = address + instruction.lengthBytes() + memory.displacement() & mask;
                return text + "        # 0x" + Long.toHexString(target);
            }
        }
        return text;
    }

    /** What objdump skips if there is no instruction: the prefixes and the opcode. */
    private int opcodeEnd(byte[] code, int offset) {
        int end = offset;
        while (end < code.length && isPrefix(code[end] & 0xFF)) end++;
        if (end >= code.length || code[end] != 0x0F) return end + 1 - offset;
        boolean threeBytes = end + 1 < code.length && (code[end + 1] == 0x38 || code[end + 1] == 0x3A);
        return end + (threeBytes ? 3 : 2) - offset;
    }

    private boolean isPrefix(int value) {
        return switch (value) {
            case 0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65, 0x66, 0x67, 0xF0, 0xF2, 0xF3 -> true;
            default -> mode == CodeMode.LONG_64 && (value & 0xF0) == 0x40;
        };
    }
}
