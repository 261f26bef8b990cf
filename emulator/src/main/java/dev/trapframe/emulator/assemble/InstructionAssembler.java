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

    private static final String ALTERNATIVE_ENCODING = ".s";
    /** AT&T source may write the registers that these have without being told. */
    private static final Set<String> WITH_IMPLIED_REGISTERS = Set.of("MONITOR", "MONITORX", "MWAIT", "MWAITX");

    private final MnemonicTables tables;
    private final RegisterReader registers = new RegisterReader();
    private final AttOperandParser attOperands;
    private final IntelOperandParser intelOperands;
    private final ExpressionParser expressions;
    private final Sections sections;
    private FormNames names;
    private boolean intel;
    private CodeBits bits = CodeBits.BITS_64;

    InstructionAssembler(MnemonicTables tables, ExpressionParser expressions, Sections sections) {
        this.tables = tables;
        this.expressions = expressions;
        this.sections = sections;
        attOperands = new AttOperandParser(expressions, registers);
        intelOperands = new IntelOperandParser(expressions, registers);
        names = tables.names(intel, bits);
    }

    /** @param bareRegisters names of registers count without percent sign */
    void syntax(boolean intelSyntax, boolean bareRegisters) {
        intel = intelSyntax;
        registers.bareNames(bareRegisters);
        expressions.intelSyntax(intelSyntax);
        names = tables.names(intel, bits);
    }

    void bits(CodeBits newBits) {
        bits = newBits;
        registers.bits(bits);
        attOperands.bits(bits);
        intelOperands.bits(bits);
        names = tables.names(intel, bits);
    }

    /** Words that may begin an instruction. */
    Set<String> words() {
        Set<String> words = new TreeSet<>(names.all());
        words.addAll(Prefixes.words());
        return words;
    }

    boolean knows(String word) {
        return Prefixes.isPrefix(word) || !find(word).isEmpty();
    }

    private List<InstructionForm> find(String word) {
        List<InstructionForm> forms = names.find(word);
        boolean alternative = forms.isEmpty() && word.endsWith(ALTERNATIVE_ENCODING);
        return alternative ? names.find(word.substring(0, word.length() - 2)) : forms;
    }

    /** Why a word that begins no instruction here begins none; empty if there is nothing to say. */
    String elsewhere(String word) {
        CodeBits other = bits == CodeBits.BITS_64 ? CodeBits.BITS_32 : CodeBits.BITS_64;
        if (!tables.names(intel, other).find(word).isEmpty()) {
            return "exists in " + (other == CodeBits.BITS_64 ? "64" : "32") + "-bit mode only";
        }
        if (tables.names(!intel, bits).find(word).isEmpty()) return "";
        return "is a name of " + (intel ? "AT&T" : "Intel") + " syntax, this is " + (intel ? "Intel" : "AT&T")
                + " syntax";
    }

    /** One instruction with its prefixes; the scanner stands before the first word. */
    void assemble(Scanner scanner, Statement statement) {
        Prefixes prefixes = new Prefixes();
        while (scanner.take("{")) {
            prefixes.addPseudo(scanner.requiredSymbol("pseudo prefix").toLowerCase(Locale.ROOT));
            scanner.expect("}");
        }
        String name = mnemonic(scanner, prefixes);
        if (name.isEmpty()) {
            CodeBuffer alone = new CodeBuffer();
            prefixes.write(alone, 0, false, null);
            emit(alone, statement);
            return;
        }
        branchHint(name, scanner, prefixes);
        List<InstructionForm> forms = find(name);
        if (names.find(name).isEmpty()) prefixes.addPseudo("load");
        assemble(name, forms, operands(forms.get(0), scanner), prefixes, statement);
    }

    /** Empty if there are prefixes only. */
    private String mnemonic(Scanner scanner, Prefixes prefixes) {
        while (true) {
            scanner.skipBlanks();
            int column = scanner.position();
            String word = scanner.requiredSymbol("mnemonic").toLowerCase(Locale.ROOT);
            if (!Prefixes.isPrefix(word)) {
                if (!find(word).isEmpty()) return word;
                throw unknown(column, word);
            }
            prefixes.add(word, bits);
            if (scanner.atEnd()) return "";
        }
    }

    private SourceError unknown(int column, String word) {
        String elsewhere = elsewhere(word);
        return new SourceError(
                column,
                elsewhere.isEmpty()
                        ? "unknown mnemonic `" + word + "`" + Suggestion.of(word, words())
                        : "`" + word + "` " + elsewhere);
    }

    /** {@code je,pt} and {@code je,pn} of AT&T syntax. */
    private void branchHint(String name, Scanner scanner, Prefixes prefixes) {
        if (!name.startsWith("j")) return;
        if (scanner.take(",pn")) prefixes.add("cs", bits);
        else if (scanner.take(",pt")) prefixes.add("ds", bits);
    }

    private List<SourceOperand> operands(InstructionForm form, Scanner scanner) {
        List<SourceOperand> operands = (intel ? intelOperands : attOperands).parse(scanner);
        boolean keepsOrder = form.mnemonic() == Mnemonic.ENTER || form.has(FormAttribute.BOUNDORDER);
        if (!intel && keepsOrder) Collections.reverse(operands);
        boolean far = form.mnemonic() == Mnemonic.JMP_FAR || form.mnemonic() == Mnemonic.CALL_FAR;
        if (far
                && operands.size() == 2
                && operands.get(0) instanceof SourceOperand.Immediate offset
                && operands.get(1) instanceof SourceOperand.Immediate selector) {
            return List.of(new SourceOperand.FarPointer(selector.column(), selector.value(), offset.value()));
        }
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
        if (candidates.isEmpty()) throw new OperandMismatch(name, forms, written, intel, bits).error();
        List<Candidate> sized = directed(unambiguous(name, written, candidates), prefixes);
        checkPrefixes(prefixes, sized.get(0));
        if (!jump(sized, prefixes, statement)) emit(shortest(sized, prefixes), statement);
    }

    private Optional<List<SourceOperand>> match(InstructionForm form, List<SourceOperand> written, Prefixes prefixes) {
        boolean monitor = WITH_IMPLIED_REGISTERS.contains(form.name());
        boolean implicit = monitor || form.has(FormAttribute.STRING) || form.mnemonic() == Mnemonic.XLAT;
        if (!implicit || written.isEmpty()) return OperandMatcher.match(form, written, bits);
        if (!monitor && !StringOperands.fit(form, written)) return Optional.empty();
        StringOperands.apply(written, prefixes, bits);
        return Optional.of(List.of());
    }

    /** Candidates that differ in what they access in memory are ambiguous; stack and branch forms have a usual size. */
    private SourceError ambiguous(String name, List<SourceOperand> written) {
        String hint = intel ? "write BYTE, WORD, DWORD or QWORD PTR" : "add a suffix b, w, l or q to `" + name + "`";
        int column = SourceError.STATEMENT;
        for (SourceOperand operand : written) if (operand instanceof SourceOperand.Memory) column = operand.column();
        return new SourceError(column, "no operand tells the size of the operation: " + hint);
    }

    private List<Candidate> unambiguous(String name, List<SourceOperand> written, List<Candidate> candidates) {
        Set<Integer> sizes = new TreeSet<>();
        List<Candidate> usual = new ArrayList<>();
        for (Candidate candidate : candidates) {
            for (int i = 0; i < candidate.operands.size(); i++) {
                boolean unsized = candidate.operands.get(i) instanceof SourceOperand.Memory memory
                        && memory.sizeBytes() == 0
                        && candidate.form.operands().get(i).kind().isMemoryPossible();
                if (unsized) sizes.add(candidate.form.operands().get(i).memoryBytes());
            }
            if (isUsual(candidate.form)) usual.add(candidate);
        }
        if (!usual.isEmpty()) return usual;
        if (sizes.size() > 1) throw ambiguous(name, written);
        return candidates;
    }

    /** True where the mode says the size: stack operations, near branches, far pointers. */
    private boolean isUsual(InstructionForm form) {
        if (form.size() == OperandSize.QUADWORD_BY_DEFAULT) return true;
        if (bits == CodeBits.BITS_64 || form.size() != OperandSize.DOUBLEWORD) return false;
        return switch (form.mnemonic()) {
            case JMP_FAR, CALL_FAR -> form.operands().get(0).kind() == OperandKind.FAR_POINTER;
            case PUSH, POP, CALL, JMP -> true;
            default -> false;
        };
    }

    /** Those that {@code {load}} or {@code {store}} ask for, if there are any. */
    private static List<Candidate> directed(List<Candidate> candidates, Prefixes prefixes) {
        if (prefixes.direction() == Prefixes.Direction.USUAL) return candidates;
        boolean load = prefixes.direction() == Prefixes.Direction.LOAD;
        List<Candidate> wanted = new ArrayList<>();
        for (Candidate candidate : candidates) {
            List<OperandSpec> specs = candidate.form.operands();
            if (load && isTestOfRegisters(candidate)) {
                List<SourceOperand> swapped = new ArrayList<>(candidate.operands);
                Collections.reverse(swapped);
                wanted.add(new Candidate(candidate.form, swapped));
                continue;
            }
            if (specs.size() < 2 || candidate.operands.get(1) instanceof SourceOperand.Immediate) continue;
            if (specs.get(load ? 1 : 0).kind() == OperandKind.REGISTER_OR_MEMORY) wanted.add(candidate);
        }
        return wanted.isEmpty() ? candidates : wanted;
    }

    /** TEST has one form for both directions. */
    private static boolean isTestOfRegisters(Candidate candidate) {
        return candidate.form.mnemonic() == Mnemonic.TEST
                && candidate.operands.stream().allMatch(operand -> operand instanceof SourceOperand.Register);
    }

    private static void checkPrefixes(Prefixes prefixes, Candidate candidate) {
        InstructionForm form = candidate.form;
        boolean memory = !candidate.operands.isEmpty() && candidate.operands.get(0) instanceof SourceOperand.Memory;
        if (prefixes.lock() && (!memory || !form.has(FormAttribute.LOCK))) {
            throw new SourceError("`lock` is not allowed here: it needs a read-modify-write of memory");
        }
        String word = prefixes.repeatWord();
        boolean repeats = word.startsWith("rep");
        boolean padding = form.mnemonic() == Mnemonic.RET || form.mnemonic() == Mnemonic.NOP;
        if (repeats && !padding && !form.has(FormAttribute.STRING)) {
            throw new SourceError("`" + word + "` is not allowed here: it repeats string instructions");
        }
        if (word.equals("bnd") && !form.has(FormAttribute.BND)) {
            throw new SourceError("`bnd` is not allowed here: it needs a near branch");
        }
    }

    /** A branch that has a short and a long form: layout chooses. */
    private boolean jump(List<Candidate> candidates, Prefixes prefixes, Statement statement) {
        Candidate near = null;
        Candidate far = null;
        for (Candidate candidate : candidates) {
            if (candidate.form.operands().isEmpty() || !hasBranchSize(candidate.form, prefixes)) continue;
            OperandSpec target = candidate.form.operands().get(0);
            if (target.kind() != OperandKind.RELATIVE) continue;
            if (target.encodedBytes() == 1) near = candidate;
            else far = candidate;
        }
        if (near == null || far == null) return false;
        Section section = sections.current();
        SourceOperand target = near.operands.get(0);
        byte[] longOpcode = Encoder.branchOpcode(far.form, prefixes, bits);
        byte[] shortOpcode = Encoder.branchOpcode(near.form, prefixes, bits);
        int longBytes = far.form.operands().get(0).encodedBytes();
        Fragment.Jump jump = new Fragment.Jump(
                section, statement, shortOpcode, longOpcode, longBytes, Encoder.target(target), target.column());
        if (prefixes.displacementBytes() > 1) jump.makeLong();
        section.add(jump);
        return true;
    }

    /** 32-bit code has branches with a 16-bit target too; they need {@code data16}. */
    private boolean hasBranchSize(InstructionForm form, Prefixes prefixes) {
        return bits == CodeBits.BITS_64 || (form.size() == OperandSize.WORD) == prefixes.data16();
    }

    private CodeBuffer shortest(List<Candidate> candidates, Prefixes prefixes) {
        CodeBuffer best = null;
        int bestImmediate = 0;
        SourceError failure = null;
        for (Candidate candidate : candidates) {
            try {
                CodeBuffer code = Encoder.encode(candidate.form, candidate.operands, prefixes.copy(), bits);
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
                    value.column(),
                    start + value.offset(),
                    value.sizeBytes(),
                    value.expression(),
                    relativeTo,
                    value.range()));
        }
    }
}
