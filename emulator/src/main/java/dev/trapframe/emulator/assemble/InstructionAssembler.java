package dev.trapframe.emulator.assemble;

import dev.trapframe.emulator.isa.FormAttribute;
import dev.trapframe.emulator.isa.InstructionForm;
import dev.trapframe.emulator.isa.Mnemonic;
import dev.trapframe.emulator.isa.OperandKind;
import dev.trapframe.emulator.isa.OperandSize;
import dev.trapframe.emulator.isa.OperandSpec;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Assembles one instruction: finds the forms that its operands fit, and writes the shortest one. */
final class InstructionAssembler {

    private final FormNames attNames;
    private final FormNames intelNames;
    private final AttOperandParser attOperands;
    private final IntelOperandParser intelOperands;
    private final Sections sections;
    private boolean intel;

    InstructionAssembler(FormNames attNames, FormNames intelNames, ExpressionParser expressions, Sections sections) {
        this.attNames = attNames;
        this.intelNames = intelNames;
        attOperands = new AttOperandParser(expressions);
        intelOperands = new IntelOperandParser(expressions);
        this.sections = sections;
    }

    void intelSyntax(boolean on) {
        intel = on;
    }

    /** Words that may begin an instruction. */
    Set<String> words() {
        Set<String> words = new TreeSet<>(names().all());
        words.addAll(Prefixes.words());
        return words;
    }

    private FormNames names() {
        return intel ? intelNames : attNames;
    }

    boolean knows(String word) {
        return Prefixes.isPrefix(word) || !names().find(word).isEmpty();
    }

    /** @param word the first word, lower case; the scanner stands after it */
    void assemble(String word, Scanner scanner, Statement statement) {
        Prefixes prefixes = new Prefixes();
        String name = word;
        while (Prefixes.isPrefix(name)) {
            prefixes.add(name);
            if (scanner.atEnd()) {
                CodeBuffer alone = new CodeBuffer();
                prefixes.write(alone, 0, false, null);
                emit(alone, statement);
                return;
            }
            name = scanner.requiredSymbol("mnemonic").toLowerCase(Locale.ROOT);
        }
        branchHint(name, scanner, prefixes);
        List<InstructionForm> forms = names().find(name);
        if (forms.isEmpty()) {
            throw new SourceError("unknown mnemonic `" + name + "`" + Suggestion.of(name, words()));
        }
        assemble(name, forms, operands(forms.get(0), scanner), prefixes, statement);
    }

    /** {@code je,pt} and {@code je,pn} of AT&T syntax. */
    private static void branchHint(String name, Scanner scanner, Prefixes prefixes) {
        if (!name.startsWith("j")) return;
        if (scanner.take(",pn")) prefixes.add("cs");
        else if (scanner.take(",pt")) prefixes.add("ds");
    }

    private List<SourceOperand> operands(InstructionForm form, Scanner scanner) {
        List<SourceOperand> operands = (intel ? intelOperands : attOperands).parse(scanner);
        boolean keepsOrder = form.mnemonic() == Mnemonic.ENTER || form.has(FormAttribute.BOUNDORDER);
        if (!intel && keepsOrder) Collections.reverse(operands);
        return operands;
    }

    private record Candidate(InstructionForm form, List<SourceOperand> operands) {}

    private void assemble(
            String name,
            List<InstructionForm> forms,
            List<SourceOperand> written,
            Prefixes prefixes,
            Statement statement) {
        List<Candidate> candidates = new ArrayList<>();
        for (InstructionForm form : forms) {
            match(form, written, prefixes).ifPresent(fit -> candidates.add(new Candidate(form, fit)));
        }
        if (candidates.isEmpty()) throw noMatch(name, forms, written);
        List<Candidate> sized = unambiguous(name, candidates);
        checkLock(prefixes, sized.get(0));
        if (!jump(sized, prefixes, statement)) emit(shortest(sized, prefixes), statement);
    }

    private static Optional<List<SourceOperand>> match(
            InstructionForm form, List<SourceOperand> written, Prefixes prefixes) {
        boolean monitor = form.mnemonic() == Mnemonic.MONITOR || form.mnemonic() == Mnemonic.MWAIT;
        boolean implicit = monitor || form.has(FormAttribute.STRING) || form.mnemonic() == Mnemonic.XLAT;
        if (!implicit || written.isEmpty()) return OperandMatcher.match(form, written);
        if (!monitor && !StringOperands.fit(form, written)) return Optional.empty();
        StringOperands.apply(written, prefixes);
        return Optional.of(List.of());
    }

    private SourceError noMatch(String name, List<InstructionForm> forms, List<SourceOperand> written) {
        Set<Integer> counts = new TreeSet<>();
        for (InstructionForm form : forms) counts.add(form.operands().size());
        if (!counts.contains(written.size())) {
            return new SourceError("`" + name + "` with " + written.size() + " operands does not exist");
        }
        int column = written.isEmpty() ? SourceError.STATEMENT : written.get(0).column();
        for (SourceOperand operand : written) column = Math.min(column, operand.column());
        return new SourceError(column, "`" + name + "` does not take these operands; forms are: " + notations(forms));
    }

    private static String notations(List<InstructionForm> forms) {
        Set<String> texts = new TreeSet<>();
        for (InstructionForm form : forms) {
            texts.add(String.join(
                    ", ", form.operands().stream().map(spec -> spec.notation()).toList()));
        }
        return String.join("; ", texts);
    }

    /** Candidates that differ in what they access in memory are ambiguous; stack and branch forms have a usual size. */
    private SourceError ambiguous(String name) {
        String hint = intel ? "write BYTE, WORD, DWORD or QWORD PTR" : "add a suffix b, w, l or q to `" + name + "`";
        return new SourceError("no operand tells the size of the operation: " + hint);
    }

    private List<Candidate> unambiguous(String name, List<Candidate> candidates) {
        Set<Integer> sizes = new TreeSet<>();
        List<Candidate> usual = new ArrayList<>();
        for (Candidate candidate : candidates) {
            for (int i = 0; i < candidate.operands.size(); i++) {
                boolean unsized = candidate.operands.get(i) instanceof SourceOperand.Memory memory
                        && memory.sizeBytes() == 0
                        && candidate.form.operands().get(i).kind().isMemoryPossible();
                if (unsized) sizes.add(candidate.form.operands().get(i).memoryBytes());
            }
            if (candidate.form.size() == OperandSize.QUADWORD_BY_DEFAULT) usual.add(candidate);
        }
        if (!usual.isEmpty()) return usual;
        if (sizes.size() > 1) throw ambiguous(name);
        return candidates;
    }

    private static void checkLock(Prefixes prefixes, Candidate candidate) {
        if (!prefixes.lock()) return;
        boolean memory = !candidate.operands.isEmpty() && candidate.operands.get(0) instanceof SourceOperand.Memory;
        if (!memory || !candidate.form.has(FormAttribute.LOCK)) {
            throw new SourceError("`lock` is not allowed here: it needs a read-modify-write of memory");
        }
    }

    /** A branch that has a short and a long form: layout chooses. */
    private boolean jump(List<Candidate> candidates, Prefixes prefixes, Statement statement) {
        Candidate near = null;
        Candidate far = null;
        for (Candidate candidate : candidates) {
            if (candidate.form.operands().isEmpty()) continue;
            if (candidate.form.operands().get(0).kind() != OperandKind.RELATIVE) continue;
            if (candidate.form.operands().get(0).encodedBytes() == 1) near = candidate;
            else far = candidate;
        }
        if (near == null || far == null) return false;
        Section section = sections.current();
        section.add(new Fragment.Jump(
                section,
                statement,
                Encoder.branchOpcode(near.form, prefixes),
                Encoder.branchOpcode(far.form, prefixes),
                Encoder.target(near.operands.get(0))));
        return true;
    }

    private static CodeBuffer shortest(List<Candidate> candidates, Prefixes prefixes) {
        CodeBuffer best = null;
        int bestImmediate = 0;
        SourceError failure = null;
        for (Candidate candidate : candidates) {
            try {
                CodeBuffer code = Encoder.encode(candidate.form, candidate.operands, prefixes);
                int immediate = immediateBytes(candidate.form);
                boolean shorter = best == null || code.size() < best.size();
                if (shorter || code.size() == best.size() && immediate < bestImmediate) {
                    best = code;
                    bestImmediate = immediate;
                }
            } catch (SourceError e) {
                failure = e;
            }
        }
        if (best != null) return best;
        throw failure == null ? new SourceError("no form fits") : failure;
    }

    private static int immediateBytes(InstructionForm form) {
        return form.operands().stream().mapToInt(OperandSpec::encodedBytes).sum();
    }

    private void emit(CodeBuffer code, Statement statement) {
        Fragment.Bytes open = sections.current().open();
        int start = open.size();
        open.append(code.bytes());
        for (CodeBuffer.Value value : code.values()) {
            int relativeTo = value.relative() ? start + code.size() : -1;
            open.add(new Fixup(
                    statement,
                    start + value.offset(),
                    value.sizeBytes(),
                    value.expression(),
                    relativeTo,
                    value.range()));
        }
    }
}
