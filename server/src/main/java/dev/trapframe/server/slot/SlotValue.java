package dev.trapframe.server.slot;

import dev.trapframe.server.scenario.Position;
import java.util.OptionalLong;

/**
 * What a probe found.
 *
 * @param value     zero-extended from {@code sizeBytes}
 * @param sizeBytes 1 to 8
 * @param linear    where it stands, if in memory
 * @param place     position that the probe looked at
 * @param proof     position right after the micro-op that wrote the value; the start if nothing has
 */
public record SlotValue(long value, int sizeBytes, OptionalLong linear, Position place, Position proof) {}
