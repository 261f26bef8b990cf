package dev.trapframe.emulator.bench;

import dev.trapframe.emulator.Machine;
import dev.trapframe.emulator.api.DefaultLayout;
import dev.trapframe.emulator.api.MachineOptions;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MachineView;
import dev.trapframe.emulator.api.Program;
import dev.trapframe.emulator.assemble.Assembler;
import dev.trapframe.emulator.assemble.AssemblerOptions;
import dev.trapframe.emulator.assemble.IncludeResolver;
import java.util.Locale;

/** A loop of five integer instructions, the one of the recorder's {@code rate.py}, and what it computes. */
final class LoopProgram {

    private static final String SOURCE = """
                    .text
                    .globl  _start
            _start:
                    mov     $%d,%%ecx
                    xor     %%eax,%%eax
            1:      add     %%rcx,%%rax
                    lea     3(%%rax,%%rcx,2),%%rdx
                    xor     %%rdx,%%rax
                    dec     %%rcx
                    jnz     1b
                    hlt

                    .section .task_stack,"aw"
            stack:  .skip   4096
                    .section .trapframe.stack
                    .quad   stack,stack+4096,9,0
            """;

    private final int iterations;
    private final Program program;

    /** @param iterations times that the loop is gone through, from 1 on */
    LoopProgram(int iterations) {
        this.iterations = iterations;
        this.program = new Assembler(AssemblerOptions.of(DefaultLayout.SECTIONS, IncludeResolver.none()))
                .assemble("loop.S", String.format(Locale.ROOT, SOURCE, iterations));
    }

    /** Instructions from {@code _start} to HLT, both included. */
    int instructions() {
        return 2 + 5 * iterations + 1;
    }

    /** A new machine that stands at {@code _start}. */
    Machine machine() {
        return Machine.load(program, MachineOptions.DEFAULT);
    }

    /**
     * Compares what a run left in RAX with what the loop computes.
     *
     * @throws IllegalStateException if they differ: such a run is worth no figure
     */
    void requireRight(MachineView end) {
        long rax = 0;
        for (long rcx = iterations; rcx != 0; rcx--) {
            rax += rcx;
            rax ^= rax + 2 * rcx + 3;
        }
        long found = end.register(MachineRegister.RAX);
        if (found != rax) throw new IllegalStateException("the loop left RAX = %#x, not %#x".formatted(found, rax));
    }
}
