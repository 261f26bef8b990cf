package dev.trapframe.server.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.trapframe.emulator.api.Injection;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.event.Event;
import dev.trapframe.server.trace.TestTraces;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("A recipe")
class RecipeReaderTest {

    private static final ProgramLibrary PROGRAMS = new ProgramLibrary(TestTraces.PROGRAMS, TestTraces.TOOLS);

    private final RecipeReader reader = new RecipeReader(PROGRAMS, Set.of("pt_regs", "extended_pt_regs"));

    @Test
    @DisplayName("gets every default: no registers, no events, no overlays, 2,000 steps")
    void fillsDefaults() {
        Recipe recipe = reader.read("{\"program\":{\"name\":\"page-fault\"}}");

        assertThat(recipe.registers()).isEmpty();
        assertThat(recipe.events()).isEmpty();
        assertThat(recipe.overlays()).isEmpty();
        assertThat(recipe.stepLimit()).isEqualTo(2_000);
        assertThat(JsonCanonicalForm.write(RecipeId.canonical(recipe)))
                .isEqualTo("{\"events\":[],\"limits\":{\"steps\":2000},\"machine\":{\"registers\":{}},\"overlays\":[],"
                        + "\"program\":{\"sha256\":\"" + recipe.programSha256() + "\"}}");
    }

    @Test
    @DisplayName("is read with registers, events in order, overlays at expressions, and limits")
    void readsEverything() {
        Recipe recipe = reader.read("""
                {"program": {"name": "timer-interrupt"},
                 "machine": {"registers": {"rbx": "0x00FF", "rflags": "0x200", "pkrs": "0x55555550"}},
                 "events": [{"at": 9, "kind": "nmi"}, {"at": 5, "kind": "interrupt", "vector": 236}],
                 "overlays": [{"struct": "pt_regs", "at": "entry_stack_top - 0xa0 - 8", "title": "regs"}],
                 "limits": {"steps": 7}}""");

        assertThat(recipe.registers())
                .containsEntry(MachineRegister.RBX, 0xffL)
                .containsEntry(MachineRegister.RFLAGS, 0x202L)
                .containsEntry(MachineRegister.PKRS, 0x55555550L);
        assertThat(recipe.events())
                .containsExactly(new Injection(5, Event.externalInterrupt(236)), new Injection(9, Event.nmi()));
        assertThat(recipe.overlays()).containsExactly(new OverlayPlace("pt_regs", 0xfffffe0000002f58L, "regs"));
        assertThat(recipe.stepLimit()).isEqualTo(7);
    }

    @Test
    @DisplayName("has an id that spelling, order and the program's name do not change, and every value does")
    void hasAnId() {
        String sha256 = PROGRAMS.byName("page-fault").orElseThrow().sha256();
        String named = id(
                "{\"program\":{\"name\":\"page-fault\"},\"machine\":{\"registers\":{\"rax\":\"0x0A\",\"rbx\":\"0x1\"}}}");

        assertThat(named).matches("[0-9a-f]{64}");
        assertThat(id("{\"limits\":{\"steps\":2000},\"machine\":{\"registers\":{\"rbx\":\"0x1\",\"rax\":\"0xa\"}},"
                        + "\"program\":{\"sha256\":\"" + sha256 + "\"}}"))
                .isEqualTo(named);
        assertThat(
                        id(
                                "{\"program\":{\"name\":\"page-fault\"},\"machine\":{\"registers\":{\"rax\":\"0xb\",\"rbx\":\"0x1\"}}}"))
                .isNotEqualTo(named);
        assertThat(
                        id(
                                "{\"program\":{\"name\":\"page-fault-extended\"},\"machine\":{\"registers\":{\"rax\":\"0xa\",\"rbx\":\"0x1\"}}}"))
                .isNotEqualTo(named);
    }

    @Test
    @DisplayName("that the answer gives back is the same recipe")
    void readsItsOwnCanonicalForm() {
        Recipe recipe = reader.read(
                "{\"program\":{\"name\":\"page-fault\"},\"machine\":{\"registers\":{\"r8\":\"0x8\"}},"
                        + "\"events\":[{\"at\":1,\"kind\":\"nmi\"}],\"overlays\":[{\"struct\":\"pt_regs\",\"at\":\"entry_stack_top-168\"}]}");

        assertThat(reader.read(JsonCanonicalForm.write(RecipeId.canonical(recipe))))
                .isEqualTo(recipe);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\u0001',
            value = {
                "{                                             |                       | not JSON",
                "                                              |                       | nothing",
                "[]                                            |                       | expected an object",
                "{} {}                                         |                       | not JSON",
                "{'a': 1, 'a': 2}                              |                       | not JSON",
                "{}                                            | /program              | the field is missing",
                "{P, 'frob': 1}                                | /frob                 | unknown field; expected one of events",
                "{'program': {'name': 'no-such'}}              | /program/name         | unknown program \"no-such\"; expected one of fill-the-frame",
                "{'program': {'name': '../x'}}                 | /program/name         | unknown program",
                "{'program': {'name': 7}}                      | /program/name         | expected a string of 1 to 64 characters, got 7",
                "{'program': {}}                               | /program              | expected name, sha256, or both",
                "{'program': {'sha256': '00'}}                 | /program/sha256       | no program here has this content hash",
                "{P, 'machine': {'registers': {'rzx': '0x1'}}} | /machine/registers/rzx | unknown register; expected one of rax",
                "{P, 'machine': {'registers': {'rip': '0x1'}}} | /machine/registers/rip | unknown register",
                "{P, 'machine': {'registers': {'rax': 1}}}     | /machine/registers/rax | expected a string of 0x and 1 to 16 hex digits, got 1",
                "{P, 'machine': {'registers': {'rax': '0x11111111111111111'}}} | /machine/registers/rax | expected a string of 0x",
                "{P, 'machine': {'registers': {'pkrs': '0x100000000'}}}   | /machine/registers/pkrs | the register has 32 bits",
                "{P, 'machine': {'registers': {'rflags': '0x20000'}}}     | /machine/registers/rflags | these bits of RFLAGS cannot be set: 0x20000",
                "{P, 'machine': {'registers': {'gs_base': '0x800000000000'}}} | /machine/registers/gs_base | expected a canonical address",
                "{P, 'events': {}}                             | /events               | expected an array, got an object",
                "{P, 'events': [{'at': 1, 'kind': 'interrupt', 'vector': 300}]} | /events/0/vector | expected an integer from 16 to 255, got 300",
                "{P, 'events': [{'at': 1, 'kind': 'interrupt', 'vector': 32.5}]} | /events/0/vector | expected an integer from 16 to 255, got 32.5",
                "{P, 'events': [{'at': 1, 'kind': 'interrupt'}]} | /events/0/vector    | the field is missing",
                "{P, 'events': [{'at': 1, 'kind': 'nmi', 'vector': 2}]} | /events/0/vector | an NMI has no vector of its own",
                "{P, 'events': [{'at': 1, 'kind': 'smi'}]}     | /events/0/kind        | expected \"interrupt\" or \"nmi\", got \"smi\"",
                "{P, 'events': [{'at': -1, 'kind': 'nmi'}]}    | /events/0/at          | expected an integer from 0 to 20000, got -1",
                "{P, 'events': [{'at': 1e99, 'kind': 'nmi'}]}  | /events/0/at          | expected an integer",
                "{P, 'limits': {'steps': 0}}                   | /limits/steps         | expected an integer from 1 to 20000, got 0",
                "{P, 'limits': {'steps': 20001}}               | /limits/steps         | expected an integer from 1 to 20000",
                "{P, 'limits': {'pages': 1}}                   | /limits/pages         | unknown field; expected one of steps",
                "{P, 'overlays': [{'struct': 'foo', 'at': '0'}]} | /overlays/0/struct  | unknown struct \"foo\"; expected one of extended_pt_regs, pt_regs",
                "{P, 'overlays': [{'struct': 'pt_regs', 'at': 'nowhere'}]} | /overlays/0/at | the program has no symbol nowhere",
                "{P, 'overlays': [{'struct': 'pt_regs', 'at': '1 2'}]} | /overlays/0/at | expected symbols and numbers with + and - between them",
                "{P, 'overlays': [{'struct': 'pt_regs', 'at': '_start *2'}]} | /overlays/0/at | expected symbols and numbers",
                "{P, 'a/b~': 1}                                | /a~1b~0               | unknown field"
            })
    @DisplayName("that cannot be used is refused with the place and what was expected")
    void namesThePlace(String json, String pointer, String problem) {
        String text =
                (json == null ? "" : json).replace('\'', '"').replace("P", "\"program\":{\"name\":\"page-fault\"}");

        assertThatExceptionOfType(BadRecipe.class)
                .isThrownBy(() -> reader.read(text))
                .satisfies(e -> assertThat(e.pointer()).isEqualTo(pointer == null ? "" : pointer))
                .withMessageContaining(problem);
    }

    @Test
    @DisplayName("with another content hash than the named program has is a conflict")
    void refusesAnotherContent() {
        assertThatExceptionOfType(ProgramChanged.class)
                .isThrownBy(() -> reader.read("{\"program\":{\"name\":\"page-fault\",\"sha256\":\"00\"}}"))
                .withMessageContaining("page-fault")
                .withMessageContaining("not 00");
    }

    @Test
    @DisplayName("of more than 64 events, or nested too deep, is refused")
    void boundsEverything() {
        String many = "[" + "{\"at\":1,\"kind\":\"nmi\"},".repeat(64) + "{\"at\":1,\"kind\":\"nmi\"}]";
        String deep = "[".repeat(1000) + "]".repeat(1000);

        assertThatExceptionOfType(BadRecipe.class)
                .isThrownBy(() -> reader.read("{\"program\":{\"name\":\"page-fault\"},\"events\":" + many + "}"))
                .withMessageContaining("at most 64 elements, got 65");
        assertThatExceptionOfType(BadRecipe.class)
                .isThrownBy(() -> reader.read("{\"program\":{\"name\":\"page-fault\"},\"events\":" + deep + "}"))
                .withMessageContaining("not JSON");
    }

    @Test
    @DisplayName("in a lesson is a scenario: the program by name, a title, where the stepper starts")
    void readsScenarios() throws Exception {
        JsonNode block = new ObjectMapper().readTree("{\"program\":\"page-fault\",\"title\":\"T\",\"start\":\"4.2\"}");
        JsonNode bad = new ObjectMapper().readTree("{\"program\":\"page-fault\",\"title\":\"T\",\"start\":\"4.\"}");

        Scenario scenario = reader.readScenario("slug", block);
        assertThat(scenario.title()).isEqualTo("T");
        assertThat(scenario.start()).isEqualTo(new Position(4, 2));
        assertThatExceptionOfType(BadRecipe.class)
                .isThrownBy(() -> reader.readScenario("slug", bad))
                .withMessageStartingWith("/start: expected a position");
    }

    private String id(String json) {
        return RecipeId.of(reader.read(json));
    }
}
