package dev.trapframe.emulator.overlay;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where the members of a C struct lie: offsets, padding, size and alignment.
 *
 * <p>Source: System V Application Binary Interface, AMD64 Architecture Processor Supplement, "Data Representation".
 *
 * @param name           after {@code struct}
 * @param fields         scalars at any depth and the padding between them, without gaps, in the order of their offsets
 * @param sizeBytes      as {@code sizeof} gives it
 * @param alignmentBytes as {@code alignof} gives it
 */
public record StructLayout(String name, List<Field> fields, int sizeBytes, int alignmentBytes) {

    /**
     * One scalar, or padding.
     *
     * @param path      member names joined by dots, array elements in brackets: {@code arch.pks}; empty for padding
     * @param offset    from the first byte of the struct
     * @param sizeBytes at least 1
     */
    public record Field(String path, int offset, int sizeBytes) {

        public boolean isPadding() {
            return path.isEmpty();
        }
    }

    public StructLayout {
        fields = List.copyOf(fields);
    }

    /**
     * Reads declarations of structs, in the order in which they stand.
     *
     * @param fileName for messages
     * @throws BadDeclaration naming file, line and column
     */
    public static Map<String, StructLayout> parse(String fileName, String source) {
        return Collections.unmodifiableMap(new DeclarationParser(fileName, source).parse());
    }

    /** The field with this path. */
    public Optional<Field> field(String path) {
        return fields.stream().filter(field -> field.path().equals(path)).findFirst();
    }

    /** The scalars alone. */
    public List<Field> members() {
        return fields.stream().filter(field -> !field.isPadding()).toList();
    }

    /** Puts padding into the gaps between scalars. */
    static StructLayout of(String name, List<Field> scalars, int sizeBytes, int alignmentBytes) {
        List<Field> fields = new ArrayList<>();
        int end = 0;
        for (Field scalar : scalars) {
            if (scalar.offset() > end) fields.add(new Field("", end, scalar.offset() - end));
            fields.add(scalar);
            end = scalar.offset() + scalar.sizeBytes();
        }
        if (sizeBytes > end) fields.add(new Field("", end, sizeBytes - end));
        return new StructLayout(name, fields, sizeBytes, alignmentBytes);
    }
}
