package dev.trapframe.server.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("trapframe trace")
class TraceCommandTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    private static final Path RECORDED = Path.of("../emulator/src/test/resources/conformance/traces");

    /** Its state file says that IA32_PKRS is 0, its trace that it was 4: the emulator's ConformanceTest tells more. */
    private static final String STARTS_FROM_ANOTHER_STATE = "open/entry_stub";

    @TempDir
    private Path folder;

    private static CommandLineRun trace(Object... arguments) {
        return CommandLineRun.of(
                new TraceCommand(), Stream.of(arguments).map(Object::toString).toArray(String[]::new));
    }

    private static List<JsonNode> read(Path file) throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        try (InputStream raw = Files.newInputStream(file);
                InputStream in = file.toString().endsWith(".gz") ? new GZIPInputStream(raw) : raw) {
            JSON.readerFor(JsonNode.class).<JsonNode>readValues(in).forEachRemaining(lines::add);
        }
        return lines;
    }

    @Test
    @DisplayName("writes the traces that other machines recorded, one file for each state, in one start")
    void recordedCases() throws IOException {
        CommandLineRun run = trace(RECORDED.resolve("open"), RECORDED.resolve("open_b"), "--out", folder);

        assertThat(run.err()).isEmpty();
        assertThat(run.exitCode()).isZero();
        int compared = 0;
        for (String group : List.of("open", "open_b")) {
            try (Stream<Path> files = Files.list(RECORDED.resolve(group))) {
                for (Path file : files.filter(one -> one.toString().endsWith(".trace.jsonl.gz"))
                        .toList()) {
                    String name = file.getFileName().toString().replace(".trace.jsonl.gz", "");
                    List<JsonNode> ours = read(folder.resolve(name + ".trace.jsonl"));
                    if (!STARTS_FROM_ANOTHER_STATE.equals(group + "/" + name)) {
                        assertThat(TraceLineComparison.differences(read(file), ours))
                                .as(name)
                                .isEmpty();
                    }
                    compared++;
                }
            }
        }
        assertThat(compared).isEqualTo(68);
    }

    @Test
    @DisplayName("prints to standard output without --out, and ends with how the run ended")
    void standardOutput() throws IOException {
        CommandLineRun run = trace(RECORDED.resolve("open/pf_u.state.json.gz"), "--steps", 7);

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("pf_u.state.json.gz: limit of steps reached after 7 steps");
        assertThat(run.lines()).hasSize(8);
        assertThat(run.lines().get(7)).isEqualTo("{\"end\":\"limit\",\"steps\":7}");
        JsonNode fault = JSON.readTree(run.lines().get(6));
        assertThat(fault.get("asm").textValue()).isEqualTo("mov 0x407004,%eax");
        assertThat(fault.get("ev")).hasToString("[[14,\"4\",false]]");
        assertThat(fault.get("cr2").textValue()).isEqualTo("407004");
        assertThat(fault.get("mem").get(0)).hasToString("[\"11dfd0\",\"00\",\"04\"]");
        assertThat(fault.get("hid").get("cs")).hasToString("[\"10\",\"0\",\"ffffffff\",\"a09b\"]");
        assertThat(fault.has("micro")).isFalse();
    }

    @Test
    @DisplayName("ends a run whose string instructions would repeat for ever, long before its steps are used up")
    void iterations() throws IOException {
        Path state = repeating();

        CommandLineRun run = trace(state, "--steps", 100_000);

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("iteration-limit after");
        JsonNode end = JSON.readTree(run.lines().get(run.lines().size() - 1));
        assertThat(end.get("end").textValue()).isEqualTo("iteration-limit");
        assertThat(end.get("steps").intValue()).isBetween(900, 1100);
    }

    /** The recorded state of a case, with 4,096 bytes read over and over by rep lodsb instead of its code. */
    private Path repeating() throws IOException {
        JsonNode root = read(RECORDED.resolve("open/pf_u.state.json.gz")).get(0);
        long code = Long.parseUnsignedLong(root.at("/regs/rip").textValue(), 16) & 0x3f_ffff;
        String page = Long.toHexString(code & -4096);
        assertThat(root.get("mem").has(page)).as(page).isTrue();
        byte[] bytes = Base64.getDecoder().decode(root.get("mem").get(page).textValue());
        byte[] loop = HexFormat.of().parseHex("be00201000b900100000f3acebf2");
        System.arraycopy(loop, 0, bytes, (int) code & 4095, loop.length);
        ((ObjectNode) root.get("mem")).put(page, Base64.getEncoder().encodeToString(bytes));
        return Files.writeString(folder.resolve("repeating.state.json"), root.toString());
    }

    @Test
    @DisplayName("writes the micro-ops of each step with --micro")
    void microOps() throws IOException {
        CommandLineRun run = trace(RECORDED.resolve("open/pf_u.state.json.gz"), "--steps", 7, "--micro");

        JsonNode micro = JSON.readTree(run.lines().get(6)).get("micro");
        assertThat(micro.findValuesAsText("op"))
                .contains("PageWalkRefused", "EventRaised", "GateRead", "StackChosen", "Pushed", "HandlerEntered");
        assertThat(micro.findValuesAsText("slot")).containsExactly("SS", "RSP", "RFLAGS", "CS", "RIP", "ERROR_CODE");
    }

    private Path changed(String pointer, String json) throws IOException {
        JsonNode root = read(RECORDED.resolve("open/pf_u.state.json.gz")).get(0);
        int slash = pointer.lastIndexOf('/');
        ObjectNode parent = (ObjectNode) root.at(pointer.substring(0, slash));
        String name = pointer.substring(slash + 1);
        if (json.equals("-")) parent.remove(name);
        else parent.set(name, JSON.readTree(json));
        return Files.writeString(folder.resolve("changed.state.json"), root.toString());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            /regs/rip    | -              | /regs/rip is missing
            /regs        | -              | /regs is missing
            /regs/rax    | "0x12"         | /regs/rax is "0x12"; expected a hex number of at most 16 digits without 0x
            /segs/cs     | ["10","0"]     | /segs/cs is ["10","0"]; expected an array of 4 values
            /sys/idtr    | -              | /sys/idtr is missing
            /mem/100000  | "AAAA"         | /mem/100000 has 3 bytes; expected 4096
            /mem/100001  | "AAAA"         | /mem/100001: a page starts at a multiple of 1000
            /mem/100000  | "?"            | /mem/100000 is "?"; expected base64 of 4096 bytes
            /ram         | "0"            | /ram is "0"; expected a size from 1000
            /processor   | "z80"          | /processor is "z80"; expected one of trapframe, oracle-qemu, oracle-bochs
            /regs/cr0    | "11"           | EFER.LMA is 1 exactly if CR0.PG and EFER.LME are
            /regs/cr0    | "10"           | real-address mode is not emulated
            /inject      | [{"step":0,"kind":"irq","vector":40}] | /inject/0/step is 0; expected a step from 1 on
            /inject      | [{"step":1,"kind":"smi","vector":40}] | /inject/0/kind is "smi"; expected irq, spurious, nmi or mc, and hlt+ before it where it wakes HLT
            """)
    @DisplayName("names the place in a state file that is wrong, and what would be right")
    void wrongStates(String pointer, String json, String message) throws IOException {
        CommandLineRun run = trace(changed(pointer, json));

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("changed.state.json: " + message);
        assertThat(run.out()).isEmpty();
    }

    @Test
    @DisplayName("runs the other states when one is bad")
    void oneOfTwoIsBad() throws IOException {
        Path bad = Files.writeString(folder.resolve("bad.state.json"), "{\"regs\":");
        Path traces = folder.resolve("traces/below");

        CommandLineRun run = trace(bad, RECORDED.resolve("open/pf_u.state.json.gz"), "--out", traces);

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("bad.state.json: not JSON: ").contains("(line 1, column ");
        assertThat(read(traces.resolve("pf_u.trace.jsonl"))).hasSize(124);
    }

    @Test
    @DisplayName("says that a path is not there, or that a folder has no state in it")
    void nothingToRun() {
        assertThat(trace(folder.resolve("none.state.json")).err()).contains("none.state.json is not there");
        assertThat(trace(folder).err()).contains("has no *.state.json or *.state.json.gz in it");
        assertThat(trace().exitCode()).isEqualTo(2);
    }
}
