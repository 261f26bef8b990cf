package dev.trapframe.emulator.assemble;

import dev.trapframe.emulator.isa.Operand;
import dev.trapframe.emulator.isa.RegisterOperand;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.isa.SegmentRegisterOperand;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Parses operands of Intel syntax as GNU as takes it with {@code .intel_syntax}. */
final class IntelOperandParser implements OperandParser {

    private static final Map<String, Integer> SIZES = Map.ofEntries(
            Map.entry("byte", 1),
            Map.entry("word", 2),
            Map.entry("dword", 4),
            Map.entry("fword", 6),
            Map.entry("far", 6),
            Map.entry("qword", 8),
            Map.entry("mmword", 8),
            Map.entry("tbyte", 10),
            Map.entry("oword", 16),
            Map.entry("xmmword", 16),
            Map.entry("ymmword", 32));

    private static final int MAX_TERMS = 100;

    private final ExpressionParser expressions;
    private final RegisterReader registers;
    private CodeBits bits = CodeBits.BITS_64;

    IntelOperandParser(ExpressionParser expressions, RegisterReader registers) {
        this.expressions = expressions;
        this.registers = registers;
    }

    @Override
    public void bits(CodeBits newBits) {
        bits = newBits;
    }

    @Override
    public List<SourceOperand> parse(Scanner scanner) {
        List<SourceOperand> operands = new ArrayList<>();
        if (scanner.atEnd()) return operands;
        do {
            operands.add(operand(scanner));
        } while (scanner.take(","));
        scanner.expectEnd();
        return operands;
    }

    private SourceOperand operand(Scanner scanner) {
        scanner.skipBlanks();
        int column = scanner.position();
        if (takeWord(scanner, "short") && scanner.atEnd()) scanner.position(column);
        int size = pointerSize(scanner);
        if (takeWord(scanner, "offset")) {
            if (takeWord(scanner, "flat")) scanner.expect(":");
            return new SourceOperand.Immediate(column, expressions.parse(scanner));
        }
        Optional<Operand> register = registers.take(scanner);
        if (register.isEmpty()) return addressOrValue(scanner, column, size, null);
        if (register.get() instanceof SegmentRegisterOperand segment && scanner.take(":")) {
            return addressOrValue(scanner, column, size, segment.register());
        }
        return new SourceOperand.Register(column, register.get(), false);
    }

    private static int pointerSize(Scanner scanner) {
        int start = scanner.position();
        String word = scanner.peek() == '"' ? "" : scanner.symbol().toLowerCase(Locale.ROOT);
        Integer size = SIZES.get(word);
        if ((size != null || word.equals("near")) && takeWord(scanner, "ptr")) return size == null ? 0 : size;
        scanner.position(start);
        return 0;
    }

    private static boolean takeWord(Scanner scanner, String word) {
        int start = scanner.position();
        if (scanner.peek() != '"' && scanner.symbol().equalsIgnoreCase(word)) return true;
        scanner.position(start);
        return false;
    }

    private SourceOperand addressOrValue(
            Scanner scanner, int column, int size, @Nullable SegmentRegister segmentBefore) {
        Address address = new Address(column);
        if (scanner.peek() != '[') {
            address.displacement = expressions.parse(scanner);
            if (segmentBefore == null && scanner.take(":")) {
                return new SourceOperand.FarPointer(column, address.displacement, expressions.parse(scanner));
            }
        }
        boolean brackets = false;
        while (scanner.take("[")) {
            brackets = true;
            address.terms(scanner);
            scanner.expect("]");
        }
        Expression value = address.displacement;
        SegmentRegister segment = address.segment == null ? segmentBefore : address.segment;
        if (!brackets && segment == null && size == 0 && value instanceof Expression.Constant) {
            return new SourceOperand.Immediate(column, value);
        }
        if (address.parts.isEmpty()) {
            boolean bare = !brackets && segment == null && size == 0;
            return new SourceOperand.Memory(column, segment, null, null, 1, value, false, 0, size, false, bare);
        }
        return address.parts.memory(segment, value, size, false);
    }

    /** What the brackets of one operand add up to. */
    private final class Address {
        private final AddressRegisters parts;
        private @Nullable SegmentRegister segment;
        private @Nullable Expression displacement;

        Address(int column) {
            parts = new AddressRegisters(column, bits);
        }

        void terms(Scanner scanner) {
            boolean negative = scanner.take("-");
            for (int count = 0; ; count++) {
                if (count == MAX_TERMS) throw scanner.error("an address has at most " + MAX_TERMS + " parts");
                term(scanner, negative);
                if (scanner.take("+")) negative = false;
                else if (scanner.take("-")) negative = true;
                else return;
            }
        }

        private void term(Scanner scanner, boolean negative) {
            scanner.skipBlanks();
            int start = scanner.position();
            if (special(scanner, start)) return;
            Optional<Operand> register = registers.take(scanner);
            if (register.isEmpty()) {
                constant(scanner, negative, start);
            } else if (register.get() instanceof SegmentRegisterOperand before && scanner.take(":")) {
                segment = before.register();
                term(scanner, false);
            } else if (negative || !(register.get() instanceof RegisterOperand general) || general.sizeBytes() == 1) {
                throw new SourceError(start, "this register cannot be part of an address like this");
            } else if (scanner.take("*")) {
                parts.scaled(general, scale(scanner), start);
            } else {
                parts.add(general, start);
            }
        }

        /** RIP, and the index that is none. */
        private boolean special(Scanner scanner, int start) {
            for (String name : List.of("rip", "eip", "riz", "eiz")) {
                if (!registers.takeSpecial(scanner, name)) continue;
                int bytes = name.startsWith("r") ? Long.BYTES : Integer.BYTES;
                if (name.endsWith("p")) parts.instructionPointer(bytes, start);
                else parts.noIndex(bytes, scanner.take("*") ? scale(scanner) : 1);
                return true;
            }
            return false;
        }

        private void constant(Scanner scanner, boolean negative, int start) {
            int star = factorBeforeRegister(scanner.text(), start);
            if (star >= 0) {
                Scanner factor = new Scanner(scanner.text().substring(0, star));
                factor.position(start);
                int value = scaleOf(expressions.constant(factor, "the scale"), start);
                scanner.position(star + 1);
                if (registers.take(scanner).orElse(null) instanceof RegisterOperand general) {
                    parts.scaled(general, value, start);
                }
                return;
            }
            Expression value = factor(scanner);
            Expression signed = negative ? Arithmetic.unary('-', value) : value;
            if (negative && !Expression.isConstant(value)) signed = Expression.difference(Expression.ZERO, value);
            displacement = displacement == null ? signed : Expression.sum(displacement, signed);
        }

        private int scale(Scanner scanner) {
            int start = scanner.position();
            if (factor(scanner) instanceof Expression.Constant constant) return scaleOf(constant.value(), start);
            throw new SourceError(start, "the scale has to be a constant");
        }

        private int scaleOf(long value, int column) {
            if (value == 1 || value == 2 || value == 4 || value == 8) return (int) value;
            throw new SourceError(column, "the scale is 1, 2, 4 or 8, not " + value);
        }

        /** Everything up to the next sum sign outside of parentheses. */
        private Expression factor(Scanner scanner) {
            String text = scanner.text();
            int end = scanner.position();
            int depth = 0;
            while (end < text.length()) {
                char c = text.charAt(end);
                if (c == '(') depth++;
                if (c == ')') depth--;
                boolean sum = (c == '+' || c == '-') && end > scanner.position();
                if (c == ']' || depth == 0 && sum) break;
                end++;
            }
            Scanner part = new Scanner(text.substring(0, end));
            part.position(scanner.position());
            Expression value = expressions.parse(part);
            part.expectEnd();
            scanner.position(end);
            return value;
        }

        /** In {@code 8*rax}, where the star is; else -1. */
        private int factorBeforeRegister(String text, int start) {
            int star = start;
            while (star < text.length() && (Character.isDigit(text.charAt(star)) || text.charAt(star) == ' ')) star++;
            if (star == start || !text.startsWith("*", star)) return -1;
            Scanner after = new Scanner(text);
            after.position(star + 1);
            return registers.isNext(after) ? star : -1;
        }
    }
}
