package dev.trapframe.emulator.assemble;

import dev.trapframe.emulator.assemble.Expression.Binary;
import dev.trapframe.emulator.assemble.Expression.Constant;
import dev.trapframe.emulator.assemble.Expression.Place;
import dev.trapframe.emulator.assemble.Expression.Reference;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A piece of a section whose size is known, or is found by layout. */
abstract sealed class Fragment {

    private final Section section;
    private long address;

    private Fragment(Section section) {
        this.section = section;
    }

    Section section() {
        return section;
    }

    long address() {
        return address;
    }

    void place(long newAddress) {
        address = newAddress;
    }

    /** Bytes, at the current address. */
    abstract int size();

    /** Lets the fragment grow; true if it did. */
    boolean relax() {
        return false;
    }

    /** The bytes; fixups of {@link Bytes} are not applied. */
    abstract byte[] contents();

    /** Bytes that are known, but for fixups. */
    static final class Bytes extends Fragment {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final List<Fixup> fixups = new ArrayList<>();

        Bytes(Section section) {
            super(section);
        }

        void append(byte[] more) {
            bytes.writeBytes(more);
        }

        void append(long value, int sizeBytes) {
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
        byte[] contents() {
            return bytes.toByteArray();
        }
    }

    /** A jump that is short if it can be. */
    static final class Jump extends Fragment {
        private final Statement statement;
        private final byte[] shortOpcode;
        private final byte[] longOpcode;
        private final Expression target;
        private boolean isLong;

        Jump(Section section, Statement statement, byte[] shortOpcode, byte[] longOpcode, Expression target) {
            super(section);
            this.statement = statement;
            this.shortOpcode = shortOpcode;
            this.longOpcode = longOpcode;
            this.target = target;
        }

        @Override
        int size() {
            return isLong ? longOpcode.length + Integer.BYTES : shortOpcode.length + 1;
        }

        @Override
        boolean relax() {
            if (isLong) return false;
            isLong = !isNear(target) || displacement() != (byte) displacement();
            return isLong;
        }

        /** Only a place of the same section that no linker can replace is near. */
        private boolean isNear(Expression expression) {
            if (expression instanceof Place place) return place.location().section() == section();
            if (expression instanceof Reference reference) {
                Symbol symbol = reference.symbol();
                return !symbol.isWeak() && symbol.isLabel() && symbol.value() != null && isNear(symbol.value());
            }
            return expression instanceof Binary sum
                    && sum.operator().equals("+")
                    && sum.right() instanceof Constant
                    && isNear(sum.left());
        }

        private long displacement() {
            return Arithmetic.value(target) - (address() + size());
        }

        @Override
        byte[] contents() {
            byte[] opcode = isLong ? longOpcode : shortOpcode;
            byte[] contents = Arrays.copyOf(opcode, size());
            long displacement = displacement();
            String complaint = Fixup.Range.SIGNED.complaint(displacement, contents.length - opcode.length);
            if (complaint != null) throw new SourceError("the target is too far: " + complaint);
            for (int i = opcode.length; i < contents.length; i++) {
                contents[i] = (byte) (displacement >> Byte.SIZE * (i - opcode.length));
            }
            return contents;
        }

        Statement statement() {
            return statement;
        }

        Expression target() {
            return target;
        }
    }

    /** Padding up to a multiple of a power of two. */
    static final class Align extends Fragment {
        private final int alignment;
        private final int maxSkip;
        private final boolean code;
        private final long fill;
        private final int fillBytes;

        /**
         * @param maxSkip no padding at all if more were needed; 0 for no limit
         * @param code    pad with NOPs
         */
        Align(Section section, int alignment, int maxSkip, boolean code, long fill, int fillBytes) {
            super(section);
            this.alignment = alignment;
            this.maxSkip = maxSkip;
            this.code = code;
            this.fill = fill;
            this.fillBytes = fillBytes;
        }

        @Override
        int size() {
            int skip = (int) (-address() & alignment - 1);
            return maxSkip != 0 && skip > maxSkip ? 0 : skip;
        }

        @Override
        byte[] contents() {
            if (code) return NopPadding.bytes(size());
            byte[] contents = new byte[size()];
            int odd = contents.length % fillBytes;
            for (int i = odd; i < contents.length; i++) {
                contents[i] = (byte) (fill >>> Byte.SIZE * ((i - odd) % fillBytes));
            }
            return contents;
        }
    }

    /** Padding whose size is an expression: .org and .skip. */
    static final class Space extends Fragment {
        private final Statement statement;
        private final Expression extent;
        private final boolean org;
        private final byte fill;

        /** @param extent a count of bytes, or with {@code org} the offset in the section to go on at */
        Space(Section section, Statement statement, Expression extent, boolean org, byte fill) {
            super(section);
            this.statement = statement;
            this.extent = extent;
            this.org = org;
            this.fill = fill;
        }

        Statement statement() {
            return statement;
        }

        Expression extent() {
            return extent;
        }

        @Override
        int size() {
            long value = Arithmetic.value(extent);
            long size = value;
            if (org) {
                size = (Arithmetic.isPlace(extent) ? value : section().base() + value) - address();
            }
            if (org && size < 0) throw new SourceError(".org goes back by " + -size + " bytes");
            if (size < 0 || size > Section.MAX_BYTES) throw new SourceError("the size " + size + " is not possible");
            return (int) size;
        }

        @Override
        byte[] contents() {
            byte[] contents = new byte[size()];
            Arrays.fill(contents, fill);
            return contents;
        }
    }
}
