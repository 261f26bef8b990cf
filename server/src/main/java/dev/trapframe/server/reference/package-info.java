/** Reference pages: what the emulator knows. */
@NullMarked
package dev.trapframe.server.reference;

import org.jspecify.annotations.NullMarked;
