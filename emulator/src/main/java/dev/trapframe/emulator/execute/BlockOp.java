package dev.trapframe.emulator.execute;

/**
 * An instruction of straight-line code with its operands resolved beforehand, for running free: it works on the registers
 * themselves, so nobody hears of what it changes, and it raises nothing.
 *
 * <p>What each instruction does stands at its method in the class of its group; this is the same, faster, and the tests hold
 * the two against each other.
 */
public abstract class BlockOp {

    /**
     * Executes the instruction, RIP aside unless it is a transfer.
     *
     * @param registers by ordinal of {@link dev.trapframe.emulator.api.MachineRegister}
     * @return false if it has done nothing and has to be executed as in a step: its memory is not plain, or it would fault
     */
    public abstract boolean execute(long[] registers);

    /** True if {@link #execute} may answer false. */
    public boolean mayLeave() {
        return false;
    }
}
