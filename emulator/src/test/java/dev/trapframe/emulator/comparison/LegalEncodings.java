package dev.trapframe.emulator.comparison;

import dev.trapframe.emulator.decode.CodeMode;
import dev.trapframe.emulator.decode.Decoder;
import dev.trapframe.emulator.isa.FormAttribute;
import dev.trapframe.emulator.isa.InstructionForm;
import dev.trapframe.emulator.isa.InstructionTable;
import dev.trapframe.emulator.isa.MandatoryPrefix;
import dev.trapframe.emulator.isa.Mnemonic;
import dev.trapframe.emulator.isa.OpcodeMap;
import dev.trapframe.emulator.isa.OpcodePattern;
import dev.trapframe.emulator.isa.OperandKind;
import dev.trapframe.emulator.isa.OperandSize;
import dev.trapframe.emulator.isa.OperandSpec;
import dev.trapframe.emulator.isa.RegisterFile;
import dev.trapframe.emulator.isa.Vex;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/**
 * Makes legal encodings from the notation of the table's rows, without the assembler: all ModRM and SIB forms, displacements and
 * immediates at their boundaries, and prefixes that change nothing. The same seed makes the same encodings.
 */
final class LegalEncodings {

    private static final int[] SEGMENT_PREFIXES = {0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65};
    private static final int[] CONTROL_REGISTERS = {0, 2, 3, 4, 8};
    private static final int SIB_FOLLOWS = 4;
    private static final int NO_BASE = 5;
    private static final int DIRECT_16 = 6;
    private static final int REX = 0x40;
    private static final int REX_W = 8;
    private static final int REX_R = 4;
    private static final int REX_X = 2;
    private static final int REX_B = 1;
    private static final int MOST_EXTRA_PREFIXES = 3;

    private final InstructionTable table;
    private final CodeMode mode;
    private final boolean extraPrefixes;
    private final long seed;

    private Random random = new Random();

    private ByteArrayOutputStream code = new ByteArrayOutputStream();
    private InstructionForm form;
    private int rex;
    private int vvvv;
    private int index;
    private int modRm;
    private int addressSizeBytes;

    /** @param extraPrefixes whether to add prefixes that change nothing or that an operand does not need */
    LegalEncodings(InstructionTable table, CodeMode mode, boolean extraPrefixes, long seed) {
        this.table = table;
        this.mode = mode;
        this.extraPrefixes = extraPrefixes;
        this.seed = seed;
        form = table.forms().get(0);
    }

    /** The rows that can be encoded in the mode. Reserved NOPs are left out: binutils has names for them that the manual has not. */
    List<InstructionForm> forms() {
        FormAttribute excluded = isLong() ? FormAttribute.NO64 : FormAttribute.ONLY64;
        return table.forms().stream()
                .filter(row -> !row.has(excluded) && (isLong() || !row.opcode().rexW()))
                .filter(row -> !row.has(isLong() ? FormAttribute.A16 : FormAttribute.A64))
                .filter(row -> !(row.mnemonic() == Mnemonic.NOP && row.has(FormAttribute.DECODE)))
                .toList();
    }

    private boolean isLong() {
        return mode == CodeMode.LONG_64;
    }

    /** Some encodings of the row, of at most 15 bytes; which ones, no other row has influence on. */
    List<Encoding> of(InstructionForm row, int count) {
        form = row;
        random = new Random(
                seed * 31 + row.toString().hashCode() * 31L + row.size().ordinal());
        return Stream.generate(this::next)
                .filter(encoding -> encoding.bytes().length <= Decoder.MAX_LENGTH_BYTES)
                .limit(count)
                .toList();
    }

    /** Some encodings of each row. */
    List<Encoding> ofAll(int countOfRow) {
        return forms().stream()
                .flatMap(row -> of(row, countOfRow).stream())
                .distinct()
                .toList();
    }

    private Encoding next() {
        do {
            code = new ByteArrayOutputStream();
            encode();
        } while (isAmbiguous());
        return new Encoding(mode, HexFormat.of().formatHex(code.toByteArray()));
    }

    private void encode() {
        modRm = form.opcode().hasModRm() ? modRm() : 0;
        index = 0;
        OpcodePattern opcode = form.opcode();
        if (opcode.vex() == null) {
            rex = rex();
            prefixes().forEach(code::write);
            if (rex != 0) code.write(rex);
            for (int i = 0; i < opcode.map().escapeCount(); i++)
                code.write(opcode.map().escape(i));
        } else {
            prefixes().forEach(code::write);
            vex(opcode.vex());
        }
        code.write(opcode.opcode() | (opcode.registerInOpcode() ? opcodeRegister() : 0));
        if (opcode.hasModRm()) {
            code.write(modRm);
            if (form.operands().stream()
                    .anyMatch(spec -> spec.kind().isInRm() && spec.kind().isMemoryPossible())) address();
        }
        for (OperandSpec spec : form.operands()) {
            if (spec.kind() == OperandKind.MEMORY_OFFSET) number(addressSizeBytes);
            else if (spec.encodedBytes() > 0) number(spec.encodedBytes());
        }
    }

    /** 90 is NOP, not XCHG of RAX with itself. */
    private int opcodeRegister() {
        boolean nop = form.mnemonic() == Mnemonic.XCHG && (rex & REX_B) == 0;
        return nop ? 1 + random.nextInt(7) : random.nextInt(8);
    }

    private boolean has(OperandKind kind) {
        return form.operands().stream().anyMatch(spec -> spec.kind() == kind);
    }

    /** Two bytes or three. Outside 64-bit mode the inverted bits R and X tell VEX from LES and LDS. */
    private void vex(Vex vex) {
        rex = isLong() ? random.nextInt(8) : 0;
        boolean bounded = form.operands().stream()
                .anyMatch(spec -> spec.file() != null && spec.file().isBounded());
        if (bounded) rex &= isRegister() ? 0 : ~REX_R;
        boolean usesVvvv = form.operands().stream().anyMatch(spec -> spec.kind().isInVvvv());
        vvvv = usesVvvv ? random.nextInt(isLong() && !bounded ? 16 : 8) : 0;
        boolean general = form.operands().stream().anyMatch(spec -> spec.registerBytes() > 0 && spec.file() == null);
        boolean ignored = vex.w() < 0 || general && !bounded && !isLong();
        int w = ignored ? random.nextInt(2) : vex.w();
        int l = vex.l() >= 0 ? vex.l() : random.nextInt(2);
        int pp = List.of(MandatoryPrefix.NP, MandatoryPrefix.P66, MandatoryPrefix.PF3, MandatoryPrefix.PF2)
                .indexOf(form.opcode().prefix());
        int last = (~vvvv & 0xF) << 3 | l << 2 | pp;
        OpcodeMap map = form.opcode().map();
        if (map == OpcodeMap.TWO_BYTE && w == 0 && (rex & ~REX_R) == 0 && random.nextBoolean()) {
            code.write(0xC5);
            code.write((~rex >> 2 & 1) << 7 | last);
        } else {
            code.write(0xC4);
            code.write((~rex & 7) << 5 | map.ordinal());
            code.write(w << 7 | last);
        }
    }

    /** True if two registers are one that have to be two. */
    private boolean isAmbiguous() {
        boolean tiles = form.operands().size() == 3 && form.operands().get(0).file() == RegisterFile.TMM;
        if (!tiles && !has(OperandKind.VECTOR_INDEXED_MEMORY)) return false;
        int reg = modRm >> 3 & 7 | (rex & REX_R) << 1;
        int third = tiles ? modRm & 7 : index;
        return reg == vvvv || reg == third || vvvv == third;
    }

    private boolean isRegister() {
        return form.opcode().hasModRm() && modRm >= 0xC0;
    }

    // --- ModRM, SIB, numbers ---

    private int modRm() {
        OpcodePattern opcode = form.opcode();
        boolean sib = has(OperandKind.VECTOR_INDEXED_MEMORY) || form.has(FormAttribute.SIB);
        int rm = sib ? SIB_FOLLOWS : random.nextInt(8);
        int value = opcode.modRmValue();
        return switch (opcode.modRm()) {
            case BYTE -> value;
            case BYTE_ANY_RM -> value | rm;
            case DIGIT -> mod() << 6 | value << 3 | rm;
            default -> mod() << 6 | reg() << 3 | rm;
        };
    }

    private int mod() {
        if (has(OperandKind.MEMORY) || has(OperandKind.VECTOR_INDEXED_MEMORY)) return random.nextInt(3);
        boolean register = has(OperandKind.RM_REGISTER) || has(OperandKind.VECTOR_RM);
        boolean modIgnored = has(OperandKind.CONTROL_REGISTER) || has(OperandKind.DEBUG_REGISTER);
        return register && !(modIgnored && extraPrefixes) ? 3 : random.nextInt(4);
    }

    private int reg() {
        for (OperandSpec spec : form.operands()) {
            if (spec.kind() == OperandKind.SEGMENT_REGISTER) {
                int number = random.nextInt(6);
                return spec.written() && number == 1 ? 3 : number;
            }
            if (spec.kind() == OperandKind.CONTROL_REGISTER) return CONTROL_REGISTERS[random.nextInt(4)];
        }
        return random.nextInt(8);
    }

    private void address() {
        int mod = modRm >> 6;
        int rm = modRm & 7;
        if (mod == 3) return;
        if (addressSizeBytes == 2) {
            if (mod == 2 || mod == 0 && rm == DIRECT_16) number(2);
            else if (mod == 1) number(1);
            return;
        }
        int base = rm;
        if (rm == SIB_FOLLOWS) {
            int sib = random.nextInt(256);
            index = sib >> 3 & 7 | (rex & REX_X) << 2;
            code.write(sib);
            base = sib & 7;
        }
        if (mod == 2 || mod == 0 && base == NO_BASE) number(4);
        else if (mod == 1) number(1);
    }

    /** A number at a boundary, little-endian. */
    private void number(int sizeBytes) {
        int bits = Byte.SIZE * sizeBytes;
        long[] boundaries = {0, 1, -1, 1L << bits - 1, (1L << bits - 1) - 1, 0x7F, 0x80, -0x80, 0x1122334455667788L};
        long value = boundaries[random.nextInt(boundaries.length)];
        for (int i = 0; i < sizeBytes; i++) code.write((int) (value >> Byte.SIZE * i));
    }

    // --- prefixes ---

    private int rex() {
        if (!isLong()) return 0;
        int bits = random.nextInt(3) == 0 ? random.nextInt(8) : 0;
        if (form.has(FormAttribute.NOREXB)) bits &= ~REX_B;
        if (has(OperandKind.DEBUG_REGISTER)) bits &= ~REX_R;
        if (has(OperandKind.CONTROL_REGISTER)) bits = bits & ~REX_R | ((modRm >> 3 & 7) == 0 ? bits & REX_R : 0);
        if (form.opcode().rexW()) return REX | REX_W | bits;
        boolean widthIgnored = form.size() == OperandSize.BYTE || form.size() == OperandSize.ANY;
        if (extraPrefixes && widthIgnored && !hasSibling(OperandSize.QUADWORD) && random.nextInt(8) == 0) bits |= REX_W;
        boolean bare = extraPrefixes && random.nextInt(8) == 0;
        return bits != 0 || bare ? REX | bits : 0;
    }

    private List<Integer> prefixes() {
        List<Integer> prefixes = new ArrayList<>();
        OpcodePattern opcode = form.opcode();
        if (form.size() == OperandSize.WORD) prefixes.add(0x66);
        if (opcode.vex() == null && opcode.prefix().prefixByte() >= 0)
            prefixes.add(opcode.prefix().prefixByte());
        if (has67()) prefixes.add(0x67);
        boolean memory = form.operands().stream().anyMatch(spec -> spec.kind().isMemoryPossible());
        if (form.has(FormAttribute.LOCK) && memory && !isRegister() && random.nextInt(4) == 0) prefixes.add(0xF0);
        boolean rarely = !extraPrefixes && memory && random.nextInt(8) == 0;
        if (rarely) prefixes.add(SEGMENT_PREFIXES[4 + random.nextInt(2)]);
        if (extraPrefixes) addExtra(prefixes);
        Collections.shuffle(prefixes, random);
        return prefixes;
    }

    private boolean has67() {
        boolean override = random.nextInt(4) == 0;
        if (form.has(FormAttribute.A16)) override = true;
        if (form.has(FormAttribute.A32)) override = isLong();
        if (form.has(FormAttribute.A64)) override = false;
        if (has(OperandKind.VECTOR_INDEXED_MEMORY) && !isLong()) override = false;
        boolean used = form.operands().stream().anyMatch(spec -> spec.kind().isMemoryPossible())
                || form.has(FormAttribute.STRING)
                || form.has(FormAttribute.A16)
                || form.has(FormAttribute.A32);
        if (!used && !extraPrefixes) override = false;
        addressSizeBytes = override ? mode == CodeMode.CODE_32 ? 2 : 4 : mode.addressSizeBytes();
        return override;
    }

    private void addExtra(List<Integer> prefixes) {
        for (int i = random.nextInt(MOST_EXTRA_PREFIXES + 1); i > 0; i--) {
            switch (random.nextInt(6)) {
                case 0 -> prefixes.add(prefixes.isEmpty() ? 0x3E : prefixes.get(random.nextInt(prefixes.size())));
                case 1 -> {
                    if (isRedundant(MandatoryPrefix.P66) && !isSized()) prefixes.add(0x66);
                }
                case 2 -> addIf(isRedundant(MandatoryPrefix.PF2), 0xF2, prefixes);
                case 3 -> addIf(isRedundant(MandatoryPrefix.PF3), 0xF3, prefixes);
                default -> prefixes.add(SEGMENT_PREFIXES[random.nextInt(SEGMENT_PREFIXES.length)]);
            }
        }
    }

    private static void addIf(boolean condition, int prefix, List<Integer> prefixes) {
        if (condition) prefixes.add(prefix);
    }

    /** True if 66 chooses another row. */
    private boolean isSized() {
        if (form.size() == OperandSize.DOUBLEWORD) return true;
        return form.size() != OperandSize.QUADWORD && hasSibling(OperandSize.WORD);
    }

    private boolean hasSibling(OperandSize size) {
        return table.forms().stream().anyMatch(row -> row.size() == size && isAtSamePlace(row));
    }

    /** True if the prefix selects no other row for this opcode and ModRM byte. */
    private boolean isRedundant(MandatoryPrefix prefix) {
        if (form.opcode().prefix() != MandatoryPrefix.ANY || form.opcode().vex() != null) return false;
        for (InstructionForm row : table.forms()) {
            if (row.opcode().prefix() == prefix && isAtSamePlace(row)) return false;
        }
        return true;
    }

    private boolean isAtSamePlace(InstructionForm row) {
        OpcodePattern pattern = row.opcode();
        OpcodePattern mine = form.opcode();
        boolean sameOpcode = pattern.registerInOpcode() || mine.registerInOpcode()
                ? (pattern.opcode() & 0xF8) == (mine.opcode() & 0xF8)
                : pattern.opcode() == mine.opcode();
        boolean sameMap = pattern.map() == mine.map() && (pattern.vex() == null) == (mine.vex() == null);
        return sameMap && sameOpcode && pattern.permits(modRm);
    }
}
