package dev.trapframe.emulator.assemble;

import java.math.BigInteger;
import java.util.Locale;
import java.util.Map;

/** Directives that write numbers and strings. */
final class DataDirectives {

    private static final Map<String, Integer> NUMBER_BYTES = Map.ofEntries(
            Map.entry(".byte", 1),
            Map.entry(".word", 2),
            Map.entry(".short", 2),
            Map.entry(".hword", 2),
            Map.entry(".value", 2),
            Map.entry(".2byte", 2),
            Map.entry(".long", 4),
            Map.entry(".int", 4),
            Map.entry(".4byte", 4),
            Map.entry(".quad", 8),
            Map.entry(".8byte", 8));

    private static final int OCTA_BYTES = 16;

    private final ExpressionParser expressions;
    private final Sections sections;

    DataDirectives(ExpressionParser expressions, Sections sections) {
        this.expressions = expressions;
        this.sections = sections;
    }

    void register(Map<String, Directive> directives) {
        NUMBER_BYTES.forEach(
                (name, size) -> directives.put(name, (scanner, statement) -> numbers(scanner, statement, size)));
        directives.put(".octa", this::octas);
        directives.put(".ascii", (scanner, statement) -> strings(scanner, false));
        directives.put(".asciz", (scanner, statement) -> strings(scanner, true));
        directives.put(".string", (scanner, statement) -> strings(scanner, true));
    }

    private void numbers(Scanner scanner, Statement statement, int sizeBytes) {
        if (scanner.atEnd()) return;
        do {
            scanner.skipBlanks();
            int column = scanner.position();
            number(expressions.parse(scanner), sizeBytes, statement, column);
        } while (scanner.take(","));
    }

    private void number(Expression value, int sizeBytes, Statement statement, int column) {
        Fragment.Bytes open = sections.current().open();
        if (value instanceof Expression.Constant constant) {
            String complaint = Fixup.Range.ANY.complaint(constant.value(), sizeBytes);
            if (complaint != null) throw new SourceError(column, complaint);
            open.append(constant.value(), sizeBytes);
            return;
        }
        open.add(new Fixup(statement, column, open.size(), sizeBytes, value, -1, Fixup.Range.ANY));
        open.append(0, sizeBytes);
    }

    /** A plain number may have 128 bits; an expression is sign-extended. */
    private void octas(Scanner scanner, Statement statement) {
        if (scanner.atEnd()) return;
        do {
            scanner.skipBlanks();
            int column = scanner.position();
            BigInteger value = large(scanner);
            if (value == null) {
                value = BigInteger.valueOf(expressions.constant(scanner, "the value of `.octa`"));
            }
            if (value.bitLength() > OCTA_BYTES * Byte.SIZE) {
                throw new SourceError(column, "the value does not fit into 128 bits");
            }
            Fragment.Bytes open = sections.current().open();
            for (int i = 0; i < OCTA_BYTES; i++)
                open.append(value.shiftRight(Byte.SIZE * i).intValue() & 0xFF, 1);
        } while (scanner.take(","));
    }

    /** A number alone, null if anything else stands here. */
    private static BigInteger large(Scanner scanner) {
        int start = scanner.position();
        boolean negative = scanner.take("-");
        String word = scanner.symbolOrNumber().toLowerCase(Locale.ROOT);
        boolean alone = scanner.atEnd() || scanner.peek() == ',';
        boolean hexadecimal = word.startsWith("0x");
        String digits = hexadecimal ? word.substring(2) : word;
        boolean number =
                !digits.isEmpty() && digits.chars().allMatch(c -> Character.digit(c, hexadecimal ? 16 : 10) >= 0);
        if (!alone || !number || !hexadecimal && word.startsWith("0")) {
            scanner.position(start);
            return null;
        }
        BigInteger value = new BigInteger(digits, hexadecimal ? 16 : 10);
        return negative ? value.negate() : value;
    }

    private void strings(Scanner scanner, boolean terminated) {
        if (scanner.atEnd()) return;
        do {
            do {
                sections.current().open().append(scanner.bytes());
            } while (!terminated && scanner.peek() == '"');
            if (terminated) sections.current().open().append(0, 1);
        } while (scanner.take(","));
    }
}
