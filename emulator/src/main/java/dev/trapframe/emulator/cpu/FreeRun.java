package dev.trapframe.emulator.cpu;

import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.device.LocalApic;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.event.NotEmulated;
import dev.trapframe.emulator.execute.BlockOp;
import dev.trapframe.emulator.execute.BlockOps;
import dev.trapframe.emulator.execute.Branch;
import dev.trapframe.emulator.execute.DeferredFlags;
import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.memory.LinearMemory;
import dev.trapframe.emulator.state.CpuState;
import org.jspecify.annotations.Nullable;

/**
 * Runs blocks of code while nobody listens and nothing but instructions can happen. What it cannot do it leaves to
 * {@link Cpu#step}, with the machine as it was before that instruction: also an instruction that faults is made again
 * there. Results are the same as step by step.
 */
final class FreeRun {

    private static final int RIP = MachineRegister.RIP.ordinal();
    private static final int RSP = MachineRegister.RSP.ordinal();
    private static final int RFLAGS = MachineRegister.RFLAGS.ordinal();

    private final CpuState cpu;
    private final LinearMemory memory;
    private final InstructionFetch fetch;
    private final ExecutionContext context;
    private final LocalApic apic;
    private final DeferredFlags deferred = new DeferredFlags();
    private final BlockBuilder builder;
    private long done;

    FreeRun(CpuState cpu, LinearMemory memory, InstructionFetch fetch, ExecutionContext context, LocalApic apic) {
        this.cpu = cpu;
        this.memory = memory;
        this.fetch = fetch;
        this.context = context;
        this.apic = apic;
        this.builder = new BlockBuilder(cpu, fetch, new BlockOps(cpu, memory, deferred));
    }

    /** True in 64-bit mode, and in 32-bit mode with segments that change no address and refuse no access. */
    boolean isPossible() {
        return cpu.in64BitMode() || FlatSegments.are(cpu);
    }

    /** Executes instructions, as many as it can, {@code max} at the most; how many they were. */
    long run(long max) {
        done = 0;
        long[] registers = cpu.unjournaled();
        memory.settlePlainPages();
        Block block = blockAt(registers[RIP]);
        while (block != null && block.count <= max - done) {
            BlockOp[] operations = block.operations;
            int count = operations.length;
            int i = 0;
            while (i < count && operations[i].execute(registers)) i++;
            if (i == count && ends(block, registers)) block = after(block, registers[RIP]);
            else if (executeInStep(block, i, registers)) block = blockAt(registers[RIP]);
            else break;
        }
        return done;
    }

    /** False if there is an instruction at the block's end that has to be executed as in a step. */
    private boolean ends(Block block, long[] registers) {
        Block.Ending ending = block.ending;
        if (ending.last() != null) return false;
        BlockOp transfer = ending.transfer();
        if (transfer != null) {
            if (!transfer.execute(registers)) return false;
        } else {
            Branch branch = ending.branch();
            registers[RIP] = branch != null && branch.jumps(registers[RFLAGS]) ? ending.target() : block.next;
        }
        context.addTicks(block.count);
        done += block.count;
        return true;
    }

    /**
     * Executes the instruction of operation {@code index}, or the block's last one, as a step does.
     *
     * @return false if what comes next has to be looked at anew, or the instruction could not be executed here
     */
    private boolean executeInStep(Block block, int index, long[] registers) {
        if ((block.deferredBefore >>> index & 1) != 0) deferred.make(registers);
        context.addTicks(index);
        done += index;
        long rip = block.linear + block.offsets[index];
        registers[RIP] = rip;
        CachedInstruction instruction = fetch.peek(rip);
        return instruction != null && executeInStep(instruction, rip, registers);
    }

    private boolean executeInStep(CachedInstruction cached, long rip, long[] registers) {
        Instruction instruction = cached.instruction();
        long rsp = registers[RSP];
        int tlbGeneration = memory.tlbGeneration();
        int codeGeneration = fetch.codeGeneration();
        long apicStamp = apic.stamp();
        try {
            context.begin(instruction);
            cached.semantics().execute(instruction, context);
            context.complete();
        } catch (Fault | NotEmulated left) {
            registers[RSP] = rsp;
            registers[RIP] = rip;
            return false;
        }
        done++;
        return tlbGeneration == memory.tlbGeneration()
                && codeGeneration == fetch.codeGeneration()
                && apicStamp == apic.stamp();
    }

    private @Nullable Block after(Block block, long rip) {
        Block known = block.following(rip);
        if (known != null) return known;
        Block next = blockAt(rip);
        if (next != null) block.isFollowedBy(next);
        return next;
    }

    private @Nullable Block blockAt(long rip) {
        CachedInstruction first = fetch.peek(rip);
        if (first == null && fetch.turnTo(rip)) first = fetch.peek(rip);
        if (first == null) return null;
        Block known = first.block();
        if (known != null && known.linear == rip) return known;
        Block built = builder.build(rip);
        if (built != null) first.setBlock(built);
        return built;
    }
}
