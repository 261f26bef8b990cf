package dev.trapframe.emulator.decode;

import dev.trapframe.emulator.isa.FormAttribute;
import dev.trapframe.emulator.isa.InstructionForm;
import dev.trapframe.emulator.isa.InstructionTable;
import dev.trapframe.emulator.isa.MandatoryPrefix;
import dev.trapframe.emulator.isa.OpcodeMap;
import dev.trapframe.emulator.isa.OpcodePattern;
import dev.trapframe.emulator.isa.OperandKind;
import dev.trapframe.emulator.isa.OperandSize;
import dev.trapframe.emulator.isa.OperandSpec;
import dev.trapframe.emulator.isa.RegisterFile;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The table turned over for one mode: from opcode, prefixes, operand size and ModRM to the form. Immutable once built.
 *
 * <p>A slot is one opcode of one map. Its cells are numbered by repeat prefix (none, F3, F2), 66 prefix (no, yes), effective
 * operand size (2, 4, 8) and, if the opcode has one, the ModRM byte: eight places for memory (its reg field) and 64 for a
 * register. Opcodes after a VEX prefix have slots of their own; their cells are numbered by VEX.pp, VEX.L, VEX.W and ModRM.
 */
final class DecodeIndex {

    static final int NO_REPEAT = 0;
    static final int F3 = 1;
    static final int F2 = 2;

    private static final int OPCODES = 256;
    private static final int OPCODES_OF_REGISTERS = 8;
    private static final int REPEATS = 3;
    private static final int SIZES = 3;
    /** By VEX.pp. */
    private static final MandatoryPrefix[] VEX_PREFIXES = {
        MandatoryPrefix.NP, MandatoryPrefix.P66, MandatoryPrefix.PF3, MandatoryPrefix.PF2
    };

    private static final int VEX_ROWS = VEX_PREFIXES.length * 2 * 2;
    private static final int MEMORY_PLACES = 8;
    private static final int MODRM_PLACES = MEMORY_PLACES + 64;
    private static final int FIRST_REGISTER_MODRM = 0xC0;

    private final boolean longMode;
    private final Slot[][] slots = new Slot[OpcodeMap.values().length][OPCODES];
    private final Slot[][] vexSlots = new Slot[OpcodeMap.values().length][OPCODES];

    static final class Slot {
        final boolean hasModRm;
        private final @Nullable DecodeEntry[] cells;

        Slot(boolean hasModRm, int rows) {
            this.hasModRm = hasModRm;
            cells = new DecodeEntry[rows * (hasModRm ? MODRM_PLACES : 1)];
        }

        /** The entry for these prefixes and this ModRM byte (0 if the slot has none); null: undefined. */
        @Nullable
        DecodeEntry entry(int repeat, boolean has66, int operandSizeBytes, int modRm) {
            int row = (repeat * 2 + (has66 ? 1 : 0)) * SIZES + (operandSizeBytes >> 2);
            return cells[hasModRm ? row * MODRM_PLACES + place(modRm) : row];
        }

        /** The entry for these bits of a VEX prefix; null: undefined. */
        @Nullable
        DecodeEntry vexEntry(int pp, int l, int w, int modRm) {
            int row = (pp * 2 + l) * 2 + w;
            return cells[hasModRm ? row * MODRM_PLACES + place(modRm) : row];
        }

        private static int place(int modRm) {
            return modRm < FIRST_REGISTER_MODRM ? modRm >> 3 & 7 : MEMORY_PLACES + modRm - FIRST_REGISTER_MODRM;
        }
    }

    DecodeIndex(InstructionTable table, CodeMode mode) {
        longMode = mode == CodeMode.LONG_64;
        FormAttribute excluded = longMode ? FormAttribute.NO64 : FormAttribute.ONLY64;
        Map<Place, List<InstructionForm>> places = new LinkedHashMap<>();
        for (InstructionForm form : table.forms()) {
            if (form.has(excluded)) continue;
            OpcodePattern pattern = form.opcode();
            for (int i = 0; i < (pattern.registerInOpcode() ? OPCODES_OF_REGISTERS : 1); i++) {
                Place place = new Place(pattern.map(), pattern.opcode() + i, pattern.vex() != null);
                places.computeIfAbsent(place, unused -> new ArrayList<>()).add(form);
            }
        }
        places.forEach((place, forms) -> {
            if (place.vex) vexSlots[place.map.ordinal()][place.opcode] = vexSlot(forms);
            else slots[place.map.ordinal()][place.opcode] = slot(forms);
        });
    }

    private record Place(OpcodeMap map, int opcode, boolean vex) {}

    /** Null: no form has this opcode. */
    @Nullable
    Slot slot(OpcodeMap map, int opcode) {
        return slots[map.ordinal()][opcode];
    }

    /** Of an opcode after a VEX prefix. Null: no form has it. */
    @Nullable
    Slot vexSlot(OpcodeMap map, int opcode) {
        return vexSlots[map.ordinal()][opcode];
    }

    private Slot slot(List<InstructionForm> forms) {
        forms.sort(Comparator.comparingInt(DecodeIndex::specificity).reversed());
        List<Candidate> candidates =
                forms.stream().map(form -> Candidate.of(form, forms)).toList();
        boolean hasModRm = forms.stream().anyMatch(form -> form.opcode().hasModRm());
        Slot slot = new Slot(hasModRm, REPEATS * 2 * SIZES);
        int places = hasModRm ? MODRM_PLACES : 1;
        for (int cell = 0; cell < slot.cells.length; cell++) {
            int place = cell % places;
            int row = cell / places;
            Cell at = new Cell(row / (2 * SIZES), row / SIZES % 2 == 1, row % SIZES, modRm(place));
            slot.cells[cell] = entry(candidates, at);
        }
        return slot;
    }

    private Slot vexSlot(List<InstructionForm> forms) {
        forms.sort(Comparator.comparingInt(DecodeIndex::specificity).reversed());
        Slot slot = new Slot(forms.stream().anyMatch(form -> form.opcode().hasModRm()), VEX_ROWS);
        int places = slot.hasModRm ? MODRM_PLACES : 1;
        for (InstructionForm form : forms) {
            DecodeEntry entry = new DecodeEntry(form, null);
            boolean widthIgnored = !longMode && countsWidthAsZero(form);
            for (int cell = 0; cell < slot.cells.length; cell++) {
                boolean fits = slot.cells[cell] == null
                        && permitsVex(form, widthIgnored, cell / places)
                        && form.opcode().permits(modRm(cell % places))
                        && operandsPermit(form, modRm(cell % places));
                if (fits) slot.cells[cell] = entry;
            }
        }
        return slot;
    }

    /**
     * Outside 64-bit mode VEX.W does not make a general register one of 64 bits: W = 1 is W = 0. For opmask registers it is a
     * part of the opcode.
     */
    private static boolean countsWidthAsZero(InstructionForm form) {
        boolean general = form.operands().stream().anyMatch(spec -> spec.registerBytes() > 0 && spec.file() == null);
        return general && form.operands().stream().noneMatch(spec -> spec.file() == RegisterFile.K);
    }

    private static boolean permitsVex(InstructionForm form, boolean widthIgnored, int row) {
        if (form.opcode().prefix() != VEX_PREFIXES[row >> 2]) return false;
        return form.opcode().vex().permits(row >> 1 & 1, widthIgnored ? 0 : row & 1);
    }

    private static int modRm(int place) {
        return place < MEMORY_PLACES ? place << 3 : FIRST_REGISTER_MODRM + place - MEMORY_PLACES;
    }

    /** @param size 0, 1, 2: an effective operand size of 2, 4, 8 bytes */
    private record Cell(int repeat, boolean has66, int size, int modRm) {}

    /**
     * A form of a slot.
     *
     * @param wordSized whether 66 selects an operand size of its opcode
     * @param alone     the entry where no other form has to be tried
     */
    private record Candidate(InstructionForm form, boolean wordSized, DecodeEntry alone) {

        static Candidate of(InstructionForm form, List<InstructionForm> forms) {
            return new Candidate(form, hasWordSize(form, forms), new DecodeEntry(form, null));
        }
    }

    private @Nullable DecodeEntry entry(List<Candidate> candidates, Cell at) {
        for (int i = 0; i < candidates.size(); i++) {
            Candidate candidate = candidates.get(i);
            if (!matches(candidate.form, candidate.wordSized, at)) continue;
            if (!DecodeEntry.isConditional(candidate.form)) return candidate.alone;
            return new DecodeEntry(candidate.form, entry(candidates.subList(i + 1, candidates.size()), at));
        }
        return null;
    }

    private static int specificity(InstructionForm form) {
        OpcodePattern pattern = form.opcode();
        int prefix = pattern.prefix() == MandatoryPrefix.ANY ? 0 : pattern.prefix() == MandatoryPrefix.NP ? 1 : 2;
        int opcode = pattern.registerInOpcode() ? 0 : 1;
        int size = form.size().isSelected() ? 1 : 0;
        return ((opcode * 8 + pattern.modRm().ordinal()) * 4 + prefix) * 2 + size;
    }

    /** True if 66 selects an operand size of this form's opcode; it changes nothing if the opcode has no 16-bit form. */
    private static boolean hasWordSize(InstructionForm form, List<InstructionForm> forms) {
        OpcodePattern pattern = form.opcode();
        return forms.stream()
                .filter(other -> other.size() == OperandSize.WORD)
                .filter(other -> other.opcode().modRm() == pattern.modRm()
                        && other.opcode().modRmValue() == pattern.modRmValue()
                        && other.opcode().prefix() == pattern.prefix())
                .anyMatch(other -> sharesRm(form, other));
    }

    /** True if both forms may have memory, or both a register: RDSEED and VMPTRST are one opcode, but not one family. */
    private static boolean sharesRm(InstructionForm one, InstructionForm other) {
        boolean memory = operandsPermit(one, 0) && operandsPermit(other, 0);
        return memory || operandsPermit(one, FIRST_REGISTER_MODRM) && operandsPermit(other, FIRST_REGISTER_MODRM);
    }

    private boolean matches(InstructionForm form, boolean hasWordSize, Cell at) {
        boolean sizeSelected = form.size().isSelected();
        return matches(form.opcode().prefix(), hasWordSize, at)
                && (!sizeSelected || sizeIndex(form) == effectiveSize(hasWordSize, at))
                && form.opcode().permits(at.modRm)
                && operandsPermit(form, at.modRm);
    }

    private static boolean matches(MandatoryPrefix prefix, boolean hasWordSize, Cell at) {
        return switch (prefix) {
            case ANY -> true;
            case NP -> at.repeat == NO_REPEAT && (hasWordSize || !at.has66);
            case P66 -> at.repeat == NO_REPEAT && at.has66;
            case PF2 -> at.repeat == F2;
            case PF3 -> at.repeat == F3;
        };
    }

    /** Where 66 is mandatory or ignored it is no operand size. */
    private static int effectiveSize(boolean hasWordSize, Cell at) {
        return !hasWordSize && at.size == 0 ? 1 : at.size;
    }

    private static int sizeIndex(InstructionForm form) {
        return form.size() == OperandSize.WORD ? 0 : form.size() == OperandSize.DOUBLEWORD ? 1 : 2;
    }

    /** MOV to and from CR and DR take any ModRM.mod as 3. */
    private static boolean operandsPermit(InstructionForm form, int modRm) {
        boolean register = modRm >= FIRST_REGISTER_MODRM;
        boolean modIgnored = false;
        for (OperandSpec spec : form.operands()) {
            modIgnored |= spec.kind() == OperandKind.CONTROL_REGISTER || spec.kind() == OperandKind.DEBUG_REGISTER;
        }
        for (OperandSpec spec : form.operands()) {
            boolean memoryOnly = spec.kind() == OperandKind.MEMORY || spec.kind() == OperandKind.VECTOR_INDEXED_MEMORY;
            boolean registerOnly = spec.kind() == OperandKind.RM_REGISTER || spec.kind() == OperandKind.VECTOR_RM;
            if (memoryOnly && register) return false;
            if (registerOnly && !register && !modIgnored) return false;
        }
        return true;
    }
}
