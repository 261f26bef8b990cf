package dev.trapframe.emulator.format;

import dev.trapframe.emulator.isa.FormAttribute;
import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.isa.InstructionForm;
import dev.trapframe.emulator.isa.MandatoryPrefix;
import dev.trapframe.emulator.isa.MemoryOperand;
import dev.trapframe.emulator.isa.Mnemonic;
import dev.trapframe.emulator.isa.OperandKind;
import dev.trapframe.emulator.isa.OperandSize;
import dev.trapframe.emulator.isa.OperandSpec;
import dev.trapframe.emulator.isa.RegisterOperand;

/** Writes the prefixes that neither mnemonic nor operands show, in the order of the bytes, as GNU objdump does. */
final class PrefixWriter {

    private static final int REX_W = 8;
    private static final int REX_R = 4;
    private static final int REX_X = 2;
    private static final int REX_B = 1;
    /** Opcode of LOOPNE; LOOPE and LOOP follow. */
    private static final int FIRST_LOOP = 0xE0;

    private static final int FIRST_HIGH_BYTE = 4;

    private final Instruction instruction;
    private final InstructionForm form;
    private final Encoded encoded;
    private final boolean longMode;
    private final boolean hasMemory;
    private final Syntax syntax;

    PrefixWriter(Instruction instruction, Encoded encoded, boolean longMode, Syntax syntax) {
        this.syntax = syntax;
        this.instruction = instruction;
        this.form = instruction.form();
        this.encoded = encoded;
        this.longMode = longMode;
        hasMemory = instruction.operands().stream().anyMatch(MemoryOperand.class::isInstance);
    }

    String text() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < encoded.prefixCount(); i++) {
            String name = name(i);
            if (!name.isEmpty()) text.append(name).append(' ');
        }
        return text.toString();
    }

    /** Suffix of a conditional jump that a segment prefix makes a hint. */
    String hint() {
        if (!form.has(FormAttribute.HINT) || syntax == Syntax.INTEL) return "";
        for (int i = encoded.prefixCount() - 1; i >= 0; i--) {
            if (instruction.byteAt(i) == 0x2E) return ",pn";
            if (instruction.byteAt(i) == 0x3E) return ",pt";
        }
        return "";
    }

    private String name(int index) {
        int prefix = instruction.byteAt(index);
        return switch (prefix) {
            case 0x66 -> isLast(index) && usesOperandSize() ? "" : "data16";
            case 0x67 -> isLast(index) && usesAddressSize() ? "" : longMode ? "addr32" : "addr16";
            case 0xF0 -> "lock";
            case 0xF2, 0xF3 -> repeat(index, prefix);
            case 0x26 -> ignoredSegment(index, "es");
            case 0x2E -> ignoredSegment(index, "cs");
            case 0x36 -> ignoredSegment(index, "ss");
            case 0x3E -> ignoredSegment(index, "ds");
            case 0x64 -> segment(index, "fs");
            case 0x65 -> segment(index, "gs");
            default -> rex(index, prefix);
        };
    }

    private boolean isLast(int index) {
        for (int i = index + 1; i < encoded.prefixCount(); i++) {
            if (instruction.byteAt(i) == instruction.byteAt(index)) return false;
        }
        return true;
    }

    private boolean usesOperandSize() {
        boolean word = form.size() == OperandSize.WORD && !isSelectorInMemory() && !isShortBranch();
        return word || form.opcode().prefix() == MandatoryPrefix.P66;
    }

    /** Of branches with a byte of displacement objdump writes the prefix, not the size. */
    private boolean isShortBranch() {
        return instruction.operandCount() == 1
                && form.operands().get(0).kind() == OperandKind.RELATIVE
                && form.operands().get(0).encodedBytes() == 1;
    }

    /** MOV of a segment register, SLDT, STR, SMSW store 16 bits in memory whatever the operand size. */
    private boolean isSelectorInMemory() {
        boolean fixed = false;
        for (int i = 0; i < instruction.operandCount(); i++) {
            if (instruction.operand(i) instanceof RegisterOperand) return false;
            OperandSpec spec = form.operands().get(i);
            fixed |= spec.kind() == OperandKind.REGISTER_OR_MEMORY
                    && spec.memoryBytes() == 2
                    && spec.notation().indexOf('/') != 1;
        }
        return fixed && hasMemory;
    }

    /** Far branches through memory show REX.W in their AT&T name only. */
    private boolean usesRexW() {
        boolean shown = syntax == Syntax.ATT || !form.has(FormAttribute.INDIRECT);
        boolean nop = instruction.mnemonic() == Mnemonic.NOP && instruction.operandCount() == 0;
        return form.size() == OperandSize.QUADWORD && !isSelectorInMemory() && shown && !nop;
    }

    private boolean usesAddressSize() {
        boolean loop = form.opcode().opcode() >= FIRST_LOOP && form.opcode().opcode() < FIRST_LOOP + 3;
        boolean counter = form.has(FormAttribute.A32) || form.has(FormAttribute.A16);
        if (counter) return !(loop && syntax == Syntax.INTEL);
        if (form.operands().stream().anyMatch(spec -> spec.kind() == OperandKind.MEMORY_OFFSET)) return false;
        boolean implied = instruction.mnemonic() == Mnemonic.XLAT
                || instruction.mnemonic() == Mnemonic.MONITOR && syntax == Syntax.ATT;
        return hasMemory || form.has(FormAttribute.STRING) || implied;
    }

    private String repeat(int index, int prefix) {
        boolean isF2 = prefix == 0xF2;
        MandatoryPrefix mandatory = form.opcode().prefix();
        boolean used = mandatory == (isF2 ? MandatoryPrefix.PF2 : MandatoryPrefix.PF3);
        if (!isLast(index)) return isF2 ? "repnz" : "repz";
        if (used) return "";
        if (form.has(FormAttribute.BND) && isF2) return "bnd";
        if (form.has(FormAttribute.REP) && !isF2) return "rep";
        if (isElision(isF2)) return isF2 ? "xacquire" : "xrelease";
        return isF2 ? "repnz" : "repz";
    }

    /** Hardware lock elision: F2 and F3 on a locked instruction, on XCHG with memory, F3 on a plain store. */
    private boolean isElision(boolean isF2) {
        if (!hasMemory || instruction.mnemonic() == Mnemonic.CMPXCHG16B) return false;
        if (instruction.lock()) return true;
        if (instruction.mnemonic() == Mnemonic.XCHG) return true;
        boolean store = form.encoding().matches("(REX.W \\+ )?(88|89|C6|C7) .*");
        return store && !isF2;
    }

    private String ignoredSegment(int index, String name) {
        int prefix = instruction.byteAt(index);
        boolean hinted = form.has(FormAttribute.HINT) && syntax == Syntax.ATT;
        if (hinted && (prefix == 0x2E || prefix == 0x3E) && isLast(index)) return "";
        if (form.has(FormAttribute.NOTRACK) && prefix == 0x3E && isLast(index)) return "notrack";
        return segment(index, name);
    }

    /** The operands show the override that counts; objdump then leaves out the last segment prefix, be it another one. */
    private boolean showsOverride() {
        boolean source = form.has(FormAttribute.STRING) && readsSource();
        if (source || instruction.mnemonic() == Mnemonic.XLAT) return true;
        return instruction.segmentOverride() != null && hasMemory;
    }

    private boolean readsSource() {
        return (form.implicitReads() & 1 << GeneralRegister.RSI.ordinal()) != 0;
    }

    private int lastSegment() {
        for (int i = encoded.prefixCount() - 1; i >= 0; i--) {
            switch (instruction.byteAt(i)) {
                case 0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65 -> {
                    return i;
                }
                default -> {
                    // another prefix
                }
            }
        }
        return -1;
    }

    private String segment(int index, String name) {
        return index == lastSegment() && showsOverride() ? "" : name;
    }

    private String rex(int index, int prefix) {
        boolean last = index == encoded.prefixCount() - 1;
        if (last && unused(prefix) == 0) return "";
        String bits = ((prefix & REX_W) != 0 ? "W" : "")
                + ((prefix & REX_R) != 0 ? "R" : "")
                + ((prefix & REX_X) != 0 ? "X" : "")
                + ((prefix & REX_B) != 0 ? "B" : "");
        return bits.isEmpty() ? "rex" : "rex." + bits;
    }

    /** Bits of the REX prefix that change nothing; 0x40 if it has none and chooses no byte register. */
    private int unused(int prefix) {
        int used = usesRexW() ? REX_W : 0;
        boolean byteRegister = false;
        for (int i = 0; i < instruction.operandCount(); i++) {
            OperandSpec spec = form.operands().get(i);
            used |= usedBits(spec, instruction.operand(i) instanceof MemoryOperand);
            byteRegister |= instruction.operand(i) instanceof RegisterOperand register
                    && register.sizeBytes() == 1
                    && register.register().ordinal() >= FIRST_HIGH_BYTE
                    && spec.kind() != OperandKind.FIXED_REGISTER;
        }
        int bits = prefix & 0xF;
        if (bits == 0) return byteRegister ? 0 : 0x40;
        return bits & ~used;
    }

    private int usedBits(OperandSpec spec, boolean memory) {
        return switch (spec.kind()) {
            case REGISTER, CONTROL_REGISTER, DEBUG_REGISTER -> REX_R;
            case RM_REGISTER, OPCODE_REGISTER -> REX_B;
            case REGISTER_OR_MEMORY, MEMORY -> memory && encoded.hasSib() ? REX_X | REX_B : REX_B;
            default -> 0;
        };
    }
}
