package dev.trapframe.emulator.cpu;

import dev.trapframe.emulator.execute.BlockOp;
import dev.trapframe.emulator.execute.Branch;
import dev.trapframe.emulator.memory.PhysicalMemory;
import org.jspecify.annotations.Nullable;

/**
 * Straight-line code: operations, and at the end a branch, a call or return, or one instruction that is executed as in a step,
 * or nothing. It knows the blocks that came after it, so that a loop does not look them up.
 */
final class Block {

    private static final long PAGE = -PhysicalMemory.PAGE_SIZE;

    /** RIP of the first instruction. */
    final long linear;

    /** The instructions before the last one; all of them if there is no last one. */
    final BlockOp[] operations;

    /** RIP of each operation's instruction, as distance from {@link #linear}, and that of what comes after them. */
    final int[] offsets;

    /** Bit i: the flags of the last instruction before operation i that writes any are deferred. */
    final long deferredBefore;

    final Ending ending;

    /** RIP of the instruction behind the block. */
    final long next;

    /** All instructions. */
    final int count;

    private @Nullable Block afterJump;
    private @Nullable Block afterNext;

    /**
     * How a block ends: at most one of the three is there.
     *
     * @param branch   jumps to {@code target} or not
     * @param transfer loads RIP itself
     * @param last     is executed as in a step
     */
    record Ending(
            @Nullable Branch branch,
            long target,
            @Nullable BlockOp transfer,
            @Nullable CachedInstruction last) {

        static final Ending NONE = new Ending(null, 0, null, null);
    }

    Block(long linear, BlockOp[] operations, int[] offsets, long deferredBefore, Ending ending, long next) {
        this.linear = linear;
        this.operations = operations;
        this.offsets = offsets;
        this.deferredBefore = deferredBefore;
        this.ending = ending;
        this.next = next;
        this.count = operations.length + (ending == Ending.NONE ? 0 : 1);
    }

    /** The block that has followed at this RIP before, null if none has. */
    @Nullable
    Block following(long rip) {
        Block known = rip == next ? afterNext : afterJump;
        return known != null && known.linear == rip ? known : null;
    }

    /** Remembers what follows, if it stands in the same page: what makes this page's code current holds for it too. */
    void isFollowedBy(Block block) {
        if ((block.linear & PAGE) != (linear & PAGE)) return;
        if (block.linear == next) afterNext = block;
        else afterJump = block;
    }
}
