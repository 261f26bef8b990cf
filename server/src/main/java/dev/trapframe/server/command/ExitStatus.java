package dev.trapframe.server.command;

import dev.trapframe.server.machinefile.RunResult;

/**
 * The exit status of the command that started a program: what the program wrote to port 0xf4, as far as a status can say
 * it, and numbers above those of test programs for what ended the run otherwise.
 */
final class ExitStatus {

    /** Also: the program wrote 1. Standard error tells which. */
    static final int FAILED = 1;

    /** The program wrote this, or a larger value: no other value than 0 may look like 0. */
    private static final int LARGEST_CODE = 123;

    /** The same as timeout(1) has. */
    private static final int LIMIT = 124;

    /** Shutdown, HLT for ever, an instruction that is not there. */
    private static final int STOPPED = 125;

    private ExitStatus() {}

    static int of(RunResult result) {
        if (result.exitCode().isPresent())
            return (int) Math.min(LARGEST_CODE, result.exitCode().getAsLong());
        return result.isLimit() ? LIMIT : STOPPED;
    }
}
