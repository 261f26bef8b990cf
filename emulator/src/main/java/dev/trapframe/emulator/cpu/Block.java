package dev.trapframe.emulator.cpu;

import dev.trapframe.emulator.execute.Branch;
import dev.trapframe.emulator.execute.RegisterOp;
import dev.trapframe.emulator.memory.PhysicalMemory;
import org.jspecify.annotations.Nullable;

/**
 * Straight-line code: some instructions that only compute with registers, and at the end a branch, or one instruction that
 * may touch memory, or neither. It knows the blocks that came after it, so that a loop does not look them up.
 */
final class Block {

    private static final long PAGE = -PhysicalMemory.PAGE_SIZE;

    /** RIP of the first instruction. */
    final long linear;

    /** The instructions before the last one; all of them if there is no last one. */
    final RegisterOp[] operations;

    /** RIP of the last instruction. */
    final long lastLinear;

    /** Null if the block ends otherwise. */
    final @Nullable Branch branch;

    final long target;

    /** The last instruction if it is no branch and may touch memory, else null. */
    final @Nullable CachedInstruction last;

    /** RIP of the instruction behind the block. */
    final long next;

    /** All instructions. */
    final int count;

    private @Nullable Block afterJump;
    private @Nullable Block afterNext;

    Block(
            long linear,
            RegisterOp[] operations,
            long lastLinear,
            @Nullable Branch branch,
            long target,
            @Nullable CachedInstruction last,
            long next) {
        this.linear = linear;
        this.operations = operations;
        this.lastLinear = lastLinear;
        this.branch = branch;
        this.target = target;
        this.last = last;
        this.next = next;
        this.count = operations.length + (branch == null && last == null ? 0 : 1);
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
