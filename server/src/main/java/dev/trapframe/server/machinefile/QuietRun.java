package dev.trapframe.server.machinefile;

import dev.trapframe.emulator.Machine;
import dev.trapframe.emulator.api.RunLimits;

/** Runs a machine without recording its steps, as fast as it goes. */
public final class QuietRun {

    private final Machine machine;
    private final RunBounds bounds;
    private final SerialPrinter serial;

    public QuietRun(Machine machine, RunBounds bounds, SerialPrinter serial) {
        this.machine = machine;
        this.bounds = bounds;
        this.serial = serial;
    }

    /** Runs to the end or a limit of ticks, memory or time; what the machine sends is printed at once. */
    public RunResult run() {
        RunBounds.Stopwatch stopwatch = bounds.stopwatch();
        var end = machine.run(new RunLimits(bounds.ticks(), bounds.pages(), () -> {
            serial.print(machine.serialOutput());
            return stopwatch.isOver();
        }));
        serial.print(machine.serialOutput());
        return RunResult.of(end, machine);
    }
}
