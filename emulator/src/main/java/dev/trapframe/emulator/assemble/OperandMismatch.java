package dev.trapframe.emulator.assemble;

import dev.trapframe.emulator.isa.FormAttribute;
import dev.trapframe.emulator.isa.GnuRegister;
import dev.trapframe.emulator.isa.InstructionForm;
import dev.trapframe.emulator.isa.OperandKind;
import dev.trapframe.emulator.isa.OperandSpec;
import dev.trapframe.emulator.isa.RegisterOperand;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Says why operands fit no form of an instruction. */
final class OperandMismatch {

    private static final int MAX_FORMS = 8;

    private final String name;
    private final List<InstructionForm> forms;
    private final List<SourceOperand> written;
    private final boolean intel;
    private final CodeBits bits;

    /** @param written in Intel order */
    OperandMismatch(
            String name, List<InstructionForm> forms, List<SourceOperand> written, boolean intel, CodeBits bits) {
        this.name = name;
        this.forms = forms;
        this.written = written;
        this.intel = intel;
        this.bits = bits;
    }

    SourceError error() {
        Set<Integer> counts = new TreeSet<>();
        for (InstructionForm form : forms) {
            counts.add(form.operands().size());
            if (form.has(FormAttribute.SHIFT1)) counts.add(1);
        }
        if (!counts.contains(written.size())) return wrongCount(counts);
        if (memoryOperands() > 1) return atFirst("`" + name + "` takes no two memory operands" + formsText());
        SourceError indirect = wrongStar();
        if (indirect != null) return indirect;
        SourceError immediate = immediateTooLarge();
        if (immediate != null) return immediate;
        if (written.size() > 1
                && written.get(0) instanceof SourceOperand.Immediate destination
                && !takesImmediateFirst()) {
            return new SourceError(destination.column(), "`" + name + "` cannot write to an immediate" + formsText());
        }
        return atFirst("`" + name + "` does not take these operands" + sizesText() + formsText());
    }

    private SourceError wrongCount(Set<Integer> counts) {
        List<String> words = new ArrayList<>();
        for (int count : counts) words.add(count == 0 ? "no" : Integer.toString(count));
        String noun = counts.equals(Set.of(1)) ? " operand" : " operands";
        String takes = String.join(" or ", words) + noun;
        return atFirst("`" + name + "` takes " + takes + ", not " + written.size() + formsText());
    }

    private long memoryOperands() {
        return written.stream()
                .filter(operand -> operand instanceof SourceOperand.Memory)
                .count();
    }

    private boolean takesImmediateFirst() {
        return forms.stream()
                .anyMatch(form -> !form.operands().isEmpty()
                        && form.operands().get(0).kind().isImmediate());
    }

    /** AT&T syntax marks the operand of an indirect branch. */
    private SourceError wrongStar() {
        if (intel || written.size() != 1) return null;
        SourceOperand operand = written.get(0);
        boolean branch = forms.stream().anyMatch(form -> form.has(FormAttribute.INDIRECT));
        boolean star = operand instanceof SourceOperand.Register register && register.indirect()
                || operand instanceof SourceOperand.Memory memory && memory.indirect();
        if (branch && !star && !(operand instanceof SourceOperand.Immediate)) {
            return new SourceError(operand.column(), "an indirect `" + name + "` needs a `*` before its operand");
        }
        if (branch || !star) return null;
        return new SourceError(operand.column(), "`*` belongs before the operand of an indirect `jmp` or `call` only");
    }

    /** Whether 0 in the place of an immediate would fit. */
    private SourceError immediateTooLarge() {
        for (int i = 0; i < written.size(); i++) {
            if (!(written.get(i) instanceof SourceOperand.Immediate immediate)) continue;
            if (!(immediate.value() instanceof Expression.Constant constant)) continue;
            List<SourceOperand> zero = new ArrayList<>(written);
            zero.set(i, new SourceOperand.Immediate(immediate.column(), Expression.ZERO));
            int widest = 0;
            boolean extended = false;
            for (InstructionForm form : forms) {
                if (OperandMatcher.match(form, zero, bits).isEmpty()) continue;
                for (OperandSpec spec : form.operands()) {
                    if (!spec.kind().isImmediate() || spec.encodedBytes() <= widest) continue;
                    widest = spec.encodedBytes();
                    extended = spec.kind() == OperandKind.IMMEDIATE && widest < OperandMatcher.width(form, spec);
                }
            }
            if (widest == 0) continue;
            String what = "the immediate 0x" + Long.toHexString(constant.value()) + " does not fit into " + 8 * widest
                    + " bits" + (extended ? ", sign-extended" : "");
            return new SourceError(immediate.column(), what);
        }
        return null;
    }

    /** Widths of the registers, where they differ. */
    private String sizesText() {
        Set<String> sizes = new LinkedHashSet<>();
        Set<Integer> bits = new TreeSet<>();
        for (SourceOperand operand : written) {
            if (!(operand instanceof SourceOperand.Register register)) continue;
            if (!(register.operand() instanceof RegisterOperand general)) continue;
            bits.add(general.sizeBytes());
            sizes.add((intel ? "`" : "`%") + GnuRegister.name(general) + "` has " + Byte.SIZE * general.sizeBytes()
                    + " bits");
        }
        return bits.size() < 2 ? "" : " (" + String.join(", ", sizes) + ")";
    }

    private SourceError atFirst(String message) {
        int column = written.isEmpty() ? SourceError.STATEMENT : written.get(0).column();
        for (SourceOperand operand : written) column = Math.min(column, operand.column());
        return new SourceError(column, message);
    }

    /** How many of the operands fit their places. */
    private int fitting(InstructionForm form) {
        if (form.operands().size() != written.size()) return 0;
        int count = 0;
        for (int i = 0; i < written.size(); i++) {
            if (OperandMatcher.fits(form, form.operands().get(i), written.get(i))) count++;
        }
        return count;
    }

    /** The notations of the manual, destination first; those that fit best come first. */
    private String formsText() {
        Set<String> texts = new LinkedHashSet<>();
        List<InstructionForm> nearest = new ArrayList<>(forms);
        nearest.sort(Comparator.comparing(form -> -fitting(form)));
        for (InstructionForm form : nearest) {
            texts.add(String.join(
                    ", ", form.operands().stream().map(OperandSpec::notation).toList()));
        }
        texts.remove("");
        if (texts.isEmpty()) return "";
        List<String> some = new ArrayList<>(texts).subList(0, Math.min(MAX_FORMS, texts.size()));
        String order = intel || written.size() < 2 ? "" : " (in Intel order)";
        return "; forms" + order + " are: " + String.join("; ", some) + (some.size() < texts.size() ? "; ..." : "");
    }
}
