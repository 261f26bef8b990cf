package dev.trapframe.server.scenario;

/**
 * A run that a lesson or an item shows: a recipe, a title, and where the stepper stands at first.
 *
 * @param slug   the block's id, unique among all content
 * @param title  shown above the stepper
 * @param recipe what is run
 * @param start  first position shown
 */
public record Scenario(String slug, String title, Recipe recipe, Position start) {}
