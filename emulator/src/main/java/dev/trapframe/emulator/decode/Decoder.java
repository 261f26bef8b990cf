package dev.trapframe.emulator.decode;

import dev.trapframe.emulator.isa.ControlRegisterOperand;
import dev.trapframe.emulator.isa.DebugRegisterOperand;
import dev.trapframe.emulator.isa.FarPointerOperand;
import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.ImmediateOperand;
import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.isa.InstructionForm;
import dev.trapframe.emulator.isa.InstructionTable;
import dev.trapframe.emulator.isa.MandatoryPrefix;
import dev.trapframe.emulator.isa.MemoryOperand;
import dev.trapframe.emulator.isa.OpcodeMap;
import dev.trapframe.emulator.isa.Operand;
import dev.trapframe.emulator.isa.OperandSize;
import dev.trapframe.emulator.isa.OperandSpec;
import dev.trapframe.emulator.isa.RegisterOperand;
import dev.trapframe.emulator.isa.RelativeOperand;
import dev.trapframe.emulator.isa.RepeatPrefix;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.isa.SegmentRegisterOperand;
import dev.trapframe.emulator.isa.VectorRegisterOperand;
import org.jspecify.annotations.Nullable;

/**
 * Turns bytes into an {@link Instruction}, from the instruction table.
 *
 * <p>Allocates the instruction, its operands and the result, nothing else. Not thread-safe: each processor has its own.
 *
 * <p>Source: Intel SDM Vol. 2A, "Instruction Format".
 */
public final class Decoder {

    /** More bytes than this in one instruction raise #GP(0). */
    public static final int MAX_LENGTH_BYTES = 15;

    private static final DecodeResult UNDEFINED = new DecodeResult.Undefined();
    private static final DecodeResult TOO_LONG = new DecodeResult.TooLong();

    private static final int VEX_2 = 0xC5;
    private static final int VEX_3 = 0xC4;
    private static final int EVEX = 0x62;
    /** Field mmm of EVEX: maps 0F, 0F 38, 0F 3A, and the two of half-precision numbers. */
    private static final int EVEX_MAPS = 0b110_1110;

    private static final int FIRST_REGISTER_MODRM = 0xC0;

    private static final int REX = 0x40;
    private static final int REX_W = 8;
    private static final int REX_R = 4;
    private static final int REX_X = 2;
    private static final int REX_B = 1;
    private static final int NO_BASE = 5;
    private static final int SIB_FOLLOWS = 4;
    private static final int FIRST_HIGH_BYTE = 4;

    /** Control registers that exist: 0, 2, 3, 4, 8. */
    private static final int CONTROL_REGISTERS = 0b1_0001_1101;

    private final InstructionTable table;
    private final @Nullable DecodeIndex[] indexes = new DecodeIndex[CodeMode.values().length];

    private CodeBytes bytes;
    private CodeMode mode;
    private int position;
    private long bytesLow;
    private long bytesHigh;
    private int rex;
    private boolean has66;
    private boolean has67;
    private boolean lock;
    private int repeat;
    private @Nullable SegmentRegister segmentOverride;
    private int operandSizeBytes;
    private int addressSizeBytes;
    private int opcode;
    private int modRm;
    /** The ModRM byte if it was needed to tell VEX from an instruction, else -1. */
    private int fetchedModRm;

    private int vvvv;

    /** Thrown by {@link #fetch} past the fifteenth byte; caught in {@link #decode}. */
    private static final class InstructionTooLong extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private static final InstructionTooLong INSTANCE = new InstructionTooLong();

        private InstructionTooLong() {
            super(null, null, false, false);
        }
    }

    /** A decoder for the standard table. */
    public Decoder() {
        this(InstructionTable.standard());
    }

    public Decoder(InstructionTable table) {
        this.table = table;
        this.bytes = index -> 0;
        this.mode = CodeMode.LONG_64;
    }

    /**
     * Decodes the instruction that starts at index 0 of {@code bytes}.
     *
     * @throws dev.trapframe.emulator.event.Fault what {@code bytes} throws
     */
    public DecodeResult decode(CodeBytes bytes, CodeMode mode) {
        this.bytes = bytes;
        this.mode = mode;
        position = 0;
        bytesLow = 0;
        bytesHigh = 0;
        try {
            return decodeInstruction();
        } catch (InstructionTooLong tooLong) {
            return TOO_LONG;
        }
    }

    private DecodeResult decodeInstruction() {
        int first = prefixes();
        operandSizeBytes = operandSize();
        addressSizeBytes = addressSize();
        fetchedModRm = -1;
        vvvv = 0;
        if (isVexByte(first)) {
            int second = fetch();
            if (mode == CodeMode.LONG_64 || second >= FIRST_REGISTER_MODRM) return vex(first, second);
            fetchedModRm = second;
        }
        DecodeIndex.Slot slot = slot(first);
        if (slot == null) return UNDEFINED;
        if (slot.hasModRm) modRm = fetchedModRm >= 0 ? fetchedModRm : fetch();
        else modRm = 0;
        DecodeEntry entry = slot.entry(repeat, has66, operandSizeBytes, modRm);
        while (entry != null && !entry.accepts(addressSizeBytes, (rex & REX_B) != 0)) entry = entry.next;
        if (entry == null) return UNDEFINED;
        return finish(entry);
    }

    private static boolean isVexByte(int value) {
        return value == VEX_2 || value == VEX_3 || value == EVEX;
    }

    /** Source: Intel SDM Vol. 2A, "Vector Extension (VEX)". */
    private DecodeResult vex(int first, int second) {
        if (lock || has66 || repeat != DecodeIndex.NO_REPEAT || rex != 0) return UNDEFINED;
        if (first == EVEX) return evex(second);
        int last = first == VEX_2 ? second & 0x7F : fetch();
        OpcodeMap map = first == VEX_2 ? OpcodeMap.TWO_BYTE : vexMap(second & 0x1F);
        if (map == null) return UNDEFINED;
        rex = ~second >> 5 & (first == VEX_2 ? REX_R : REX_R | REX_X | REX_B);
        vvvv = ~last >> 3 & 0xF;
        if (mode != CodeMode.LONG_64) {
            rex = 0;
            vvvv &= 7;
        }
        opcode = fetch();
        DecodeIndex.Slot slot = index().vexSlot(map, opcode);
        if (slot == null) return UNDEFINED;
        modRm = slot.hasModRm ? fetch() : 0;
        DecodeEntry entry = slot.vexEntry(last & 3, last >> 2 & 1, last >> 7, modRm);
        if (entry == null || vvvv != 0 && !entry.usesVvvv) return UNDEFINED;
        rex |= REX;
        return finish(entry);
    }

    /**
     * No EVEX-encoded instruction is emulated; this tells its length, so that a listing can go on behind it. A displacement of one byte is one byte, whatever it is
     * multiplied by.
     *
     * <p>Source: Intel SDM Vol. 2A, "Intel AVX-512 Encoding", "#UD Equations for EVEX".
     */
    private DecodeResult evex(int second) {
        int third = fetch();
        fetch();
        opcode = fetch();
        int map = second & 7;
        boolean reserved = (second & 8) != 0 || (third & 4) == 0;
        if (reserved || (EVEX_MAPS >> map & 1) == 0) return UNDEFINED;
        modRm = fetch();
        if (modRm < FIRST_REGISTER_MODRM) {
            if (addressSizeBytes == 2) memory16(0);
            else memory(0);
        }
        if (hasEvexImmediate(map)) fetch();
        return new DecodeResult.NotEmulated("an EVEX-encoded instruction", position);
    }

    /** All of map 0F 3A; of map 0F shuffles and shifts by a constant, CMP, PINSRW, PEXTRW, SHUF. */
    private boolean hasEvexImmediate(int map) {
        boolean shift = opcode >= 0x70 && opcode <= 0x73;
        boolean other = opcode == 0xC2 || opcode >= 0xC4 && opcode <= 0xC6;
        return map == 3 || map == 1 && (shift || other);
    }

    private static @Nullable OpcodeMap vexMap(int number) {
        return switch (number) {
            case 1 -> OpcodeMap.TWO_BYTE;
            case 2 -> OpcodeMap.THREE_BYTE_38;
            case 3 -> OpcodeMap.THREE_BYTE_3A;
            default -> null;
        };
    }

    /** Reads the prefixes; the byte after them. A REX prefix counts only as the last one. */
    private int prefixes() {
        rex = 0;
        has66 = false;
        has67 = false;
        lock = false;
        repeat = DecodeIndex.NO_REPEAT;
        segmentOverride = null;
        while (true) {
            int value = fetch();
            if (mode == CodeMode.LONG_64 && (value & 0xF0) == 0x40) {
                rex = value;
                continue;
            }
            if (!isLegacyPrefix(value)) return value;
            rex = 0;
        }
    }

    private boolean isLegacyPrefix(int value) {
        switch (value) {
            case 0x66 -> has66 = true;
            case 0x67 -> has67 = true;
            case 0xF0 -> lock = true;
            case 0xF2 -> repeat = DecodeIndex.F2;
            case 0xF3 -> repeat = DecodeIndex.F3;
            case 0x26, 0x2E, 0x36, 0x3E -> overrideUnless64(SegmentRegister.of(value >> 3 & 3));
            case 0x64 -> segmentOverride = SegmentRegister.FS;
            case 0x65 -> segmentOverride = SegmentRegister.GS;
            default -> {
                return false;
            }
        }
        return true;
    }

    private void overrideUnless64(SegmentRegister segment) {
        if (mode != CodeMode.LONG_64) segmentOverride = segment;
    }

    private int operandSize() {
        if ((rex & REX_W) != 0) return 8;
        return has66 ? 6 - mode.operandSizeBytes() : mode.operandSizeBytes();
    }

    private int addressSize() {
        if (!has67) return mode.addressSizeBytes();
        return mode == CodeMode.CODE_32 ? 2 : 4;
    }

    private DecodeIndex.@Nullable Slot slot(int first) {
        DecodeIndex index = index();
        opcode = first;
        if (first != 0x0F) return index.slot(OpcodeMap.ONE_BYTE, first);
        opcode = fetch();
        if (opcode != 0x38 && opcode != 0x3A) return index.slot(OpcodeMap.TWO_BYTE, opcode);
        OpcodeMap map = opcode == 0x38 ? OpcodeMap.THREE_BYTE_38 : OpcodeMap.THREE_BYTE_3A;
        opcode = fetch();
        return index.slot(map, opcode);
    }

    private DecodeIndex index() {
        DecodeIndex index = indexes[mode.ordinal()];
        if (index == null) {
            index = DecodeIndexes.of(table, mode);
            indexes[mode.ordinal()] = index;
        }
        return index;
    }

    private DecodeResult finish(DecodeEntry entry) {
        InstructionForm form = entry.form;
        OperandSpec[] specs = entry.operands;
        Operand[] operands = new Operand[specs.length];
        int width = width(form);
        if (entry.needsSib && (modRm & 7) != SIB_FOLLOWS) return UNDEFINED;
        for (int i = 0; i < specs.length; i++) {
            if (i == entry.lastOperand) continue;
            Operand operand = operand(specs[i], width);
            if (operand == null) return UNDEFINED;
            operands[i] = operand;
        }
        if (entry.lastOperand >= 0) operands[entry.lastOperand] = operand(specs[entry.lastOperand], width);
        if (entry.needsDistinct && !areDistinct(operands)) return UNDEFINED;
        if (lock && !(entry.lockable && operands[0] instanceof MemoryOperand)) return UNDEFINED;
        RepeatPrefix repeatPrefix = entry.repeatable ? repeatPrefix() : RepeatPrefix.NONE;
        return new DecodeResult.Decoded(new Instruction(
                form,
                position,
                width,
                addressSizeBytes,
                repeatPrefix,
                lock,
                segmentOverride,
                bytesLow,
                bytesHigh,
                operands));
    }

    /** Source: Intel SDM Vol. 2C, VPGATHERDD/VPGATHERQD; TDPBSSD, "Exceptions". */
    private boolean areDistinct(Operand[] operands) {
        int third = operands[1] instanceof MemoryOperand memory
                ? memory.index().ordinal()
                : ((VectorRegisterOperand) operands[1]).number();
        return regNumber() != vvvv && regNumber() != third && vvvv != third;
    }

    private int width(InstructionForm form) {
        if (form.size() != OperandSize.ANY) return form.size().bytes();
        boolean not66 = form.opcode().prefix() == MandatoryPrefix.P66 && operandSizeBytes == 2;
        return not66 ? 4 : operandSizeBytes;
    }

    private RepeatPrefix repeatPrefix() {
        return switch (repeat) {
            case DecodeIndex.F3 -> RepeatPrefix.REP;
            case DecodeIndex.F2 -> RepeatPrefix.REPNE;
            default -> RepeatPrefix.NONE;
        };
    }

    /** Null: there is no such register. */
    private @Nullable Operand operand(OperandSpec spec, int width) {
        return switch (spec.kind()) {
            case REGISTER -> register(regNumber(), spec.registerBytes());
            case RM_REGISTER -> register(modRm & 7 | rexBit(REX_B), spec.registerBytes());
            case OPCODE_REGISTER -> register(opcode & 7 | rexBit(REX_B), spec.registerBytes());
            case REGISTER_OR_MEMORY, MEMORY -> registerOrMemory(spec);
            case VVVV_REGISTER -> register(vvvv, spec.registerBytes());
            case VECTOR_REGISTER -> vector(spec, regNumber());
            case VECTOR_RM -> vector(spec, modRm & 7 | rexBit(REX_B));
            case VECTOR_OR_MEMORY -> vectorOrMemory(spec);
            case VECTOR_VVVV -> vector(spec, vvvv);
            case VECTOR_IS4 -> vector(spec, (int) unsigned(1) >> 4);
            case VECTOR_INDEXED_MEMORY -> vectorIndexed(spec);
            case FIXED_VECTOR -> vector(spec, spec.fixedRegister());
            case MEMORY_OFFSET -> memoryOffset(spec);
            case IMMEDIATE -> new ImmediateOperand(signed(spec.encodedBytes()), width);
            case UNSIGNED_IMMEDIATE -> new ImmediateOperand(unsigned(spec.encodedBytes()), spec.encodedBytes());
            case RELATIVE -> new RelativeOperand(signed(spec.encodedBytes()), spec.encodedBytes());
            case FAR_POINTER -> farPointer(spec.encodedBytes() - 2);
            case SEGMENT_REGISTER -> segmentRegister(spec);
            case CONTROL_REGISTER -> controlRegister();
            case DEBUG_REGISTER -> regNumber() < 8 ? new DebugRegisterOperand(regNumber()) : null;
            case FIXED_REGISTER ->
                new RegisterOperand(GeneralRegister.of(spec.fixedRegister()), spec.registerBytes(), false);
            case FIXED_SEGMENT_REGISTER -> new SegmentRegisterOperand(SegmentRegister.of(spec.fixedRegister()));
            case ONE -> new ImmediateOperand(1, 1);
        };
    }

    private int regNumber() {
        return modRm >> 3 & 7 | rexBit(REX_R);
    }

    /** 8 if the REX bit is set, else 0. */
    private int rexBit(int bit) {
        return (rex & bit) != 0 ? 8 : 0;
    }

    private RegisterOperand register(int number, int sizeBytes) {
        boolean highByte = sizeBytes == 1 && rex == 0 && number >= FIRST_HIGH_BYTE;
        return new RegisterOperand(
                GeneralRegister.of(highByte ? number - FIRST_HIGH_BYTE : number), sizeBytes, highByte);
    }

    private @Nullable VectorRegisterOperand vector(OperandSpec spec, int number) {
        if (spec.file().isBounded() && number >= spec.file().count()) return null;
        int last = mode == CodeMode.LONG_64 ? spec.file().count() - 1 : 7;
        return new VectorRegisterOperand(spec.file(), number & last);
    }

    private @Nullable Operand vectorOrMemory(OperandSpec spec) {
        if (modRm >= FIRST_REGISTER_MODRM) return vector(spec, modRm & 7 | rexBit(REX_B));
        return addressSizeBytes == 2 ? memory16(spec.memoryBytes()) : memory(spec.memoryBytes());
    }

    /** Null without SIB byte and with 16-bit addresses: #UD. Source: Intel SDM Vol. 2A, "Vector SIB (VSIB) Memory Addressing". */
    private @Nullable Operand vectorIndexed(OperandSpec spec) {
        if ((modRm & 7) != SIB_FOLLOWS || addressSizeBytes == 2) return null;
        int sib = fetch();
        GeneralRegister index = GeneralRegister.of(sib >> 3 & 7 | rexBit(REX_X));
        int mod = modRm >> 6;
        boolean baseless = mod == 0 && (sib & 7) == NO_BASE;
        GeneralRegister base = baseless ? null : GeneralRegister.of(sib & 7 | rexBit(REX_B));
        long displacement = baseless ? signed(4) : displacement(mod);
        return memory(base, index, 1 << (sib >> 6), displacement, false, spec.memoryBytes());
    }

    private Operand registerOrMemory(OperandSpec spec) {
        if (modRm >= FIRST_REGISTER_MODRM) return register(modRm & 7 | rexBit(REX_B), spec.registerBytes());
        return addressSizeBytes == 2 ? memory16(spec.memoryBytes()) : memory(spec.memoryBytes());
    }

    private @Nullable Operand segmentRegister(OperandSpec spec) {
        int number = modRm >> 3 & 7;
        boolean exists = number < 6 && !(spec.written() && number == SegmentRegister.CS.ordinal());
        return exists ? new SegmentRegisterOperand(SegmentRegister.of(number)) : null;
    }

    private @Nullable Operand controlRegister() {
        int number = regNumber();
        boolean exists = number < 9 && (CONTROL_REGISTERS >> number & 1) != 0;
        return exists ? new ControlRegisterOperand(number) : null;
    }

    private FarPointerOperand farPointer(int offsetBytes) {
        long offset = unsigned(offsetBytes);
        return new FarPointerOperand((int) unsigned(2), offset, offsetBytes);
    }

    private MemoryOperand memoryOffset(OperandSpec spec) {
        return memory(null, null, 1, unsigned(addressSizeBytes), false, spec.memoryBytes());
    }

    private MemoryOperand memory(int sizeBytes) {
        int mod = modRm >> 6;
        int rm = modRm & 7;
        if (rm == SIB_FOLLOWS) return scaled(mod, fetch(), sizeBytes);
        if (mod == 0 && rm == NO_BASE) return memory(null, null, 1, signed(4), mode == CodeMode.LONG_64, sizeBytes);
        GeneralRegister base = GeneralRegister.of(rm | rexBit(REX_B));
        return memory(base, null, 1, displacement(mod), false, sizeBytes);
    }

    private MemoryOperand scaled(int mod, int sib, int sizeBytes) {
        int indexNumber = sib >> 3 & 7 | rexBit(REX_X);
        GeneralRegister index = indexNumber == SIB_FOLLOWS ? null : GeneralRegister.of(indexNumber);
        int scale = index == null ? 1 : 1 << (sib >> 6);
        if (mod == 0 && (sib & 7) == NO_BASE) return memory(null, index, scale, signed(4), false, sizeBytes);
        GeneralRegister base = GeneralRegister.of(sib & 7 | rexBit(REX_B));
        return memory(base, index, scale, displacement(mod), false, sizeBytes);
    }

    private long displacement(int mod) {
        return switch (mod) {
            case 0 -> 0;
            case 1 -> signed(1);
            default -> signed(4);
        };
    }

    /** Source: Intel SDM Vol. 2A, "16-Bit Addressing Forms with the ModR/M Byte". */
    private MemoryOperand memory16(int sizeBytes) {
        int mod = modRm >> 6;
        int rm = modRm & 7;
        if (mod == 0 && rm == 6) return memory(null, null, 1, signed(2), false, sizeBytes);
        GeneralRegister base = switch (rm) {
            case 0, 1, 7 -> GeneralRegister.RBX;
            case 2, 3, 6 -> GeneralRegister.RBP;
            case 4 -> GeneralRegister.RSI;
            default -> GeneralRegister.RDI;
        };
        GeneralRegister index = rm > 3 ? null : (rm & 1) == 0 ? GeneralRegister.RSI : GeneralRegister.RDI;
        long displacement = mod == 2 ? signed(2) : displacement(mod);
        return memory(base, index, 1, displacement, false, sizeBytes);
    }

    private MemoryOperand memory(
            @Nullable GeneralRegister base,
            @Nullable GeneralRegister index,
            int scale,
            long displacement,
            boolean ripRelative,
            int sizeBytes) {
        SegmentRegister segment = segmentOverride;
        if (segment == null) {
            boolean stack = base == GeneralRegister.RSP || base == GeneralRegister.RBP;
            segment = stack ? SegmentRegister.SS : SegmentRegister.DS;
        }
        return new MemoryOperand(segment, base, index, scale, displacement, ripRelative, addressSizeBytes, sizeBytes);
    }

    private long signed(int count) {
        int shift = Long.SIZE - Byte.SIZE * count;
        return unsigned(count) << shift >> shift;
    }

    private long unsigned(int count) {
        long value = 0;
        for (int i = 0; i < count; i++) value |= (long) fetch() << Byte.SIZE * i;
        return value;
    }

    private int fetch() {
        if (position == MAX_LENGTH_BYTES) throw InstructionTooLong.INSTANCE;
        int value = bytes.byteAt(position) & 0xFF;
        if (position < Long.BYTES) bytesLow |= (long) value << Byte.SIZE * position;
        else bytesHigh |= (long) value << Byte.SIZE * (position - Long.BYTES);
        position++;
        return value;
    }
}
