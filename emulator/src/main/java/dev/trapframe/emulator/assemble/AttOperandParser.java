package dev.trapframe.emulator.assemble;

import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.GnuRegister;
import dev.trapframe.emulator.isa.Operand;
import dev.trapframe.emulator.isa.RegisterOperand;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.isa.SegmentRegisterOperand;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Parses operands of AT&T syntax. */
final class AttOperandParser implements OperandParser {

    private final ExpressionParser expressions;

    AttOperandParser(ExpressionParser expressions) {
        this.expressions = expressions;
    }

    /** In Intel order: the destination first. */
    @Override
    public List<SourceOperand> parse(Scanner scanner) {
        List<SourceOperand> operands = new ArrayList<>();
        if (scanner.atEnd()) return operands;
        do {
            operands.add(operand(scanner));
        } while (scanner.take(","));
        scanner.expectEnd();
        Collections.reverse(operands);
        return operands;
    }

    private SourceOperand operand(Scanner scanner) {
        scanner.skipBlanks();
        int column = scanner.position();
        if (scanner.take("$")) return new SourceOperand.Immediate(column, expressions.parse(scanner));
        boolean indirect = scanner.take("*");
        if (!scanner.startsWith("%")) return memory(scanner, column, null, indirect);
        Operand register = register(scanner);
        if (register instanceof SegmentRegisterOperand segment && scanner.take(":")) {
            return memory(scanner, column, segment.register(), indirect);
        }
        return new SourceOperand.Register(column, register, indirect);
    }

    private static Operand register(Scanner scanner) {
        int column = scanner.position();
        scanner.expect("%");
        String name = scanner.symbol().toLowerCase(Locale.ROOT);
        return GnuRegister.find(name)
                .orElseThrow(() -> new SourceError(column, "there is no register `%" + name + "`"));
    }

    private SourceOperand memory(Scanner scanner, int column, @Nullable SegmentRegister segment, boolean indirect) {
        Expression displacement = null;
        if (!opensAddress(scanner)) displacement = expressions.parse(scanner);
        if (!scanner.take("(")) {
            boolean bare = segment == null && !indirect;
            return new SourceOperand.Memory(column, segment, null, null, 1, displacement, false, 0, 0, indirect, bare);
        }
        return address(scanner, column, segment, displacement, indirect);
    }

    /** A parenthesis with a register or a comma inside is an address, any other one an expression. */
    private static boolean opensAddress(Scanner scanner) {
        if (scanner.peek() != '(') return false;
        Scanner inside = new Scanner(scanner.text());
        inside.position(scanner.position() + 1);
        return inside.peek() == '%' || inside.peek() == ',';
    }

    private SourceOperand address(
            Scanner scanner,
            int column,
            @Nullable SegmentRegister segment,
            @Nullable Expression displacement,
            boolean indirect) {
        if (isInstructionPointer(scanner)) {
            scanner.symbol();
            int size = scanner.text().charAt(scanner.position() - 3) == 'e' ? 4 : 8;
            scanner.expect(")");
            return new SourceOperand.Memory(
                    column, segment, null, null, 1, displacement, true, size, 0, indirect, false);
        }
        RegisterOperand base = scanner.peek() == '%' ? general(scanner) : null;
        RegisterOperand index = null;
        int scale = 1;
        if (scanner.take(",")) {
            if (scanner.peek() == '%') index = general(scanner);
            if (scanner.take(",")) scale = (int) expressions.constant(scanner, "the scale");
        }
        scanner.expect(")");
        if (base != null && base.sizeBytes() == 2 && base.register() == GeneralRegister.RDX && index == null) {
            return new SourceOperand.Register(column, base, indirect);
        }
        return AddressRegisters.memory(column, segment, base, index, scale, displacement, 0, indirect);
    }

    private static boolean isInstructionPointer(Scanner scanner) {
        for (String name : new String[] {"%rip", "%eip"}) {
            if (!scanner.startsWith(name)) continue;
            scanner.expect("%");
            return true;
        }
        return false;
    }

    private static RegisterOperand general(Scanner scanner) {
        scanner.skipBlanks();
        int column = scanner.position();
        if (register(scanner) instanceof RegisterOperand register && !register.highByte()) return register;
        throw new SourceError(column, "an address needs general registers");
    }
}
