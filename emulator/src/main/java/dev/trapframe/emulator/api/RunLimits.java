package dev.trapframe.emulator.api;

import java.util.function.BooleanSupplier;

/**
 * Where a run that is not recorded stops at the latest.
 *
 * @param ticks      most instructions and REP iterations; a run exceeds it by no more than one step's work
 * @param pages      most 4 KiB pages of physical memory that the machine may hold
 * @param shouldStop asked now and then; true ends the run with {@link RunEnd#TIME_LIMIT}
 */
public record RunLimits(long ticks, int pages, BooleanSupplier shouldStop) {}
