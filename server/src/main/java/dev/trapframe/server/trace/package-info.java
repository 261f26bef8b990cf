/** Traces: run once, cached, explained, and sent as JSON with what must stay hidden left out. */
@NullMarked
package dev.trapframe.server.trace;

import org.jspecify.annotations.NullMarked;
