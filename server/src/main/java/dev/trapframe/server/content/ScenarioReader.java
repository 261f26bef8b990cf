package dev.trapframe.server.content;

import dev.trapframe.server.scenario.BadProgram;
import dev.trapframe.server.scenario.BadRecipe;
import dev.trapframe.server.scenario.RecipeReader;
import dev.trapframe.server.scenario.Scenario;

/** Makes scenarios of what authors wrote. */
public final class ScenarioReader {

    private final RecipeReader recipes;

    public ScenarioReader(RecipeReader recipes) {
        this.recipes = recipes;
    }

    /**
     * Reads a scenario block.
     *
     * @param slug  the block's id
     * @param block its keys and values
     * @throws ContentError naming the place of what cannot be understood
     */
    public Scenario read(String slug, YamlNode block) {
        try {
            return recipes.readScenario(slug, block.toJson());
        } catch (BadRecipe e) {
            String problem = e.getMessage().substring(e.getMessage().indexOf(": ") + 2);
            throw block.nearest(e.pointer()).error(problem);
        } catch (BadProgram e) {
            throw block.nearest("/program").error(e.getMessage());
        }
    }
}
