package dev.trapframe.emulator.isa;

import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the operand notation of the instruction table. */
final class OperandSpecReader {

    private static final Map<String, Integer> GENERAL_BYTES =
            Map.of("AL", 1, "CL", 1, "AX", 2, "DX", 2, "EAX", 4, "RAX", 8);
    private static final Map<String, GeneralRegister> GENERAL = Map.of(
            "AL", GeneralRegister.RAX,
            "AX", GeneralRegister.RAX,
            "EAX", GeneralRegister.RAX,
            "RAX", GeneralRegister.RAX,
            "CL", GeneralRegister.RCX,
            "DX", GeneralRegister.RDX);
    private static final Pattern REGISTER_MEMORY = Pattern.compile("r/m(\\d+)");
    private static final Pattern REGISTER_OTHER_MEMORY = Pattern.compile("r(\\d+)/m(\\d+)");
    private static final Pattern SIZED = Pattern.compile("(r|m|imm|uimm|rel|moffs)(\\d+)");
    private static final Pattern PAIR = Pattern.compile("m(\\d+)[:&](\\d+)");
    private static final Pattern VVVV_REGISTER = Pattern.compile("r(\\d+)V");
    private static final Pattern RM_REGISTER = Pattern.compile("r(\\d+)R");
    private static final Pattern INDEXED = Pattern.compile("m(\\d+)@([xy])");
    private static final Pattern VECTOR = Pattern.compile("(xmm|ymm|tmm|mm|ST|k)(|V|I|R|[0-7]|\\(i\\)|\\(0\\)|/m\\d+)");
    private static final Pattern POINTER = Pattern.compile("ptr16:(\\d+)");

    private OperandSpecReader() {}

    /** @param access R, W, RW or N */
    static OperandSpec read(String notation, String access) {
        boolean reads = access.contains("R");
        boolean writes = access.contains("W");
        if (!access.matches("R|W|RW|N")) throw new IllegalArgumentException("access is R, W, RW or N, got " + access);
        Shape shape = shape(notation);
        return new OperandSpec(
                notation,
                shape.kind,
                shape.register,
                shape.memory,
                shape.encoded,
                shape.fixed,
                reads,
                writes,
                shape.file);
    }

    private record Shape(
            OperandKind kind,
            int register,
            int memory,
            int encoded,
            int fixed,
            @Nullable RegisterFile file) {

        Shape(OperandKind kind, int register, int memory, int encoded, int fixed) {
            this(kind, register, memory, encoded, fixed, null);
        }
    }

    private static Shape shape(String notation) {
        if (GENERAL.containsKey(notation)) {
            int number = GENERAL.get(notation).ordinal();
            return new Shape(OperandKind.FIXED_REGISTER, GENERAL_BYTES.get(notation), 0, 0, number);
        }
        return switch (notation) {
            case "Sreg" -> new Shape(OperandKind.SEGMENT_REGISTER, 2, 0, 0, -1);
            case "CR" -> new Shape(OperandKind.CONTROL_REGISTER, 8, 0, 0, -1);
            case "DR" -> new Shape(OperandKind.DEBUG_REGISTER, 8, 0, 0, -1);
            case "1" -> new Shape(OperandKind.ONE, 0, 0, 0, -1);
            case "m" -> new Shape(OperandKind.MEMORY, 0, 0, 0, -1);
            case "ES", "CS", "SS", "DS", "FS", "GS" ->
                new Shape(
                        OperandKind.FIXED_SEGMENT_REGISTER,
                        2,
                        0,
                        0,
                        SegmentRegister.valueOf(notation).ordinal());
            default -> patternShape(notation);
        };
    }

    private static Shape patternShape(String notation) {
        Matcher both = REGISTER_MEMORY.matcher(notation);
        if (both.matches()) return new Shape(OperandKind.REGISTER_OR_MEMORY, bytes(both, 1), bytes(both, 1), 0, -1);
        Matcher other = REGISTER_OTHER_MEMORY.matcher(notation);
        if (other.matches()) return new Shape(OperandKind.REGISTER_OR_MEMORY, bytes(other, 1), bytes(other, 2), 0, -1);
        Matcher pair = PAIR.matcher(notation);
        if (pair.matches()) return new Shape(OperandKind.MEMORY, 0, bytes(pair, 1) + bytes(pair, 2), 0, -1);
        Matcher pointer = POINTER.matcher(notation);
        if (pointer.matches()) return new Shape(OperandKind.FAR_POINTER, 0, 0, 2 + bytes(pointer, 1), -1);
        Matcher vvvv = VVVV_REGISTER.matcher(notation);
        if (vvvv.matches()) return new Shape(OperandKind.VVVV_REGISTER, bytes(vvvv, 1), 0, 0, -1);
        Matcher rm = RM_REGISTER.matcher(notation);
        if (rm.matches()) return new Shape(OperandKind.RM_REGISTER, bytes(rm, 1), 0, 0, -1);
        Matcher indexed = INDEXED.matcher(notation);
        if (indexed.matches()) return indexed(indexed);
        Matcher vector = VECTOR.matcher(notation);
        if (vector.matches()) return vector(RegisterFile.valueOf(vector.group(1).toUpperCase(Locale.ROOT)), vector);
        Matcher sized = SIZED.matcher(notation);
        if (!sized.matches()) throw new IllegalArgumentException("unknown operand " + notation);
        return sizedShape(sized.group(1), bytes(sized, 2));
    }

    private static Shape indexed(Matcher matcher) {
        RegisterFile file = matcher.group(2).equals("x") ? RegisterFile.XMM : RegisterFile.YMM;
        return new Shape(OperandKind.VECTOR_INDEXED_MEMORY, 0, bytes(matcher, 1), 0, -1, file);
    }

    private static Shape vector(RegisterFile file, Matcher matcher) {
        String place = matcher.group(2);
        if (place.startsWith("/m")) {
            int memory = Integer.parseInt(place.substring(2)) / Byte.SIZE;
            return new Shape(OperandKind.VECTOR_OR_MEMORY, file.bytes(), memory, 0, -1, file);
        }
        return switch (place) {
            case "" -> new Shape(OperandKind.VECTOR_REGISTER, file.bytes(), 0, 0, -1, file);
            case "V" -> new Shape(OperandKind.VECTOR_VVVV, file.bytes(), 0, 0, -1, file);
            case "I" -> new Shape(OperandKind.VECTOR_IS4, file.bytes(), 0, 1, -1, file);
            case "R", "(i)" -> new Shape(OperandKind.VECTOR_RM, file.bytes(), 0, 0, -1, file);
            case "(0)" -> new Shape(OperandKind.FIXED_VECTOR, file.bytes(), 0, 0, 0, file);
            default -> new Shape(OperandKind.FIXED_VECTOR, file.bytes(), 0, 0, Integer.parseInt(place), file);
        };
    }

    private static Shape sizedShape(String word, int bytes) {
        return switch (word) {
            case "r" -> new Shape(OperandKind.REGISTER, bytes, 0, 0, -1);
            case "m" -> new Shape(OperandKind.MEMORY, 0, bytes, 0, -1);
            case "imm" -> new Shape(OperandKind.IMMEDIATE, 0, 0, bytes, -1);
            case "uimm" -> new Shape(OperandKind.UNSIGNED_IMMEDIATE, 0, 0, bytes, -1);
            case "rel" -> new Shape(OperandKind.RELATIVE, 0, 0, bytes, -1);
            default -> new Shape(OperandKind.MEMORY_OFFSET, 0, bytes, 0, -1);
        };
    }

    private static int bytes(Matcher matcher, int group) {
        return Integer.parseInt(matcher.group(group)) / Byte.SIZE;
    }
}
