/** The commands that work on files and need no server. */
@NullMarked
package dev.trapframe.server.command;

import org.jspecify.annotations.NullMarked;
