package dev.trapframe.emulator.corpus;

import dev.trapframe.emulator.decode.CodeMode;
import dev.trapframe.emulator.isa.FormAttribute;
import dev.trapframe.emulator.isa.InstructionForm;
import dev.trapframe.emulator.isa.OpcodePattern;
import dev.trapframe.emulator.isa.OperandKind;
import dev.trapframe.emulator.isa.OperandSize;
import dev.trapframe.emulator.isa.OperandSpec;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * Writes encodings of rows of the table, byte by byte: ModRM, SIB, displacements and immediates at random, and prefixes that
 * change nothing, or not much. Knows neither the decoder nor the assembler, so that it can judge both.
 *
 * <p>Source: Intel SDM Vol. 2A, "Instruction Format".
 */
final class LegalEncodings {

    /** An encoding may have more bytes than this: such a one is thrown away. */
    private static final int MAX_LENGTH_BYTES = 15;

    private static final int[] EXTRA_PREFIXES = {0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65, 0x66, 0x67, 0xF2, 0xF3};
    private static final int[] DISPLACEMENTS = {0, 1, 0x7F, -0x80, 0x80, 0x12345678, -1, Integer.MIN_VALUE};
    private static final int[] CONTROL_REGISTERS_32 = {0, 2, 3, 4};
    private static final int MEMORY_MODS = 3;
    private static final int REGISTER_MOD = 3;
    private static final int SIB_FOLLOWS = 4;
    private static final int NO_BASE = 5;
    private static final int DIRECT_16 = 6;

    private final CodeMode mode;
    private final Random random;
    private final boolean extraPrefixes;

    private InstructionForm form;
    private ByteArrayOutputStream code = new ByteArrayOutputStream();
    private List<Integer> prefixes = new ArrayList<>();

    /** @param extraPrefixes false: only the prefixes that the row needs */
    LegalEncodings(CodeMode mode, Random random, boolean extraPrefixes, InstructionForm first) {
        this.mode = mode;
        this.random = random;
        this.extraPrefixes = extraPrefixes;
        this.form = first;
    }

    static boolean isIn(InstructionForm form, CodeMode mode) {
        return !form.has(mode == CodeMode.LONG_64 ? FormAttribute.NO64 : FormAttribute.ONLY64)
                && !(mode != CodeMode.LONG_64 && form.opcode().rexW());
    }

    /** One encoding of this row. */
    byte[] next(InstructionForm row) {
        form = row;
        byte[] bytes;
        do {
            code = new ByteArrayOutputStream();
            write();
            bytes = code.toByteArray();
        } while (bytes.length > MAX_LENGTH_BYTES);
        return bytes;
    }

    private void write() {
        int mod = mod();
        prefixes = required();
        boolean lockable = form.has(FormAttribute.LOCK)
                && mod != REGISTER_MOD
                && form.opcode().hasModRm();
        if (extraPrefixes) addExtra(lockable);
        Collections.shuffle(prefixes, random);
        prefixes.forEach(code::write);
        int rex = rex();
        if (rex != 0) code.write(rex);
        OpcodePattern pattern = form.opcode();
        for (int i = 0; i < pattern.map().escapeCount(); i++)
            code.write(pattern.map().escape(i));
        code.write(pattern.opcode() + (pattern.registerInOpcode() ? random.nextInt(8) : 0));
        if (pattern.hasModRm()) modRm(mod);
        for (OperandSpec spec : form.operands()) tail(spec);
    }

    private List<Integer> required() {
        List<Integer> required = new ArrayList<>();
        int defaultSize = mode == CodeMode.CODE_16 ? 2 : 4;
        OperandSize size = form.size();
        if (size == OperandSize.WORD && defaultSize == 4 || size == OperandSize.DOUBLEWORD && defaultSize == 2) {
            required.add(0x66);
        }
        int mandatory = form.opcode().prefix().prefixByte();
        if (mandatory > 0 && !required.contains(mandatory)) required.add(mandatory);
        boolean a32 = form.has(FormAttribute.A32) && mode != CodeMode.CODE_32;
        boolean a16 = form.has(FormAttribute.A16) && mode != CodeMode.CODE_16;
        if (a32 || a16) required.add(0x67);
        return required;
    }

    private void addExtra(boolean lockable) {
        if (lockable && random.nextInt(3) == 0) prefixes.add(0xF0);
        if (random.nextInt(3) == 0) return;
        int count = 1 + random.nextInt(3);
        for (int i = 0; i < count; i++) {
            boolean again = !prefixes.isEmpty() && random.nextInt(3) == 0;
            int prefix = again
                    ? prefixes.get(random.nextInt(prefixes.size()))
                    : EXTRA_PREFIXES[random.nextInt(EXTRA_PREFIXES.length)];
            if (prefixes.stream().allMatch(other -> other == prefix || group(other) != group(prefix))) {
                prefixes.add(prefix);
            }
        }
    }

    /** One prefix of a group counts; the manual leaves open which one. */
    private static int group(int prefix) {
        return switch (prefix) {
            case 0xF0 -> 0;
            case 0xF2, 0xF3 -> 1;
            case 0x66 -> 3;
            case 0x67 -> 4;
            default -> 2;
        };
    }

    private int rex() {
        if (mode != CodeMode.LONG_64) return 0;
        int needed = form.opcode().rexW() ? 0x48 : 0;
        boolean control = form.operands().stream()
                .anyMatch(spec ->
                        spec.kind() == OperandKind.CONTROL_REGISTER || spec.kind() == OperandKind.DEBUG_REGISTER);
        if (control) return needed | (random.nextBoolean() ? 0x41 : 0);
        if (random.nextInt(3) != 0) return needed;
        return needed | 0x40 | random.nextInt(form.size().isSelected() ? 8 : 16);
    }

    private int mod() {
        boolean register = false;
        boolean memory = false;
        for (OperandSpec spec : form.operands()) {
            register |= spec.kind() == OperandKind.RM_REGISTER || spec.kind() == OperandKind.REGISTER_OR_MEMORY;
            memory |= spec.kind() == OperandKind.MEMORY || spec.kind() == OperandKind.REGISTER_OR_MEMORY;
        }
        if (register && memory) return random.nextInt(REGISTER_MOD + 1);
        return memory ? random.nextInt(MEMORY_MODS) : REGISTER_MOD;
    }

    private void modRm(int mod) {
        OpcodePattern pattern = form.opcode();
        switch (pattern.modRm()) {
            case BYTE -> code.write(pattern.modRmValue());
            case BYTE_ANY_RM -> code.write(pattern.modRmValue() + random.nextInt(8));
            case DIGIT -> address(mod, pattern.modRmValue());
            default -> address(mod, reg());
        }
    }

    private int reg() {
        for (OperandSpec spec : form.operands()) {
            if (spec.kind() == OperandKind.SEGMENT_REGISTER) return segment(spec.written());
            if (spec.kind() == OperandKind.CONTROL_REGISTER)
                return CONTROL_REGISTERS_32[random.nextInt(CONTROL_REGISTERS_32.length)];
        }
        return random.nextInt(8);
    }

    private int segment(boolean written) {
        int number = random.nextInt(written ? 5 : 6);
        return written && number > 0 ? number + 1 : number;
    }

    private void address(int mod, int reg) {
        int rm = random.nextInt(8);
        code.write(mod << 6 | reg << 3 | rm);
        if (mod == REGISTER_MOD) return;
        if (addressBytes() == 2) {
            if (mod == 1) number(1, displacement());
            if (mod == 2 || mod == 0 && rm == DIRECT_16) number(2, displacement());
            return;
        }
        int base = rm;
        if (rm == SIB_FOLLOWS) {
            int sib = random.nextInt(256);
            base = sib & 7;
            code.write(sib);
        }
        if (mod == 1) number(1, displacement());
        if (mod == 2 || mod == 0 && base == NO_BASE) number(4, displacement());
    }

    private int addressBytes() {
        boolean has67 = prefixes.contains(0x67);
        return switch (mode) {
            case LONG_64 -> has67 ? 4 : 8;
            case CODE_32 -> has67 ? 2 : 4;
            case CODE_16 -> has67 ? 4 : 2;
        };
    }

    private void tail(OperandSpec spec) {
        if (spec.kind() == OperandKind.MEMORY_OFFSET)
            number(addressBytes(), 0x1122334455667788L >>> random.nextInt(64));
        else number(spec.encodedBytes(), displacement());
    }

    private long displacement() {
        return random.nextInt(8) > 0 ? DISPLACEMENTS[random.nextInt(DISPLACEMENTS.length)] : random.nextLong();
    }

    private void number(int bytes, long value) {
        for (int i = 0; i < bytes; i++) code.write((int) (value >> 8 * i));
    }
}
