package dev.trapframe.server.content;

import dev.trapframe.server.scenario.Scenario;

/** Makes a scenario of what an author wrote. */
public interface ScenarioReader {

    /**
     * Reads a scenario block.
     *
     * @param slug  the block's id
     * @param block its keys and values
     * @throws ContentError naming the place of what cannot be understood
     */
    Scenario read(String slug, YamlNode block);

    /** The id of a scenario's recipe, 64 hex digits. */
    String recipeId(Scenario scenario);
}
