package dev.trapframe.emulator.format;

import dev.trapframe.emulator.isa.FormAttribute;
import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.isa.InstructionForm;
import dev.trapframe.emulator.isa.MandatoryPrefix;
import dev.trapframe.emulator.isa.MemoryOperand;
import dev.trapframe.emulator.isa.Mnemonic;
import dev.trapframe.emulator.isa.OpcodeMap;
import dev.trapframe.emulator.isa.OpcodePattern;
import dev.trapframe.emulator.isa.OperandKind;
import dev.trapframe.emulator.isa.OperandSize;
import dev.trapframe.emulator.isa.OperandSpec;
import dev.trapframe.emulator.isa.RegisterFile;
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
        boolean unlikely = has(0x2E);
        boolean likely = has(0x3E);
        if (unlikely == likely) return "";
        return likely ? ",pt" : ",pn";
    }

    private boolean has(int prefix) {
        for (int i = 0; i < encoded.prefixCount(); i++) {
            if (instruction.byteAt(i) == prefix) return true;
        }
        return false;
    }

    private String name(int index) {
        int prefix = instruction.byteAt(index);
        return switch (prefix) {
            case 0x66 -> isLast(index) && usesOperandSize() ? "" : "data16";
            case 0x67 -> isLast(index) && usesAddressSize() ? "" : longMode ? "addr32" : "addr16";
            case 0xF0 -> "lock";
            case 0xF2, 0xF3 -> repeat(index, prefix);
            case 0x26 -> segment(index, "es");
            case 0x2E -> segment(index, "cs");
            case 0x36 -> segment(index, "ss");
            case 0x3E -> segment(index, "ds");
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

    /** objdump writes no size in the name of a short branch. */
    private boolean isShortBranch() {
        return form.operands().stream()
                .anyMatch(spec -> spec.kind() == OperandKind.RELATIVE && spec.encodedBytes() == 1);
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
        if (form.has(FormAttribute.A16)) return true;
        if (form.name().startsWith("MONITOR")) return syntax == Syntax.ATT;
        if (isLoop() && instruction.addressSizeBytes() == 2) return syntax == Syntax.ATT;
        boolean offset = form.operands().stream().anyMatch(spec -> spec.kind() == OperandKind.MEMORY_OFFSET);
        if (offset) return false;
        boolean counter = form.has(FormAttribute.A32) && !(isLoop() && syntax == Syntax.INTEL);
        return hasMemory || counter || form.has(FormAttribute.STRING) || instruction.mnemonic() == Mnemonic.XLAT;
    }

    private boolean isLoop() {
        OpcodePattern pattern = form.opcode();
        return pattern.map() == OpcodeMap.ONE_BYTE
                && pattern.opcode() >= FIRST_LOOP
                && pattern.opcode() < FIRST_LOOP + 3;
    }

    private String repeat(int index, int prefix) {
        boolean isF2 = prefix == 0xF2;
        MandatoryPrefix mandatory = form.opcode().prefix();
        boolean used = mandatory == (isF2 ? MandatoryPrefix.PF2 : MandatoryPrefix.PF3);
        if (used && isLast(index)) return "";
        if (form.has(FormAttribute.BND) && isF2 && isLast(index)) return "bnd";
        if (form.has(FormAttribute.REP) && !isF2 && isLast(index)) return "rep";
        if (isElision(index, isF2)) return isF2 ? "xacquire" : "xrelease";
        return isF2 ? "repnz" : "repz";
    }

    /** Hardware lock elision: F2 and F3 on a locked instruction, on XCHG with memory, F3 on a plain store. */
    private boolean isElision(int index, boolean isF2) {
        if (!hasMemory || !isLast(index) || instruction.mnemonic() == Mnemonic.CMPXCHG16B) return false;
        if (instruction.lock()) return true;
        if (instruction.mnemonic() == Mnemonic.XCHG) return true;
        boolean store = form.encoding().matches("(REX.W \\+ )?(88|89|C6|C7) .*");
        return store && !isF2 && isLastRepeat(index);
    }

    private boolean isLastRepeat(int index) {
        for (int i = index + 1; i < encoded.prefixCount(); i++) {
            if ((instruction.byteAt(i) | 1) == 0xF3) return false;
        }
        return true;
    }

    /** The operands or the name show a segment; objdump then leaves out the last segment prefix, be it another one. */
    private boolean showsOverride() {
        boolean source = form.has(FormAttribute.STRING) && readsSource();
        if (source || instruction.mnemonic() == Mnemonic.XLAT) return true;
        return instruction.segmentOverride() != null && hasMemory || !hint().isEmpty();
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
        if (index != lastSegment()) return name;
        if (form.has(FormAttribute.NOTRACK) && has(0x3E)) return "notrack";
        return showsOverride() ? "" : name;
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
            case VECTOR_REGISTER -> spec.file() == RegisterFile.XMM ? REX_R : 0;
            case VECTOR_RM -> spec.file() == RegisterFile.XMM ? REX_B : 0;
            case VECTOR_OR_MEMORY ->
                memory && encoded.hasSib() ? REX_X | REX_B : memory || spec.file() == RegisterFile.XMM ? REX_B : 0;
            case REGISTER_OR_MEMORY, MEMORY -> memory && encoded.hasSib() ? REX_X | REX_B : REX_B;
            default -> 0;
        };
    }
}
