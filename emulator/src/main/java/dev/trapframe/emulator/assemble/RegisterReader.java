package dev.trapframe.emulator.assemble;

import dev.trapframe.emulator.isa.ControlRegisterOperand;
import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.GnuRegister;
import dev.trapframe.emulator.isa.Operand;
import dev.trapframe.emulator.isa.RegisterOperand;
import dev.trapframe.emulator.isa.VectorRegisterOperand;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Reads the names of registers, with percent sign or bare. */
final class RegisterReader {

    private static final List<GeneralRegister> WITHOUT_LOW_BYTE =
            List.of(GeneralRegister.RSP, GeneralRegister.RBP, GeneralRegister.RSI, GeneralRegister.RDI);

    private boolean bare;
    private CodeBits bits = CodeBits.BITS_64;

    /** @param on names count without percent sign ({@code noprefix}) */
    void bareNames(boolean on) {
        bare = on;
    }

    void bits(CodeBits newBits) {
        bits = newBits;
    }

    /** True if a register is next. */
    boolean isNext(Scanner scanner) {
        if (scanner.peek() == '%') return true;
        return bare && GnuRegister.find(word(scanner)).isPresent();
    }

    /** True if this word is next, with percent sign or bare: for names that are no operands, as {@code rip}. */
    boolean takeSpecial(Scanner scanner, String name) {
        scanner.skipBlanks();
        int start = scanner.position();
        boolean percent = scanner.take("%");
        if ((percent || bare) && scanner.symbol().equalsIgnoreCase(name)) return true;
        scanner.position(start);
        return false;
    }

    private static String word(Scanner scanner) {
        int start = scanner.position();
        String word = scanner.peek() == '"' ? "" : scanner.symbol().toLowerCase(Locale.ROOT);
        scanner.position(start);
        return word;
    }

    /**
     * The register that is next; empty, and nothing is taken, if a bare word is none.
     *
     * @throws SourceError after a percent sign, if there is no such register, or not in this mode
     */
    Optional<Operand> take(Scanner scanner) {
        scanner.skipBlanks();
        int start = scanner.position();
        boolean percent = scanner.take("%");
        if (!percent && !bare) return Optional.empty();
        String name = scanner.peek() == '"' ? "" : scanner.symbol().toLowerCase(Locale.ROOT);
        Optional<Operand> register = GnuRegister.find(name);
        if (register.isEmpty()) {
            if (percent) throw unknown(start, name);
            scanner.position(start);
            return Optional.empty();
        }
        if (name.equals("st")) register = stackElement(scanner, register);
        if (bits == CodeBits.BITS_32 && !existsIn32(register.get())) {
            throw new SourceError(start, "register `" + (percent ? "%" : "") + name + "` exists in 64-bit mode only");
        }
        return register;
    }

    /** {@code st(3)}: the parenthesis belongs to the name. */
    private static Optional<Operand> stackElement(Scanner scanner, Optional<Operand> top) {
        int start = scanner.position();
        if (scanner.take("(")) {
            Optional<Operand> element = GnuRegister.find("st(" + scanner.peek() + ")");
            scanner.position(scanner.position() + 1);
            if (element.isPresent() && scanner.take(")")) return element;
        }
        scanner.position(start);
        return top;
    }

    private static SourceError unknown(int column, String name) {
        String guess =
                Suggestion.of(name, GnuRegister.names()).replace("`", "`%").replace("`%?", "`?");
        return new SourceError(column, "there is no register `%" + name + "`" + guess);
    }

    private static boolean existsIn32(Operand register) {
        if (register instanceof ControlRegisterOperand control) return control.number() < Long.BYTES;
        if (register instanceof VectorRegisterOperand vector) return vector.number() < Long.BYTES;
        if (!(register instanceof RegisterOperand general)) return true;
        boolean lowByte = general.sizeBytes() == 1 && !general.highByte();
        return general.sizeBytes() < Long.BYTES
                && general.register().ordinal() < Long.BYTES
                && !(lowByte && WITHOUT_LOW_BYTE.contains(general.register()));
    }
}
