package dev.trapframe.server.machinefile;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.trapframe.emulator.api.MicroOp;
import dev.trapframe.emulator.api.MicroStep;
import dev.trapframe.emulator.event.Event;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Writes micro-ops: {@code op}, {@code phase}, and the components of the record under their own names. A 64-bit value is a
 * hex string, a smaller number a JSON integer, a rule or a slot its name, an event what {@code ev} has.
 */
final class MicroOpLines {

    private MicroOpLines() {}

    static void write(JsonGenerator json, MicroStep micro) throws IOException {
        json.writeStartObject();
        json.writeStringField("op", micro.op().getClass().getSimpleName());
        json.writeStringField("phase", micro.phase().name().toLowerCase(Locale.ROOT));
        writeComponents(json, (Record) micro.op());
        json.writeEndObject();
    }

    /** {@code [vector, error code or null, software?]}. */
    static void write(JsonGenerator json, Event event) throws IOException {
        json.writeStartArray();
        json.writeNumber(event.vector());
        OptionalInt code = event.errorCode();
        if (code.isPresent()) json.writeString(Integer.toHexString(code.getAsInt()));
        else json.writeNull();
        json.writeBoolean(event.source() == Event.Source.SOFTWARE_INTERRUPT);
        json.writeEndArray();
    }

    private static void writeComponents(JsonGenerator json, Record owner) throws IOException {
        for (RecordComponent component : owner.getClass().getRecordComponents()) {
            json.writeFieldName(component.getName());
            writeValue(json, value(owner, component));
        }
    }

    private static Object value(Record owner, RecordComponent component) {
        try {
            return component.getAccessor().invoke(owner);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(component + " cannot be read", e);
        }
    }

    private static void writeValue(JsonGenerator json, Object value) throws IOException {
        if (value instanceof Long number) json.writeString(Long.toHexString(number));
        else if (value instanceof Integer number) json.writeNumber(number);
        else if (value instanceof Boolean truth) json.writeBoolean(truth);
        else if (value instanceof Event event) write(json, event);
        else if (value instanceof OptionalLong number && number.isEmpty()) json.writeNull();
        else if (value instanceof OptionalLong number) json.writeString(Long.toHexString(number.getAsLong()));
        else if (value instanceof Enum<?> name) json.writeString(name.name());
        else if (value instanceof MicroOp.PagingEntry entry) writeObject(json, entry);
        else if (value instanceof List<?> list) writeList(json, list);
        else json.writeString(value.toString());
    }

    private static void writeObject(JsonGenerator json, Record value) throws IOException {
        json.writeStartObject();
        writeComponents(json, value);
        json.writeEndObject();
    }

    private static void writeList(JsonGenerator json, List<?> values) throws IOException {
        json.writeStartArray();
        for (Object value : values) writeValue(json, value);
        json.writeEndArray();
    }
}
