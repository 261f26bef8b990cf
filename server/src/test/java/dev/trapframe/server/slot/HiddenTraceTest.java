package dev.trapframe.server.slot;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.trapframe.server.trace.HiddenTrace;
import dev.trapframe.server.trace.TestTraces;
import dev.trapframe.server.trace.TraceRun;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A trace with hidden values")
class HiddenTraceTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    private static final String FILL_THE_FRAME = """
            {"program": {"name": "fill-the-frame"},
             "machine": {"registers": {"rbx": "0x406fd0", "rsp": "0x7ffd5e10fe41"}},
             "overlays": [{"struct": "pt_regs", "at": "entry_stack_top - 168"}]}""";

    private static HiddenTrace hide(TraceRun run, String... slots) {
        return Slots.hide(run, Stream.of(slots).map(Probe::parse).toList());
    }

    private static String text(HiddenTrace hidden) throws JsonProcessingException {
        return JSON.writeValueAsString(TestTraces.COMPOSER.compose(hidden));
    }

    private static JsonNode tree(HiddenTrace hidden) {
        return JSON.valueToTree(TestTraces.COMPOSER.compose(hidden));
    }

    private static JsonNode micro(JsonNode trace, int step, String field, String value) {
        for (JsonNode micro : trace.at("/steps/" + step + "/micro")) {
            if (micro.path(field).asText().equals(value)) return micro;
        }
        throw new AssertionError("step " + step + " has no micro-op with " + field + " " + value);
    }

    @Nested
    @DisplayName("by JSON location")
    class ByLocation {

        private final TraceRun run = TestTraces.run(FILL_THE_FRAME);

        @ParameterizedTest
        @ValueSource(strings = {"ss", "rsp", "rflags", "cs", "rip", "error_code"})
        @DisplayName("has null for the pushed word, its bytes, and words in place of it in the texts")
        void hidesThePush(String word) {
            JsonNode trace = tree(hide(run, "frame." + word + " at asm_exc_page_fault"));
            JsonNode push = micro(trace, 4, "slot", "frame." + word);

            assertThat(push.at("/at/value").isNull()).isTrue();
            assertThat(push.at("/memory/0/after").isNull()).isTrue();
            assertThat(push.at("/memory/0/before").textValue()).isEqualTo("0x0");
            assertThat(push.get("title").textValue()).endsWith("hidden until you answer");
            assertThat(push.get("why").textValue()).contains("hidden until you answer");
        }

        @Test
        @DisplayName("has the other words of the frame and the registers before the event")
        void keepsTheOthers() {
            JsonNode trace = tree(hide(run, "frame.rip at asm_exc_page_fault"));

            assertThat(micro(trace, 4, "slot", "frame.rsp").at("/at/value").textValue())
                    .startsWith("0x7ffd5e10fe");
            assertThat(micro(trace, 4, "slot", "frame.error_code")
                            .at("/at/value")
                            .textValue())
                    .isEqualTo("0x4");
            assertThat(trace.at("/steps/4/event/errorCode").textValue()).isEqualTo("0x4");
            assertThat(trace.at("/registers/rip").textValue()).isEqualTo("0x401000");
            assertThat(trace.at("/steps/4/at").textValue()).isEqualTo("0x401012");
        }

        @Test
        @DisplayName("has no error code in the event, in the raised micro-op, nor where the entry code reads it")
        void hidesTheErrorCode() {
            JsonNode trace = tree(hide(run, "frame.error_code at asm_exc_page_fault"));

            assertThat(trace.at("/steps/4/event/errorCode").isNull()).isTrue();
            assertThat(trace.at("/steps/4/event/vector").intValue()).isEqualTo(14);
            assertThat(micro(trace, 4, "op", "event-raised").get("title").textValue())
                    .contains("error code hidden until you answer")
                    .contains("0x401012");
            assertThat(micro(trace, 4, "op", "event-raised")
                            .at("/registers/cr2/1")
                            .textValue())
                    .isEqualTo("0x406ff8");
            assertThat(micro(trace, 4, "op", "page-walk-refused").get("title").textValue())
                    .contains("0x406ff8");
            JsonNode read = null;
            for (JsonNode step : trace.get("steps")) {
                if (step.path("att").asText().equals("mov    0x78(%rsp),%rsi")) read = step;
            }
            assertThat(read.at("/micro/1/at/value").isNull()).isTrue();
            assertThat(read.at("/micro/2/registers/rsi/1").isNull()).isTrue();
            assertThat(read.at("/micro/2/title").textValue()).contains("hidden until you answer");
        }

        @Test
        @DisplayName("ends where hidden values decide: at the branch on the hidden error code")
        void isCut() {
            HiddenTrace hidden = hide(run, "frame.error_code at asm_exc_page_fault");
            JsonNode trace = tree(hidden);
            int cutAt = hidden.cutAt().orElseThrow();

            assertThat(run.trace().step(cutAt).text()).startsWith("je");
            assertThat(run.trace().step(cutAt - 1).text()).startsWith("test");
            assertThat(trace.at("/hidden/cutAt").intValue()).isEqualTo(cutAt);
            assertThat(trace.get("steps").size()).isEqualTo(cutAt);
            assertThat(trace.get("stepCount").intValue()).isEqualTo(cutAt);
            assertThat(trace.at("/end/kind").textValue()).isEqualTo("hidden");
        }

        @Test
        @DisplayName("ends before the IRETQ that pops a hidden RIP, and goes on after one that pops a hidden RSP")
        void isCutAtHiddenRip() {
            HiddenTrace rip = hide(run, "frame.rip at asm_exc_page_fault");
            HiddenTrace rsp = hide(run, "frame.rsp at asm_exc_page_fault");

            assertThat(run.trace().step(rip.cutAt().orElseThrow()).text()).isEqualTo("iretq");
            assertThat(rsp.stepCount()).isGreaterThan(rip.stepCount());
            JsonNode iret = tree(rsp).at("/steps/" + rip.stepCount());
            assertThat(iret.get("att").textValue()).isEqualTo("iretq");
            JsonNode returned = micro(tree(rsp), rip.stepCount(), "op", "returned");
            assertThat(returned.at("/registers/rsp/1").isNull()).isTrue();
            assertThat(returned.at("/registers/rip/1").textValue()).isEqualTo("0x401012");
        }

        @Test
        @DisplayName("names neither recipe nor content hash")
        void namesNoRecipe() {
            JsonNode trace = tree(hide(run, "frame.rip at asm_exc_page_fault"));

            assertThat(trace.has("recipeId")).isFalse();
            assertThat(trace.has("recipe")).isFalse();
            assertThat(trace.at("/program").has("sha256")).isFalse();
            assertThat(trace.at("/hidden/slots/0").textValue()).isEqualTo("frame.rip");
        }

        @Test
        @DisplayName("hides a register that is asked for, from the start if nothing writes it")
        void hidesRegisters() {
            JsonNode trace = tree(hide(run, "cpu.rbx at user_load"));
            JsonNode cr2 = tree(hide(run, "cpu.cr2 at asm_exc_page_fault"));

            assertThat(trace.at("/registers/rbx").isNull()).isTrue();
            assertThat(trace.at("/hidden/cutAt").intValue()).isEqualTo(4);
            assertThat(micro(cr2, 4, "op", "page-walk-refused").get("title").textValue())
                    .doesNotContain("406ff8");
            assertThat(cr2.at("/steps/4/micro").toString()).doesNotContain("406ff8");
        }

        @Test
        @DisplayName("has ?? for initial bytes that are asked for and that nothing has written")
        void hidesInitialMemory() {
            JsonNode trace = tree(hide(run, "ext.pks at asm_exc_page_fault"));

            assertThat(trace.get("memory")).hasSize(1);
            assertThat(trace.at("/memory/0/address").textValue()).isEqualTo("0xfffffe0000002f50");
            assertThat(trace.at("/memory/0/bytes").textValue()).isEqualTo("??".repeat(8));
        }

        @Test
        @DisplayName("is the public trace where nothing is asked")
        void hidesNothingUnasked() {
            JsonNode hidden = JSON.valueToTree(TestTraces.COMPOSER.compose(Slots.hide(run, List.of())));
            JsonNode open = JSON.valueToTree(TestTraces.COMPOSER.compose(run));

            assertThat(hidden.get("steps")).isEqualTo(open.get("steps"));
            assertThat(hidden.get("registers")).isEqualTo(open.get("registers"));
        }
    }

    @Nested
    @DisplayName("by canary")
    class ByCanary {

        private static final long CANARY = 0x6b3d9152c7e84fa5L;

        @TempDir
        Path programs;

        private static final String FROM_STACK = "pushq secret\nafter_load: popq %rax";
        private static final String FROM_REGISTER = "movq secret, %rax\nafter_load: nop";

        private TraceRun run(String load, long secret) throws IOException {
            String source;
            try (InputStream in = HiddenTraceTest.class.getResourceAsStream("canary.S")) {
                source = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            }
            Files.createDirectories(programs.resolve("include"));
            for (String file : List.of("trapframe.inc", "structs.h")) {
                Files.writeString(
                        programs.resolve("include").resolve(file),
                        Files.readString(TestTraces.PROGRAMS.resolve("include").resolve(file)));
            }
            Files.writeString(
                    programs.resolve("canary.S"),
                    source.replace("LOAD", load).replace("SECRET", "0x" + Long.toHexString(secret)));
            return TestTraces.run(programs, """
                    {"program": {"name": "canary"}, "overlays": [{"struct": "pt_regs", "at": "entry_stack_top - 168"}]}""");
        }

        private String hidden(String load, long secret) throws IOException {
            String slot = load.equals(FROM_STACK) ? "pt_regs.di" : "cpu.rax";
            return text(hide(run(load, secret), slot + " at after_load"));
        }

        /** What could give the value away: itself, its halves, its neighbours, its bytes as memory has them. */
        private static List<String> traces(long canary) {
            List<String> traces = new ArrayList<>();
            for (long value :
                    new long[] {canary, canary + 1, canary - 1, ~canary, -canary, canary ^ 1, canary << 8, canary >>> 8
                    }) {
                traces.add(Long.toHexString(value));
                traces.add(HexFormat.of().toHexDigits(Long.reverseBytes(value)));
                traces.add(Long.toString(value));
                traces.add(Long.toUnsignedString(value));
            }
            traces.add(Integer.toHexString((int) canary));
            traces.add(Integer.toHexString((int) (canary >>> 32)));
            return traces;
        }

        @ParameterizedTest
        @ValueSource(strings = {FROM_STACK, FROM_REGISTER})
        @DisplayName("has the hidden 64-bit value nowhere in its bytes, nor what is computed from it")
        void hasNoCanary(String load) throws IOException {
            String json = hidden(load, CANARY);

            assertThat(json).contains("\"cutAt\":", "\"att\":\"movq   $0x0,-0x40(%rsp)\"");
            for (String trace : traces(CANARY)) assertThat(json).doesNotContainIgnoringCase(trace);
            assertThat(JSON.writeValueAsString(TestTraces.COMPOSER.compose(run(load, CANARY))))
                    .contains(Long.toHexString(CANARY));
        }

        @ParameterizedTest
        @ValueSource(longs = {0, 1, 7, -1, 0x2b, 0x8000_0000_0000_0000L, 0xffff_ffffL, 0x401000, 0xfffffe0000003000L})
        @DisplayName(
                "is the same, byte for byte, whatever the hidden value: even one that memory or a register already held")
        void isTheSameForEveryValue(long secret) throws IOException {
            for (String load : List.of(FROM_STACK, FROM_REGISTER)) {
                String json = hidden(load, secret);
                String canary = hidden(load, CANARY);
                JsonNode steps = JSON.readTree(json).get("steps");
                for (int i = 0; i < steps.size(); i++) {
                    assertThat(steps.get(i))
                            .as("step %d", i)
                            .isEqualTo(JSON.readTree(canary).at("/steps/" + i));
                }
                assertThat(json).isEqualTo(canary);
            }
        }
    }
}
