/** Items: the questions, and their solutions as the emulator computed them. */
@NullMarked
package dev.trapframe.server.item;

import org.jspecify.annotations.NullMarked;
