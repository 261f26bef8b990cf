/** The stepper as the server draws it: one position of a trace, complete, so that it reads and steps by links. */
@NullMarked
package dev.trapframe.server.stepper;

import org.jspecify.annotations.NullMarked;
