package dev.trapframe.emulator.assemble;

/**
 * One statement: what stands between separators, labels included, comments blanked.
 *
 * @param column of {@code text} in the line, from 0
 */
record Statement(Origin origin, int column, String text) {}
