package dev.trapframe.emulator.assemble;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/** The bytes of one instruction, and the values that are put in when addresses are known. */
final class CodeBuffer {

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final List<Value> values = new ArrayList<>();

    /**
     * @param column   of the operand, for errors
     * @param relative counts from the end of the instruction
     */
    record Value(int column, int offset, int sizeBytes, Expression expression, boolean relative, Fixup.Range range) {}

    void add(int value) {
        bytes.write(value);
    }

    /** A constant is written at once, anything else noted. */
    void value(int column, Expression expression, int sizeBytes, boolean relative, Fixup.Range range) {
        long now = 0;
        if (expression instanceof Expression.Constant constant && !relative) {
            now = constant.value();
            String complaint = range.complaint(now, sizeBytes);
            if (complaint != null) throw new SourceError(column, complaint);
        } else {
            values.add(new Value(column, bytes.size(), sizeBytes, expression, relative, range));
        }
        for (int i = 0; i < sizeBytes; i++) bytes.write((int) (now >>> Byte.SIZE * i));
    }

    int size() {
        return bytes.size();
    }

    byte[] bytes() {
        return bytes.toByteArray();
    }

    List<Value> values() {
        return values;
    }
}
