package dev.trapframe.server.item;

import dev.trapframe.server.content.Markdown;
import dev.trapframe.server.content.ScenarioReader;
import dev.trapframe.server.content.YamlNode;
import dev.trapframe.server.item.Item.AskedSlot;
import dev.trapframe.server.scenario.RecipeId;
import dev.trapframe.server.scenario.Scenario;
import dev.trapframe.server.slot.BadProbe;
import dev.trapframe.server.slot.Probe;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Makes an item of an item block. */
public final class ItemReader {

    private static final Set<String> KEYS = Set.of("title", "prompt", "attempts", "use", "slots", "hints", "scenario");
    private static final Set<String> SLOT_KEYS = Set.of("probe", "label", "points", "why");

    private final ScenarioReader scenarios;

    public ItemReader(ScenarioReader scenarios) {
        this.scenarios = scenarios;
    }

    /**
     * Reads an item block.
     *
     * @param block its keys and values
     * @param named the scenario block that the item names; empty if the item must hold its own
     * @throws dev.trapframe.server.content.ContentError naming the place of what cannot be understood
     */
    public Item read(String id, String lessonSlug, YamlNode block, Optional<Scenario> named) {
        block.requireKnownKeys(KEYS);
        requirePractice(block);
        String title = block.get("title").text(200);
        String prompt = block.get("prompt").text(5_000);
        int tries = block.find("attempts").map(node -> node.integer(1, 20)).orElse(3);
        List<AskedSlot> slots = slots(block.get("slots"));
        Scenario scenario = scenario(id, block, named);
        String revision = revision(id, title, prompt, tries, slots, scenario);
        return new Item(id, lessonSlug, title, Markdown.toHtml(prompt), tries, scenario, slots, revision);
    }

    private static void requirePractice(YamlNode block) {
        Optional<YamlNode> use = block.find("use");
        if (use.isPresent() && !use.get().text().equals("practice")) {
            throw use.get().error("expected practice, found \"" + use.get().text() + "\"");
        }
    }

    private Scenario scenario(String id, YamlNode block, Optional<Scenario> named) {
        Optional<YamlNode> own = block.find("scenario");
        if (own.isPresent()) return scenarios.read(id, own.get());
        return named.orElseThrow(() ->
                block.error("expected the key \"scenario\", or scenario=… with the id of a scenario block above"));
    }

    private static List<AskedSlot> slots(YamlNode list) {
        List<AskedSlot> slots = new ArrayList<>();
        for (YamlNode node : list.list()) {
            node.requireKnownKeys(SLOT_KEYS);
            AskedSlot slot = new AskedSlot(
                    probe(node.get("probe")),
                    node.get("label").text(100),
                    node.find("points").map(points -> points.integer(1, 100)).orElse(1),
                    node.get("why").text(2_000),
                    node.get("probe").place());
            if (slots.stream().anyMatch(earlier -> earlier.slot().equals(slot.slot()))) {
                throw node.get("probe").error("expected each slot once, found " + slot.slot() + " again");
            }
            slots.add(slot);
        }
        if (slots.isEmpty()) throw list.error("expected at least one slot");
        return slots;
    }

    private static Probe probe(YamlNode node) {
        try {
            return Probe.parse(node.text());
        } catch (BadProbe e) {
            throw node.error(e.getMessage());
        }
    }

    private static String revision(
            String id, String title, String prompt, int tries, List<AskedSlot> slots, Scenario scenario) {
        List<String> parts =
                new ArrayList<>(List.of(id, title, prompt, Integer.toString(tries), RecipeId.of(scenario.recipe())));
        for (AskedSlot slot : slots) {
            parts.addAll(List.of(slot.probe().toString(), slot.label(), Integer.toString(slot.points()), slot.why()));
        }
        return sha256(parts);
    }

    /** Each part with its length before it, so that no two lists give the same bytes. */
    private static String sha256(List<String> parts) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (String part : parts) {
                byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
                digest.update((bytes.length + ":").getBytes(StandardCharsets.US_ASCII));
                digest.update(bytes);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
