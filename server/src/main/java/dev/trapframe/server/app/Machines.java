package dev.trapframe.server.app;

import dev.trapframe.server.content.ScenarioReader;
import dev.trapframe.server.item.TraceSource;
import java.nio.file.Path;

/**
 * What one state of the programs gives: scenarios read against them, and their traces.
 *
 * @param scenarios reads scenario blocks
 * @param traces    runs them
 */
record Machines(ScenarioReader scenarios, TraceSource traces) {

    static int emulatorRevision() {
        throw new UnsupportedOperationException();
    }

    static Machines load(Path lessons) {
        throw new UnsupportedOperationException();
    }
}
