/** C structs laid over memory, by the rules of the System V ABI. */
@NullMarked
package dev.trapframe.emulator.overlay;

import org.jspecify.annotations.NullMarked;
