/** The program: command line, configuration, and the one place where everything is put together. */
@NullMarked
package dev.trapframe.server.app;

import org.jspecify.annotations.NullMarked;
