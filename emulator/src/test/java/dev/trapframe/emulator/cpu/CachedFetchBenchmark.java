package dev.trapframe.emulator.cpu;

import dev.trapframe.emulator.TestMachine;
import dev.trapframe.emulator.api.MachineState;
import dev.trapframe.emulator.api.Processor;
import dev.trapframe.emulator.memory.LinearMemory;
import dev.trapframe.emulator.memory.PhysicalMemory;
import dev.trapframe.emulator.state.CpuState;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** An instruction found in the cache of decoded ones, as every step looks for it. */
public class CachedFetchBenchmark {

    private static final int INSTRUCTIONS = 1_000;

    /** A page of two-byte instructions, each fetched once before. */
    @State(Scope.Thread)
    public static class Page {

        private final InstructionFetch fetch;
        private final long start;

        public Page() {
            MachineState state = TestMachine.inKernelMode()
                    .withCode("31 c0 ".repeat(INSTRUCTIONS).trim())
                    .state();
            CpuState cpu = new CpuState();
            state.system().forEach((register, descriptor) -> cpu.setDescriptor(register, descriptor));
            state.registers().forEach(cpu::set);
            PhysicalMemory physical = new PhysicalMemory(state.ramSizeBytes(), state.pages());
            fetch = new InstructionFetch(cpu, new LinearMemory(cpu, physical, Processor.TRAPFRAME), physical);
            start = cpu.rip();
        }
    }

    @Benchmark
    @OperationsPerInvocation(INSTRUCTIONS)
    public int cached(Page page) {
        int bytes = 0;
        for (int i = 0; i < INSTRUCTIONS; i++) {
            CachedInstruction found = page.fetch.at(page.start + 2L * i);
            if (found != null) bytes += found.instruction().lengthBytes();
        }
        if (bytes != 2 * INSTRUCTIONS) throw new IllegalStateException("the page holds " + bytes + " bytes of code");
        return bytes;
    }
}
