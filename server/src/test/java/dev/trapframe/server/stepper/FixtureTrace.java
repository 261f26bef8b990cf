package dev.trapframe.server.stepper;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import dev.trapframe.server.trace.HexJson;
import dev.trapframe.server.trace.TraceJson;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** The traces of {@code src/test/resources/js}, written by hand in the form of {@code docs/trace-format.md}. */
public final class FixtureTrace {

    private static final ObjectMapper JSON =
            new ObjectMapper().registerModule(new SimpleModule().addDeserializer(HexJson.class, new HexReader()));

    private FixtureTrace() {}

    /** A page fault from user mode and back. */
    public static TraceJson pageFault() {
        return read("page-fault.json");
    }

    /** The same with the pushed words hidden, cut before IRETQ. */
    public static TraceJson hiddenPageFault() {
        return read("page-fault-hidden.json");
    }

    private static TraceJson read(String name) {
        try (InputStream in = FixtureTrace.class.getResourceAsStream("/js/" + name)) {
            return JSON.readValue(in, TraceJson.class);
        } catch (IOException e) {
            throw new UncheckedIOException("the fixture " + name + " cannot be read", e);
        }
    }

    /** A value that is there and null is hidden. */
    private static final class HexReader extends JsonDeserializer<HexJson> {

        @Override
        public HexJson deserialize(JsonParser parser, DeserializationContext context) throws IOException {
            return new HexJson(parser.getText());
        }

        @Override
        public HexJson getNullValue(DeserializationContext context) {
            return HexJson.HIDDEN;
        }

        @Override
        public Object getAbsentValue(DeserializationContext context) {
            return null;
        }
    }
}
