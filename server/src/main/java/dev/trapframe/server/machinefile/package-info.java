/** Machine states and traces as files: what other emulators recorded, and what the {@code trace} command reads and writes. */
@NullMarked
package dev.trapframe.server.machinefile;

import org.jspecify.annotations.NullMarked;
