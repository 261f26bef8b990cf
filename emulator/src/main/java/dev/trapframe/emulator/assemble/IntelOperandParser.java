package dev.trapframe.emulator.assemble;

import dev.trapframe.emulator.isa.GnuRegister;
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

/** Parses operands of Intel syntax as GNU as takes it with {@code .intel_syntax noprefix}. */
final class IntelOperandParser implements OperandParser {

    private static final Map<String, Integer> SIZES =
            Map.of("byte", 1, "word", 2, "dword", 4, "fword", 6, "qword", 8, "tbyte", 10, "oword", 16, "xmmword", 16);

    private final ExpressionParser expressions;

    IntelOperandParser(ExpressionParser expressions) {
        this.expressions = expressions;
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
        int size = pointerSize(scanner);
        if (takeWord(scanner, "offset")) return new SourceOperand.Immediate(column, expressions.parse(scanner));
        Optional<Operand> register = takeRegister(scanner);
        if (register.isEmpty()) return addressOrValue(scanner, column, size, null);
        if (register.get() instanceof SegmentRegisterOperand segment && scanner.take(":")) {
            return addressOrValue(scanner, column, size, segment.register());
        }
        return new SourceOperand.Register(column, register.get(), false);
    }

    private static int pointerSize(Scanner scanner) {
        int start = scanner.position();
        Integer size = SIZES.get(scanner.symbol().toLowerCase(Locale.ROOT));
        if (size != null && takeWord(scanner, "ptr")) return size;
        scanner.position(start);
        return 0;
    }

    private static boolean takeWord(Scanner scanner, String word) {
        int start = scanner.position();
        if (scanner.symbol().toLowerCase(Locale.ROOT).equals(word)) return true;
        scanner.position(start);
        return false;
    }

    private static Optional<Operand> takeRegister(Scanner scanner) {
        int start = scanner.position();
        scanner.take("%");
        Optional<Operand> register = GnuRegister.find(scanner.symbol().toLowerCase(Locale.ROOT));
        if (register.isEmpty()) scanner.position(start);
        return register;
    }

    private SourceOperand addressOrValue(Scanner scanner, int column, int size, @Nullable SegmentRegister segment) {
        Expression value = scanner.peek() == '[' ? null : expressions.parse(scanner);
        Address address = new Address();
        address.displacement = value;
        boolean brackets = false;
        while (scanner.take("[")) {
            brackets = true;
            address.terms(scanner);
            scanner.expect("]");
        }
        if (!brackets
                && segment == null
                && size == 0
                && Expression.isConstant(value == null ? Expression.ZERO : value)) {
            return new SourceOperand.Immediate(column, value == null ? Expression.ZERO : value);
        }
        if (address.ripSize != 0) {
            return new SourceOperand.Memory(
                    column, segment, null, null, 1, address.displacement, true, address.ripSize, size, false, false);
        }
        if (address.base == null && address.index == null) {
            boolean bare = !brackets && segment == null && size == 0;
            return new SourceOperand.Memory(
                    column, segment, null, null, 1, address.displacement, false, 0, size, false, bare);
        }
        return AddressRegisters.memory(
                column, segment, address.base, address.index, address.scale, address.displacement, size, false);
    }

    /** What the brackets of one operand add up to. */
    private final class Address {
        private @Nullable RegisterOperand base;
        private @Nullable RegisterOperand index;
        private int scale = 1;
        private int ripSize;
        private @Nullable Expression displacement;

        void terms(Scanner scanner) {
            boolean negative = false;
            while (true) {
                term(scanner, negative);
                if (scanner.take("+")) negative = false;
                else if (scanner.take("-")) negative = true;
                else return;
            }
        }

        private void term(Scanner scanner, boolean negative) {
            scanner.skipBlanks();
            int start = scanner.position();
            for (String name : new String[] {"rip", "eip"}) {
                if (takeWord(scanner, name)) {
                    ripSize = name.equals("rip") ? 8 : 4;
                    return;
                }
            }
            Optional<Operand> register = takeRegister(scanner);
            if (register.isPresent()) {
                if (negative || !(register.get() instanceof RegisterOperand general)) {
                    throw new SourceError(start, "this register cannot be part of an address like this");
                }
                if (scanner.take("*")) scaled(general, scale(scanner), start);
                else plain(general, start);
                return;
            }
            constant(scanner, negative, start);
        }

        private void constant(Scanner scanner, boolean negative, int start) {
            int end = factorBeforeRegister(scanner.text(), start);
            if (end >= 0) {
                Scanner factor = new Scanner(scanner.text().substring(0, end));
                factor.position(start);
                int value = (int) expressions.constant(factor, "the scale");
                scanner.position(end + 1);
                if (takeRegister(scanner).orElse(null) instanceof RegisterOperand general)
                    scaled(general, value, start);
                return;
            }
            Expression value = factor(scanner);
            Expression signed = negative ? Arithmetic.unary('-', value) : value;
            if (negative && !Expression.isConstant(value)) signed = Expression.difference(Expression.ZERO, value);
            displacement = displacement == null ? signed : Expression.sum(displacement, signed);
        }

        private int scale(Scanner scanner) {
            int start = scanner.position();
            if (factor(scanner) instanceof Expression.Constant constant) return (int) constant.value();
            throw new SourceError(start, "the scale has to be a constant");
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
            int star = text.indexOf('*', start);
            if (star < 0 || !text.substring(start, star).matches("\\s*\\d+\\s*")) return -1;
            Scanner after = new Scanner(text);
            after.position(star + 1);
            return takeRegister(after).isPresent() ? star : -1;
        }

        private void plain(RegisterOperand register, int column) {
            if (base == null) base = register;
            else scaled(register, 1, column);
        }

        private void scaled(RegisterOperand register, int factor, int column) {
            if (index != null) throw new SourceError(column, "an address has one base and one index");
            index = register;
            scale = factor;
        }
    }
}
