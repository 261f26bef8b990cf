/** Grading: reading what was typed and comparing it, slot by slot, with the solution. */
@NullMarked
package dev.trapframe.server.grading;

import org.jspecify.annotations.NullMarked;
