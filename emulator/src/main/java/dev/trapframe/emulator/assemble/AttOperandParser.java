package dev.trapframe.emulator.assemble;

import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.Operand;
import dev.trapframe.emulator.isa.RegisterOperand;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.isa.SegmentRegisterOperand;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Parses operands of AT&T syntax. */
final class AttOperandParser implements OperandParser {

    private final ExpressionParser expressions;
    private final RegisterReader registers;
    private CodeBits bits = CodeBits.BITS_64;

    AttOperandParser(ExpressionParser expressions, RegisterReader registers) {
        this.expressions = expressions;
        this.registers = registers;
    }

    @Override
    public void bits(CodeBits newBits) {
        bits = newBits;
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
        Optional<Operand> register = registers.take(scanner);
        if (register.isEmpty()) return memory(scanner, column, null, indirect);
        if (register.get() instanceof SegmentRegisterOperand segment && scanner.take(":")) {
            return memory(scanner, column, segment.register(), indirect);
        }
        return new SourceOperand.Register(column, register.get(), indirect);
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
    private boolean opensAddress(Scanner scanner) {
        if (scanner.peek() != '(') return false;
        Scanner inside = new Scanner(scanner.text());
        inside.position(scanner.position() + 1);
        return inside.peek() == ',' || registers.isNext(inside) || isSpecial(inside);
    }

    private boolean isSpecial(Scanner scanner) {
        return registers.takeSpecial(scanner, "rip") || registers.takeSpecial(scanner, "eip");
    }

    private SourceOperand address(
            Scanner scanner,
            int column,
            @Nullable SegmentRegister segment,
            @Nullable Expression displacement,
            boolean indirect) {
        AddressRegisters address = new AddressRegisters(column, bits);
        RegisterOperand base = scanner.peek() == ',' ? null : base(scanner, address);
        if (base != null && base.sizeBytes() == 2 && base.register() == GeneralRegister.RDX && scanner.take(")")) {
            return new SourceOperand.Register(column, base, indirect);
        }
        if (base != null) address.add(base, column);
        if (scanner.take(",")) index(scanner, address);
        scanner.expect(")");
        if (address.isEmpty()) throw new SourceError(column, "base or index is missing in the parentheses");
        return address.memory(segment, displacement, 0, indirect);
    }

    /** Null if it is RIP. */
    private @Nullable RegisterOperand base(Scanner scanner, AddressRegisters address) {
        scanner.skipBlanks();
        int column = scanner.position();
        for (String name : List.of("rip", "eip")) {
            if (!registers.takeSpecial(scanner, name)) continue;
            address.instructionPointer(name.equals("rip") ? Long.BYTES : Integer.BYTES, column);
            return null;
        }
        return general(scanner);
    }

    private void index(Scanner scanner, AddressRegisters address) {
        scanner.skipBlanks();
        int column = scanner.position();
        int noIndex = 0;
        if (registers.takeSpecial(scanner, "riz")) noIndex = Long.BYTES;
        else if (registers.takeSpecial(scanner, "eiz")) noIndex = Integer.BYTES;
        RegisterOperand index =
                noIndex == 0 && scanner.peek() != ',' && scanner.peek() != ')' ? general(scanner) : null;
        int scale = scanner.take(",") && scanner.peek() != ')' ? scale(scanner) : 1;
        if (noIndex != 0) address.noIndex(noIndex, scale);
        if (index != null) address.scaled(index, scale, column);
    }

    private int scale(Scanner scanner) {
        scanner.skipBlanks();
        int column = scanner.position();
        long scale = expressions.constant(scanner, "the scale");
        if (scale == 1 || scale == 2 || scale == 4 || scale == 8) return (int) scale;
        throw new SourceError(column, "the scale is 1, 2, 4 or 8, not " + scale);
    }

    private RegisterOperand general(Scanner scanner) {
        scanner.skipBlanks();
        int column = scanner.position();
        Optional<Operand> register = registers.take(scanner);
        if (register.isPresent() && register.get() instanceof RegisterOperand general && general.sizeBytes() > 1) {
            return general;
        }
        throw new SourceError(
                column, "an address needs general registers" + (register.isEmpty() ? scanner.found() : ""));
    }
}
