package dev.trapframe.emulator.execute;

/**
 * An instruction that only computes with general registers and status flags: it cannot fault, and it works on the
 * registers themselves, so nobody hears of what it changes. For running free.
 */
public abstract class RegisterOp {

    /**
     * Executes the instruction, RIP aside.
     *
     * @param registers by ordinal of {@link dev.trapframe.emulator.api.MachineRegister}
     */
    public abstract void execute(long[] registers);
}
