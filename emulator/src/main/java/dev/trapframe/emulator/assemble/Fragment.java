package dev.trapframe.emulator.assemble;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A piece of a section whose size is known, or is found by {@link Relaxation}. The sizes come out as GNU as finds them: it
 * goes through a section from start to end, again and again, and what a fragment sees of later ones is what was so before.
 */
abstract sealed class Fragment {

    private final Section section;
    private long offset;
    private int size;
    private int region;
    private boolean mark;

    private Fragment(Section section) {
        this.section = section;
    }

    Section section() {
        return section;
    }

    /** Bytes from the start of the section. */
    long offset() {
        return offset;
    }

    void place(long newOffset) {
        offset = newOffset;
    }

    long address() {
        return section.base() + offset;
    }

    int size() {
        return size;
    }

    void resize(int newSize) {
        size = newSize;
    }

    /** Fragments with no alignment and no {@code .org} between them have the same one. */
    int region() {
        return region;
    }

    void region(int newRegion) {
        region = newRegion;
    }

    /** Turns over each time relaxation comes by: fragments with another mark have yet to be reached. */
    boolean mark() {
        return mark;
    }

    void turnMark() {
        mark = !mark;
    }

    /** The statement that made the fragment, for errors of layout. */
    abstract Statement statement();

    /** What values the size depends on. */
    List<Expression> needs() {
        return List.of();
    }

    /** The size to begin a round with. */
    long firstSize(Evaluator evaluator) {
        return size();
    }

    /**
     * The size at the offset that the fragment has now.
     *
     * @param stretch how far the fragment has moved in this pass
     */
    long nextSize(Evaluator evaluator, long stretch) {
        return size();
    }

    /** Throws if the final size is not what the source asks for. */
    void check(Evaluator evaluator) {}

    /** The bytes; fixups of {@link Bytes} are not applied. */
    abstract byte[] contents(Evaluator evaluator);

    /** Bytes that are known, but for fixups. */
    static final class Bytes extends Fragment {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final List<Fixup> fixups = new ArrayList<>();

        Bytes(Section section) {
            super(section);
        }

        void append(byte[] more) {
            section().budget().write(more.length);
            bytes.writeBytes(more);
        }

        void append(long value, int sizeBytes) {
            section().budget().write(sizeBytes);
            for (int i = 0; i < sizeBytes; i++) bytes.write((int) (value >>> Byte.SIZE * i));
        }

        void add(Fixup fixup) {
            fixups.add(fixup);
        }

        List<Fixup> fixups() {
            return fixups;
        }

        @Override
        int size() {
            return bytes.size();
        }

        @Override
        Statement statement() {
            throw new IllegalStateException("bytes have many statements");
        }

        @Override
        byte[] contents(Evaluator evaluator) {
            return bytes.toByteArray();
        }
    }

    /** A jump that is short if it can be. */
    static final class Jump extends Fragment {
        private final Statement statement;
        private final byte[] shortOpcode;
        private final byte[] longOpcode;
        private final int longBytes;
        private final Expression target;
        private final int column;
        private boolean isLong;

        /**
         * @param longBytes of the displacement of the long form
         * @param column    of the target in the statement
         */
        Jump(
                Section section,
                Statement statement,
                byte[] shortOpcode,
                byte[] longOpcode,
                int longBytes,
                Expression target,
                int column) {
            super(section);
            this.statement = statement;
            this.shortOpcode = shortOpcode;
            this.longOpcode = longOpcode;
            this.longBytes = longBytes;
            this.target = target;
            this.column = column;
            resize(shortOpcode.length + 1);
        }

        /** The long form, whatever the distance. */
        void makeLong() {
            isLong = true;
            resize(length());
        }

        @Override
        long firstSize(Evaluator evaluator) {
            if (!isLong) {
                Evaluator.Target place = evaluator.target(target);
                isLong = place == null || place.location().section() != section();
            }
            return length();
        }

        private int length() {
            return isLong ? longOpcode.length + longBytes : shortOpcode.length + 1;
        }

        @Override
        long nextSize(Evaluator evaluator, long stretch) {
            if (isLong) return size();
            Evaluator.Target place = evaluator.target(target);
            if (place == null) return size();
            Fragment there = place.location().fragment();
            long goal = place.location().address() + place.offset();
            if (stretch != 0 && there.mark() != mark()) {
                if (stretch < 0 || there.region() == region()) goal += stretch;
                else if (goal < address() + shortOpcode.length) return size();
            }
            long displacement = goal - (address() + shortOpcode.length + 1);
            isLong = displacement != (byte) displacement;
            return length();
        }

        @Override
        byte[] contents(Evaluator evaluator) {
            byte[] opcode = isLong ? longOpcode : shortOpcode;
            byte[] contents = Arrays.copyOf(opcode, size());
            long displacement = evaluator.value(target) - (address() + size());
            String complaint = Fixup.Range.SIGNED.complaint(displacement, contents.length - opcode.length);
            if (complaint != null) throw new SourceError(column, "the target is too far: " + complaint);
            for (int i = opcode.length; i < contents.length; i++) {
                contents[i] = (byte) (displacement >> Byte.SIZE * (i - opcode.length));
            }
            return contents;
        }

        @Override
        Statement statement() {
            return statement;
        }

        @Override
        List<Expression> needs() {
            return List.of(target);
        }
    }

    /** Padding up to a multiple of a power of two. */
    static final class Align extends Fragment {
        private final Statement statement;
        private final int alignment;
        private final long maxSkip;
        private final Filling filling;

        /**
         * @param code  pad with NOPs
         * @param bytes of {@code fill}: 1, 2 or 4
         */
        record Filling(boolean code, long fill, int bytes) {}

        /** @param maxSkip no padding at all if more were needed; 0 for no limit */
        Align(Section section, Statement statement, int alignment, long maxSkip, Filling filling) {
            super(section);
            this.statement = statement;
            this.alignment = alignment;
            this.maxSkip = maxSkip;
            this.filling = filling;
        }

        @Override
        long firstSize(Evaluator evaluator) {
            int skip = (int) (-offset() & alignment - 1);
            return maxSkip != 0 && skip > maxSkip ? 0 : skip;
        }

        @Override
        long nextSize(Evaluator evaluator, long stretch) {
            return firstSize(evaluator);
        }

        @Override
        void check(Evaluator evaluator) {
            if (size() % filling.bytes == 0) return;
            throw new SourceError(
                    "the padding is " + size() + " bytes, no multiple of the " + filling.bytes + " bytes that fill it");
        }

        @Override
        byte[] contents(Evaluator evaluator) {
            if (filling.code) return NopPadding.bytes(size());
            byte[] contents = new byte[size()];
            for (int i = 0; i < contents.length; i++) {
                contents[i] = (byte) (filling.fill >>> Byte.SIZE * (i % filling.bytes));
            }
            return contents;
        }

        @Override
        Statement statement() {
            return statement;
        }
    }

    /** Padding whose size is an expression: .skip, .fill. */
    static final class Space extends Fragment {
        private final Statement statement;
        private final int column;
        private final Expression count;
        private final byte[] unit;

        /** @param unit what is repeated {@code count} times */
        Space(Section section, Statement statement, int column, Expression count, byte[] unit) {
            super(section);
            this.statement = statement;
            this.column = column;
            this.count = count;
            this.unit = unit.clone();
        }

        @Override
        Statement statement() {
            return statement;
        }

        @Override
        List<Expression> needs() {
            return List.of(count);
        }

        @Override
        long firstSize(Evaluator evaluator) {
            return 0;
        }

        @Override
        long nextSize(Evaluator evaluator, long stretch) {
            long times = Math.max(0, evaluator.value(count));
            return unit.length == 0 ? 0 : Math.min(times, Long.MAX_VALUE / unit.length) * unit.length;
        }

        @Override
        void check(Evaluator evaluator) {
            if (evaluator.isPlace(count)) {
                throw new SourceError(column, "the count is an address; it has to be a number");
            }
            long value = evaluator.value(count);
            if (value < 0) throw new SourceError(column, "the count is negative: " + value);
        }

        @Override
        byte[] contents(Evaluator evaluator) {
            byte[] contents = new byte[size()];
            for (int i = 0; i < contents.length; i++) contents[i] = unit[i % unit.length];
            return contents;
        }
    }

    /** Padding up to a place: .org. */
    static final class Org extends Fragment {
        private final Statement statement;
        private final int column;
        private final Expression goal;
        private final byte fill;

        /** @param goal the offset in the section to go on at, or a place in the section */
        Org(Section section, Statement statement, int column, Expression goal, byte fill) {
            super(section);
            this.statement = statement;
            this.column = column;
            this.goal = goal;
            this.fill = fill;
        }

        @Override
        Statement statement() {
            return statement;
        }

        @Override
        List<Expression> needs() {
            return List.of(goal);
        }

        @Override
        long firstSize(Evaluator evaluator) {
            return 0;
        }

        @Override
        long nextSize(Evaluator evaluator, long stretch) {
            return Math.max(0, evaluator.value(goal) - offset());
        }

        /** Sections are at 0 as long as sizes are computed. */
        @Override
        void check(Evaluator evaluator) {
            Section other = evaluator.sectionOf(goal);
            if (other != null && other != section()) {
                throw new SourceError(
                        column,
                        "`.org` goes to section `" + other.name() + "`, but this is `"
                                + section().name() + "`");
            }
            long size = evaluator.value(goal) - offset();
            if (size < 0) throw new SourceError(column, "`.org` goes back by " + -size + " bytes");
        }

        @Override
        byte[] contents(Evaluator evaluator) {
            byte[] contents = new byte[size()];
            Arrays.fill(contents, fill);
            return contents;
        }
    }
}
