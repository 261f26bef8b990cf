package dev.trapframe.server.scenario;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.trapframe.emulator.api.Injection;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.event.Event;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Reads recipes strictly: what is not understood is refused, with the place and what would be right. The format stands in
 * {@code docs/trace-format.md}. Thread-safe.
 */
public final class RecipeReader {

    private static final int FIRST_EXTERNAL_VECTOR = 16;
    private static final int LAST_VECTOR = 255;
    private static final int LONGEST_NAME = 64;
    private static final int LONGEST_TEXT = 200;
    private static final int DEEPEST = 16;
    private static final int LONGEST_STRING = 4_096;

    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(DEEPEST)
                            .maxStringLength(LONGEST_STRING)
                            .maxNumberLength(LONGEST_NAME)
                            .build())
                    .build())
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private final ProgramLibrary programs;
    private final Set<String> structs;

    /** @param structs names of the structs that may be laid over memory */
    public RecipeReader(ProgramLibrary programs, Set<String> structs) {
        this.programs = programs;
        this.structs = Set.copyOf(structs);
    }

    /**
     * Reads a recipe from JSON text.
     *
     * @throws BadRecipe naming the place of what cannot be used
     * @throws ProgramChanged if it names a program and another content hash than the program has
     */
    public Recipe read(String text) {
        JsonNode json;
        try {
            json = JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new BadRecipe("", "not JSON: " + e.getOriginalMessage() + at(e));
        }
        if (json.isMissingNode()) throw new BadRecipe("", "expected a JSON object, got nothing");
        return read(json);
    }

    /** Reads a recipe from a tree; errors as {@link #read(String)}. */
    public Recipe read(JsonNode json) {
        RecipeNode recipe = new RecipeNode(json, "").object("program", "machine", "events", "overlays", "limits");
        RecipeNode program = recipe.required("program").object("name", "sha256");
        return read(recipe, program(program));
    }

    /**
     * Reads a scenario block of a lesson: a recipe whose {@code program} is a name, with {@code title} and {@code start}.
     *
     * @param slug the block's id
     * @throws BadRecipe naming the place of what cannot be used
     */
    public Scenario readScenario(String slug, JsonNode json) {
        RecipeNode block =
                new RecipeNode(json, "").object("program", "title", "machine", "events", "overlays", "limits", "start");
        Recipe recipe = read(block, named(block.required("program")));
        String title = block.required("title").text(LONGEST_TEXT);
        Position start = block.field("start").map(RecipeReader::position).orElse(Position.START);
        return new Scenario(slug, title, recipe, start);
    }

    private Recipe read(RecipeNode recipe, LibraryProgram program) {
        SortedMap<MachineRegister, Long> registers = recipe.field("machine")
                .flatMap(machine -> machine.object("registers").field("registers"))
                .map(RegisterValues::read)
                .orElseGet(TreeMap::new);
        List<Injection> events =
                recipe.field("events").map(RecipeReader::events).orElse(List.of());
        List<OverlayPlace> overlays = recipe.field("overlays")
                .map(node -> node.elements(Recipe.MAX_OVERLAYS).stream()
                        .map(overlay -> overlay(overlay, program))
                        .toList())
                .orElse(List.of());
        int steps = recipe.field("limits")
                .flatMap(limits -> limits.object("steps").field("steps"))
                .map(node -> node.integer(1, Recipe.MAX_STEPS))
                .orElse(Recipe.DEFAULT_STEPS);
        return new Recipe(program.name(), program.sha256(), registers, events, overlays, steps);
    }

    private LibraryProgram program(RecipeNode node) {
        Optional<RecipeNode> name = node.field("name");
        Optional<RecipeNode> hash = node.field("sha256");
        if (name.isPresent()) {
            LibraryProgram program = named(name.get());
            if (hash.isPresent() && !hash.get().text(LONGEST_NAME).equals(program.sha256())) {
                throw new ProgramChanged(program.name(), hash.get().text(LONGEST_NAME), program.sha256());
            }
            return program;
        }
        RecipeNode sha256 = hash.orElseThrow(() -> node.bad("expected name, sha256, or both"));
        return programs.byHash(sha256.text(LONGEST_NAME))
                .orElseThrow(() -> sha256.bad("no program here has this content hash"));
    }

    private LibraryProgram named(RecipeNode node) {
        String name = node.text(LONGEST_NAME);
        return programs.byName(name)
                .orElseThrow(() -> node.bad(
                        "unknown program " + node.kind() + "; expected one of " + String.join(", ", programs.names())));
    }

    private static List<Injection> events(RecipeNode node) {
        return node.elements(Recipe.MAX_EVENTS).stream()
                .map(RecipeReader::event)
                .sorted(Comparator.comparingInt(Injection::position))
                .collect(Collectors.toUnmodifiableList());
    }

    private static Injection event(RecipeNode node) {
        node.object("at", "kind", "vector");
        int at = node.required("at").integer(0, Recipe.MAX_STEPS);
        RecipeNode kind = node.required("kind");
        Optional<RecipeNode> vector = node.field("vector");
        switch (kind.text(LONGEST_NAME)) {
            case "interrupt" -> {
                int number = node.required("vector").integer(FIRST_EXTERNAL_VECTOR, LAST_VECTOR);
                return new Injection(at, Event.externalInterrupt(number));
            }
            case "nmi" -> {
                if (vector.isPresent()) throw vector.get().bad("an NMI has no vector of its own: leave it out");
                return new Injection(at, Event.nmi());
            }
            default -> throw kind.bad("expected \"interrupt\" or \"nmi\", got " + kind.kind());
        }
    }

    private OverlayPlace overlay(RecipeNode node, LibraryProgram program) {
        node.object("struct", "at", "title");
        RecipeNode struct = node.required("struct");
        String name = struct.text(LONGEST_NAME);
        if (!structs.contains(name)) {
            String known = structs.stream().sorted().collect(Collectors.joining(", "));
            throw struct.bad("unknown struct " + struct.kind() + "; expected one of " + known);
        }
        RecipeNode at = node.required("at");
        try {
            long address = AddressExpression.evaluate(at.text(LONGEST_TEXT), program.program());
            String title =
                    node.field("title").map(text -> text.text(LONGEST_TEXT)).orElse("struct " + name);
            return new OverlayPlace(name, address, title);
        } catch (IllegalArgumentException e) {
            throw at.bad(e.getMessage());
        }
    }

    private static Position position(RecipeNode node) {
        return Position.parse(node.text(LONGEST_NAME))
                .orElseThrow(() -> node.bad("expected a position like \"12\" or \"12.5\", got " + node.kind()));
    }

    private static String at(JsonProcessingException e) {
        return e.getLocation() == null
                ? ""
                : " (line " + e.getLocation().getLineNr() + ", column "
                        + e.getLocation().getColumnNr() + ")";
    }
}
