/** {@code bench}: measures and prints the figures of docs/performance.md. */
@NullMarked
package dev.trapframe.server.bench;

import org.jspecify.annotations.NullMarked;
