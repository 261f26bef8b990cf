package dev.trapframe.emulator.assemble;

import java.util.Map;

/**
 * How the text of a statement came from a body.
 *
 * @param body   the statement of the body, before substitution
 * @param values what was put in for which name
 * @param count  what {@code \@} stood for
 */
record Expansion(Statement body, Map<String, String> values, int count) {

    /** The character of the body's text that a character of the expanded text came from. */
    int bodyPosition(int position) {
        return Substitution.sourcePosition(body.text(), values, count, position);
    }
}
