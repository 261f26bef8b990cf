package dev.trapframe.emulator.assemble;

import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Directives that write bytes: numbers, strings, padding. */
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

    private static final int MAX_ALIGNMENT_BITS = 16;

    private final ExpressionParser expressions;
    private final Sections sections;
    private final int maxBytes;

    DataDirectives(ExpressionParser expressions, Sections sections, int maxBytes) {
        this.expressions = expressions;
        this.sections = sections;
        this.maxBytes = maxBytes;
    }

    void register(Map<String, Directive> directives) {
        NUMBER_BYTES.forEach(
                (name, size) -> directives.put(name, (scanner, statement) -> numbers(scanner, statement, size)));
        directives.put(".ascii", (scanner, statement) -> strings(scanner, false));
        directives.put(".asciz", (scanner, statement) -> strings(scanner, true));
        directives.put(".string", (scanner, statement) -> strings(scanner, true));
        for (String name : new String[] {".skip", ".space", ".zero"}) directives.put(name, this::space);
        directives.put(".fill", this::fill);
        directives.put(".org", this::org);
        directives.put(".align", (scanner, statement) -> align(scanner, false, 1));
        directives.put(".balign", (scanner, statement) -> align(scanner, false, 1));
        directives.put(".balignw", (scanner, statement) -> align(scanner, false, 2));
        directives.put(".balignl", (scanner, statement) -> align(scanner, false, 4));
        directives.put(".p2align", (scanner, statement) -> align(scanner, true, 1));
        directives.put(".p2alignw", (scanner, statement) -> align(scanner, true, 2));
        directives.put(".p2alignl", (scanner, statement) -> align(scanner, true, 4));
    }

    private void numbers(Scanner scanner, Statement statement, int sizeBytes) {
        if (scanner.atEnd()) return;
        Location here = sections.current().here();
        do {
            scanner.skipBlanks();
            int column = scanner.position();
            number(expressions.parse(scanner), sizeBytes, statement, column);
        } while (scanner.take(","));
        if (here.fragment() != sections.current().open()) throw scanner.error("the section changed");
    }

    private void number(Expression value, int sizeBytes, Statement statement, int column) {
        Fragment.Bytes open = sections.current().open();
        if (value instanceof Expression.Constant constant) {
            String complaint = Fixup.Range.ANY.complaint(constant.value(), sizeBytes);
            if (complaint != null) throw new SourceError(column, complaint);
            open.append(constant.value(), sizeBytes);
            return;
        }
        open.add(new Fixup(statement, open.size(), sizeBytes, value, -1, Fixup.Range.ANY));
        open.append(0, sizeBytes);
    }

    private void strings(Scanner scanner, boolean terminated) {
        do {
            byte[] bytes = bytes(scanner.string());
            sections.current().open().append(bytes);
            if (terminated) sections.current().open().append(0, 1);
        } while (scanner.take(","));
    }

    /** Escapes give single bytes, other characters UTF-8. */
    private static byte[] bytes(String text) {
        boolean bytesOnly = text.chars().allMatch(c -> c < 256);
        return text.getBytes(bytesOnly ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_8);
    }

    private void space(Scanner scanner, Statement statement) {
        Expression count = expressions.parse(scanner);
        byte fill = scanner.take(",") ? (byte) expressions.constant(scanner, "the fill value") : 0;
        if (count instanceof Expression.Constant constant) {
            append(checked(constant.value(), 1, scanner), 1, fill);
            return;
        }
        Section section = sections.current();
        section.add(new Fragment.Space(section, statement, count, false, fill));
    }

    private int checked(long count, long unit, Scanner scanner) {
        if (count < 0 || count * unit > maxBytes) {
            throw scanner.error(
                    "this would write " + count + " times " + unit + " bytes; at most " + maxBytes + " are allowed");
        }
        return (int) count;
    }

    private void append(int count, int sizeBytes, long value) {
        byte[] bytes = new byte[count * sizeBytes];
        for (int i = 0; i < bytes.length; i++) bytes[i] = (byte) (value >>> Byte.SIZE * (i % sizeBytes));
        sections.current().open().append(bytes);
    }

    private void fill(Scanner scanner, Statement statement) {
        long count = expressions.constant(scanner, "the repeat count");
        long size = scanner.take(",") ? expressions.constant(scanner, "the size") : 1;
        long value = scanner.take(",") ? expressions.constant(scanner, "the value") : 0;
        if (size < 0) throw scanner.error("the size is 0 to 8");
        int bytes = (int) Math.min(size, Long.BYTES);
        long low = bytes > Integer.BYTES ? value & 0xFFFF_FFFFL : value;
        append(checked(count, bytes, scanner), bytes, low);
    }

    private void org(Scanner scanner, Statement statement) {
        Expression target = expressions.parse(scanner);
        byte fill = scanner.take(",") ? (byte) expressions.constant(scanner, "the fill value") : 0;
        Section section = sections.current();
        section.add(new Fragment.Space(section, statement, target, true, fill));
    }

    private void align(Scanner scanner, boolean powerOfTwo, int fillBytes) {
        int column = scanner.position();
        long value = scanner.atEnd() ? (powerOfTwo ? 0 : 1) : expressions.constant(scanner, "the alignment");
        boolean possible = powerOfTwo
                ? value >= 0 && value <= MAX_ALIGNMENT_BITS
                : value > 0 && value <= 1 << MAX_ALIGNMENT_BITS && Long.bitCount(value) == 1;
        if (!possible) throw new SourceError(column, "the alignment is a power of two up to 65536");
        int alignment = (int) (powerOfTwo ? 1L << value : value);
        boolean filled = false;
        long fill = 0;
        long maxSkip = 0;
        if (scanner.take(",")) {
            if (scanner.peek() != ',' && !scanner.atEnd()) {
                fill = expressions.constant(scanner, "the fill value");
                filled = true;
            }
            if (scanner.take(",")) maxSkip = expressions.constant(scanner, "the largest padding");
        }
        Section section = sections.current();
        boolean code = section.executable() && !filled;
        section.add(new Fragment.Align(section, alignment, (int) maxSkip, code, fill, fillBytes));
    }
}
