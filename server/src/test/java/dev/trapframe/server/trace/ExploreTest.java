package dev.trapframe.server.trace;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.trapframe.server.slot.*;
import java.nio.file.*;
import java.util.*;
import org.junit.jupiter.api.Test;

class ExploreTest {
    @Test
    void x() throws Exception {
        for (String p : List.of("page-fault", "page-fault-extended", "timer-interrupt", "fill-the-frame")) {
            String ev = p.startsWith("timer")
                    ? ",\"events\":[{\"at\":5,\"kind\":\"interrupt\",\"vector\":236},{\"at\":9,\"kind\":\"interrupt\",\"vector\":236}]"
                    : "";
            String regs = p.startsWith("fill") ? "\"rbx\":\"0x406fd0\",\"rsp\":\"0x7ffd5e10fe41\"" : "";
            TraceRun r = TestTraces.run("{\"program\":{\"name\":\"" + p + "\"},\"machine\":{\"registers\":{" + regs
                    + "}},\"limits\":{\"steps\":150},\"overlays\":[{\"struct\":\"extended_pt_regs\",\"at\":\"entry_stack_top - 184\"}]"
                    + ev + "}");
            Files.writeString(
                    Path.of("target/" + p + ".json"),
                    new ObjectMapper()
                            .writerWithDefaultPrettyPrinter()
                            .writeValueAsString(TestTraces.COMPOSER.compose(r)));
            if (p.startsWith("fill")) {
                HiddenTrace h = Slots.hide(
                        r,
                        List.of(
                                Probe.parse("frame.ss at asm_exc_page_fault"),
                                Probe.parse("frame.rsp at asm_exc_page_fault"),
                                Probe.parse("frame.rflags at asm_exc_page_fault"),
                                Probe.parse("frame.cs at asm_exc_page_fault"),
                                Probe.parse("frame.rip at asm_exc_page_fault"),
                                Probe.parse("frame.error_code at asm_exc_page_fault")));
                Files.writeString(
                        Path.of("target/" + p + "-hidden.json"),
                        new ObjectMapper()
                                .writerWithDefaultPrettyPrinter()
                                .writeValueAsString(TestTraces.COMPOSER.compose(h)));
            }
        }
    }
}
