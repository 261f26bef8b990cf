package dev.trapframe.emulator.overlay;

import dev.trapframe.emulator.overlay.StructLayout.Field;
import java.util.Optional;

/**
 * A struct's layout at an address.
 *
 * @param linear address of the first byte
 */
public record Overlay(StructLayout layout, long linear) {

    /** The overlay whose member at {@code path} is at a linear address: C's {@code container_of}. */
    public static Overlay containing(StructLayout layout, String path, long memberLinear) {
        Field member = layout.field(path)
                .orElseThrow(() -> new IllegalArgumentException("struct " + layout.name() + " has no member " + path));
        return new Overlay(layout, memberLinear - member.offset());
    }

    public long linearOf(Field field) {
        return linear + field.offset();
    }

    /** The field, or the padding, that a byte belongs to; empty outside of the struct. */
    public Optional<Field> fieldAt(long byteLinear) {
        long offset = byteLinear - linear;
        return layout.fields().stream()
                .filter(field -> offset >= field.offset() && offset < field.offset() + field.sizeBytes())
                .findFirst();
    }
}
