package dev.trapframe.emulator.overlay;

import dev.trapframe.emulator.overlay.StructLayout.Field;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads C struct declarations and lays their members out. Unions, bit-fields and attributes are refused by name. */
final class DeclarationParser {

    private static final int MAX_SCALARS = 4_096;
    private static final int MAX_SIZE_BYTES = 1 << 16;
    private static final int MAX_DEPTH = 16;

    private final DeclarationScanner scanner;
    private final Map<String, StructLayout> structs = new LinkedHashMap<>();
    private int depth;

    /** The type of a member: scalars at offsets from its first byte; a plain scalar is one without a path. */
    private record Type(List<Field> scalars, int sizeBytes, int alignmentBytes) {

        static Type scalar(int sizeBytes) {
            return new Type(List.of(new Field("", 0, sizeBytes)), sizeBytes, sizeBytes);
        }
    }

    DeclarationParser(String fileName, String source) {
        this.scanner = new DeclarationScanner(fileName, source);
    }

    Map<String, StructLayout> parse() {
        while (!scanner.peek().equals(DeclarationScanner.END)) {
            scanner.expect("struct");
            BadDeclaration again = scanner.error("struct " + scanner.peek() + " is declared twice");
            String name = scanner.takeName("the struct's name");
            if (structs.containsKey(name)) throw again;
            Type type = members();
            scanner.expect(";");
            structs.put(name, StructLayout.of(name, type.scalars(), type.sizeBytes(), type.alignmentBytes()));
        }
        return structs;
    }

    /** Everything between two braces. */
    private Type members() {
        scanner.expect("{");
        if (++depth > MAX_DEPTH) throw scanner.error("structs nest more than " + MAX_DEPTH + " deep");
        List<Field> scalars = new ArrayList<>();
        Set<String> names = new HashSet<>();
        int end = 0;
        int alignment = 1;
        while (!scanner.takeIf("}")) {
            Type type = type();
            boolean isAnonymous = scanner.peek().equals(";");
            do {
                Type member = type;
                String name = "";
                if (!isAnonymous) {
                    boolean isPointer = false;
                    while (scanner.takeIf("*")) isPointer = true;
                    if (isPointer) member = Type.scalar(ScalarTypes.POINTER_BYTES);
                    BadDeclaration again = scanner.error("member " + scanner.peek() + " is declared twice");
                    name = scanner.takeName("a member's name");
                    if (!names.add(name)) throw again;
                    member = array(member);
                }
                refuseBitField();
                requireSized(member);
                int offset = alignUp(end, member.alignmentBytes());
                place(member, name, offset, scalars);
                end = offset + member.sizeBytes();
                alignment = Math.max(alignment, member.alignmentBytes());
            } while (!isAnonymous && scanner.takeIf(","));
            scanner.expect(";");
        }
        depth--;
        if (scalars.isEmpty()) throw scanner.error("a struct needs at least one member");
        return new Type(scalars, alignUp(end, alignment), alignment);
    }

    private Type type() {
        while (scanner.takeIf("const") || scanner.takeIf("volatile")) continue;
        if (scanner.takeIf("struct")) return structType();
        if (scanner.peek().equals("union")) throw scanner.error("unions are not supported");
        if (scanner.peek().equals("enum")) throw scanner.error("enums are not supported; an int is as wide");
        if (ScalarTypes.isIntegerWord(scanner.peek())) return integerType();
        if (scanner.peek().equals("void")) {
            scanner.take();
            if (!scanner.peek().equals("*")) throw scanner.error("a member cannot be void; void * can");
            return Type.scalar(ScalarTypes.POINTER_BYTES);
        }
        BadDeclaration unknown = scanner.error("unknown type " + scanner.shown() + "; known are struct, integer types, "
                + ScalarTypes.names() + " and pointers");
        String name = scanner.take();
        return Type.scalar(ScalarTypes.named(name).orElseThrow(() -> unknown));
    }

    private Type integerType() {
        BadDeclaration none = scanner.error("C has no such integer type");
        List<String> words = new ArrayList<>();
        while (ScalarTypes.isIntegerWord(scanner.peek())) words.add(scanner.take());
        return Type.scalar(ScalarTypes.ofWords(words).orElseThrow(() -> none));
    }

    private Type structType() {
        if (scanner.peek().equals("{")) return members();
        BadDeclaration unknown = scanner.error("struct " + scanner.shown() + " is not declared before");
        String name = scanner.takeName("a struct's name");
        if (scanner.peek().equals("{")) throw scanner.error("declare struct " + name + " on its own first");
        StructLayout known = structs.get(name);
        if (known != null) return new Type(known.members(), known.sizeBytes(), known.alignmentBytes());
        if (!scanner.peek().equals("*")) throw unknown;
        return Type.scalar(ScalarTypes.POINTER_BYTES);
    }

    private Type array(Type element) {
        List<Integer> counts = new ArrayList<>();
        while (scanner.takeIf("[")) {
            counts.add(count());
            scanner.expect("]");
        }
        Type type = element;
        for (int i = counts.size() - 1; i >= 0; i--) type = repeat(type, counts.get(i));
        return type;
    }

    private int count() {
        if (!scanner.isNumber()) throw scanner.error("expected the number of elements, got " + scanner.shown());
        try {
            int count = Integer.decode(scanner.peek());
            if (count < 1 || count > MAX_SCALARS) throw scanner.error("an array has 1 to " + MAX_SCALARS + " elements");
            scanner.take();
            return count;
        } catch (NumberFormatException e) {
            throw scanner.error("expected the number of elements, got " + scanner.shown());
        }
    }

    private Type repeat(Type element, int count) {
        if ((long) element.scalars().size() * count > MAX_SCALARS)
            throw scanner.error("more than " + MAX_SCALARS + " scalars");
        List<Field> scalars = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            for (Field scalar : element.scalars()) {
                String path = "[" + i + "]"
                        + (scalar.path().isEmpty() || scalar.path().startsWith("[") ? "" : ".") + scalar.path();
                scalars.add(new Field(path, i * element.sizeBytes() + scalar.offset(), scalar.sizeBytes()));
            }
        }
        return new Type(scalars, count * element.sizeBytes(), element.alignmentBytes());
    }

    private void refuseBitField() {
        if (scanner.peek().equals(":")) throw scanner.error("bit-fields are not supported");
        if (scanner.peek().startsWith("__attribute")) throw scanner.error("attributes are not supported");
    }

    private void requireSized(Type member) {
        if (member.sizeBytes() > MAX_SIZE_BYTES)
            throw scanner.error("the struct is larger than " + MAX_SIZE_BYTES + " bytes");
    }

    private void place(Type member, String name, int offset, List<Field> scalars) {
        for (Field scalar : member.scalars()) {
            boolean needsDot = !name.isEmpty()
                    && !scalar.path().isEmpty()
                    && !scalar.path().startsWith("[");
            scalars.add(new Field(
                    name + (needsDot ? "." : "") + scalar.path(), offset + scalar.offset(), scalar.sizeBytes()));
        }
        if (scalars.size() > MAX_SCALARS) throw scanner.error("more than " + MAX_SCALARS + " scalars");
    }

    private static int alignUp(int offset, int alignment) {
        return (offset + alignment - 1) / alignment * alignment;
    }
}
