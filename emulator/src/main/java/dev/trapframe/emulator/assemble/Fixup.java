package dev.trapframe.emulator.assemble;

import org.jspecify.annotations.Nullable;

/**
 * A value that goes into the bytes when addresses are known.
 *
 * @param column     of the operand in the statement, for errors
 * @param offset     in the fragment
 * @param sizeBytes  1, 2, 4 or 8
 * @param relativeTo offset in the fragment that the value counts from; -1 for an absolute value
 * @param range      which values fit
 */
record Fixup(
        Statement statement, int column, int offset, int sizeBytes, Expression value, int relativeTo, Range range) {

    /** What has to fit. */
    enum Range {
        /** Sign-extended by the processor. */
        SIGNED,
        /** Zero-extended by the processor. */
        UNSIGNED,
        /** Either. */
        ANY;

        /** Null if {@code value} fits into {@code sizeBytes}, else what it has to be. */
        @Nullable
        String complaint(long value, int sizeBytes) {
            if (sizeBytes == Long.BYTES) return null;
            int bits = Byte.SIZE * sizeBytes;
            boolean signed = value >> bits - 1 == 0 || value >> bits - 1 == -1;
            boolean unsigned = value >>> bits == 0;
            boolean fits = switch (this) {
                case SIGNED -> signed;
                case UNSIGNED -> unsigned;
                case ANY -> signed || unsigned;
            };
            return fits
                    ? null
                    : "value 0x" + Long.toHexString(value) + " does not fit into " + bits + " bits"
                            + (this == SIGNED ? ", sign-extended" : "");
        }
    }
}
