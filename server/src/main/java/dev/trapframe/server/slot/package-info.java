/** Slots: the addressable places of a machine, and what a probe finds in them. */
@NullMarked
package dev.trapframe.server.slot;

import org.jspecify.annotations.NullMarked;
