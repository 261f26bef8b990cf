package dev.trapframe.emulator.assemble;

import java.util.Map;

/** Directives that write padding: as many bytes, up to a place, up to a multiple. */
final class PaddingDirectives {

    private static final int MAX_ALIGNMENT_BITS = 16;
    private static final int NOP = 0x90;
    private static final int MAX_NOP_BYTES = 11;

    private final ExpressionParser expressions;
    private final Sections sections;
    private final int maxBytes;

    PaddingDirectives(ExpressionParser expressions, Sections sections, int maxBytes) {
        this.expressions = expressions;
        this.sections = sections;
        this.maxBytes = maxBytes;
    }

    void register(Map<String, Directive> directives) {
        for (String name : new String[] {".skip", ".space", ".zero"}) directives.put(name, this::space);
        directives.put(".fill", this::fill);
        directives.put(".nops", (scanner, statement) -> nops(scanner));
        directives.put(".org", this::org);
        for (String name : new String[] {".align", ".balign"}) {
            directives.put(name, (scanner, statement) -> align(scanner, statement, false, 1));
        }
        directives.put(".balignw", (scanner, statement) -> align(scanner, statement, false, 2));
        directives.put(".balignl", (scanner, statement) -> align(scanner, statement, false, 4));
        directives.put(".p2align", (scanner, statement) -> align(scanner, statement, true, 1));
        directives.put(".p2alignw", (scanner, statement) -> align(scanner, statement, true, 2));
        directives.put(".p2alignl", (scanner, statement) -> align(scanner, statement, true, 4));
    }

    private void space(Scanner scanner, Statement statement) {
        scanner.skipBlanks();
        int column = scanner.position();
        Expression count = expressions.parse(scanner);
        byte fill = scanner.take(",") ? (byte) expressions.constant(scanner, "the fill value") : 0;
        repeated(statement, column, count, new byte[] {fill});
    }

    private void fill(Scanner scanner, Statement statement) {
        scanner.skipBlanks();
        int column = scanner.position();
        Expression count = expressions.parse(scanner);
        long size = 1;
        if (scanner.take(",")) {
            scanner.skipBlanks();
            int sizeColumn = scanner.position();
            size = expressions.constant(scanner, "the size");
            if (size < 0 || size > Long.BYTES) throw new SourceError(sizeColumn, "the size is 0 to 8, not " + size);
        }
        long value = scanner.take(",") ? expressions.constant(scanner, "the value") : 0;
        byte[] unit = new byte[(int) size];
        // GNU as fills the upper half of a larger unit with zeroes.
        for (int i = 0; i < Math.min(size, Integer.BYTES); i++) unit[i] = (byte) (value >>> Byte.SIZE * i);
        repeated(statement, column, count, unit);
    }

    private void repeated(Statement statement, int column, Expression count, byte[] unit) {
        Section section = sections.current();
        if (!(count instanceof Expression.Constant constant)) {
            section.add(new Fragment.Space(section, statement, column, count, unit));
            return;
        }
        long times = constant.value();
        if (times < 0) throw new SourceError(column, "the count is negative: " + times);
        if (unit.length > 0 && times > maxBytes / unit.length) {
            throw new SourceError(
                    column,
                    "this would write " + times + " times " + unit.length + " bytes; at most " + maxBytes
                            + " are allowed");
        }
        byte[] bytes = new byte[(int) (unit.length == 0 ? 0 : times * unit.length)];
        for (int i = 0; i < bytes.length; i++) bytes[i] = unit[i % unit.length];
        section.open().append(bytes);
    }

    private void nops(Scanner scanner) {
        scanner.skipBlanks();
        int column = scanner.position();
        long count = expressions.constant(scanner, "the number of bytes");
        if (count < 0 || count > maxBytes) throw new SourceError(column, "the number of bytes is 0 to " + maxBytes);
        long longest = 0;
        if (scanner.take(",")) {
            scanner.skipBlanks();
            int longestColumn = scanner.position();
            longest = expressions.constant(scanner, "the longest no-operation");
            if (longest < 0 || longest > MAX_NOP_BYTES) {
                throw new SourceError(longestColumn, "the longest no-operation is 0 to " + MAX_NOP_BYTES + " bytes");
            }
        }
        int unit = (int) (longest == 0 ? MAX_NOP_BYTES : longest);
        sections.current().open().append(NopPadding.bytes((int) count, unit));
    }

    private void org(Scanner scanner, Statement statement) {
        scanner.skipBlanks();
        int column = scanner.position();
        Expression goal = expressions.parse(scanner);
        byte fill = scanner.take(",") ? (byte) expressions.constant(scanner, "the fill value") : 0;
        org(goal, column, fill, statement);
    }

    /** Goes on at a place of the section, or at an offset in it. */
    void org(Expression goal, int column, byte fill, Statement statement) {
        Section section = sections.current();
        section.add(new Fragment.Org(section, statement, column, goal, fill));
    }

    private void align(Scanner scanner, Statement statement, boolean powerOfTwo, int fillBytes) {
        int alignment = alignment(scanner, powerOfTwo);
        boolean filled = false;
        long fill = 0;
        long maxSkip = 0;
        if (scanner.take(",")) {
            filled = scanner.peek() != ',';
            if (filled && !scanner.atEnd()) fill = expressions.constant(scanner, "the fill value");
            if (scanner.take(",") && !scanner.atEnd()) {
                maxSkip = expressions.constant(scanner, "the largest padding");
            }
        }
        Section section = sections.current();
        section.align(alignment);
        boolean code = section.executable() && (!filled || fillBytes == 1 && fill == NOP);
        Fragment.Align.Filling filling = new Fragment.Align.Filling(code, fill, fillBytes);
        section.add(new Fragment.Align(section, statement, alignment, Math.max(0, maxSkip), filling));
    }

    private int alignment(Scanner scanner, boolean powerOfTwo) {
        scanner.skipBlanks();
        int column = scanner.position();
        long value = scanner.atEnd() || scanner.peek() == ','
                ? (powerOfTwo ? 0 : 1)
                : expressions.constant(scanner, "the alignment");
        if (powerOfTwo) {
            if (value >= 0 && value <= MAX_ALIGNMENT_BITS) return 1 << value;
            throw new SourceError(
                    column, "the alignment is 2 to the power of 0 to " + MAX_ALIGNMENT_BITS + ", not of " + value);
        }
        if (value == 0) return 1;
        if (value > 0 && value <= 1 << MAX_ALIGNMENT_BITS && Long.bitCount(value) == 1) return (int) value;
        throw new SourceError(column, "the alignment is a power of two up to 65536, not " + value);
    }
}
