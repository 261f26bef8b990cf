package dev.trapframe.emulator.cpu;

import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.device.LocalApic;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.event.NotEmulated;
import dev.trapframe.emulator.execute.RegisterOp;
import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.memory.LinearMemory;
import dev.trapframe.emulator.state.CpuState;
import org.jspecify.annotations.Nullable;

/**
 * Runs blocks of 64-bit code while nobody listens and nothing but instructions can happen. What it cannot do it leaves to
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
    private final BlockBuilder builder;
    private long done;

    FreeRun(CpuState cpu, LinearMemory memory, InstructionFetch fetch, ExecutionContext context, LocalApic apic) {
        this.cpu = cpu;
        this.memory = memory;
        this.fetch = fetch;
        this.context = context;
        this.apic = apic;
        this.builder = new BlockBuilder(cpu, fetch);
    }

    /** Executes instructions, as many as it can, {@code max} at the most; how many they were. */
    long run(long max) {
        done = 0;
        long[] registers = cpu.unjournaled();
        Block block = blockAt(registers[RIP]);
        while (block != null && block.count <= max - done) {
            for (RegisterOp operation : block.operations) operation.execute(registers);
            Block ended = block;
            if (ended.last == null) {
                finish(ended, registers);
            } else if (!executeLast(ended, registers)) {
                break;
            }
            block = after(ended, registers[RIP]);
        }
        return done;
    }

    private void finish(Block block, long[] registers) {
        boolean jumps = block.branch != null && block.branch.jumps(registers[RFLAGS]);
        registers[RIP] = jumps ? block.target : block.next;
        context.addTicks(block.count);
        done += block.count;
    }

    /** False if what comes next has to be looked at anew, or the instruction could not be executed here. */
    private boolean executeLast(Block block, long[] registers) {
        CachedInstruction last = block.last;
        if (last == null) throw new IllegalStateException("the block has no last instruction");
        Instruction instruction = last.instruction();
        int before = block.operations.length;
        context.addTicks(before);
        done += before;
        registers[RIP] = block.lastLinear;
        long rsp = registers[RSP];
        int tlbGeneration = memory.tlbGeneration();
        int codeGeneration = fetch.codeGeneration();
        long apicStamp = apic.stamp();
        try {
            context.begin(instruction);
            last.semantics().execute(instruction, context);
            context.complete();
        } catch (Fault | NotEmulated left) {
            registers[RSP] = rsp;
            registers[RIP] = block.lastLinear;
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
        if (first == null) return null;
        Block known = first.block();
        if (known != null && known.linear == rip) return known;
        Block built = builder.build(rip);
        if (built != null) first.setBlock(built);
        return built;
    }
}
