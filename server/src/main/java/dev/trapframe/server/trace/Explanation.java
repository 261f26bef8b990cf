package dev.trapframe.server.trace;

import org.jspecify.annotations.Nullable;

/**
 * What the page says of one micro-op.
 *
 * @param title  a dozen words at the most
 * @param why    one to three sentences: the rule that decided
 * @param source where that stands; null where nothing more than the program says it
 */
record Explanation(String title, String why, @Nullable String source) {}
