package dev.trapframe.server.bench;

import dev.trapframe.emulator.Machine;
import dev.trapframe.emulator.api.DefaultLayout;
import dev.trapframe.emulator.api.MachineOptions;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MachineView;
import dev.trapframe.emulator.assemble.Assembler;
import dev.trapframe.emulator.assemble.AssemblerOptions;
import dev.trapframe.emulator.assemble.IncludeResolver;
import java.util.Locale;

/**
 * A loop of five integer instructions, and what it computes.
 *
 * @param iterations times that the loop is gone through, 1 to 2<sup>31</sup> - 1
 */
record LoopProgram(int iterations) {

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
                    .quad   stack,stack+4096,9,0    # 9: the task stack
            """;

    /** Instructions from {@code _start} to HLT, both included. */
    long instructions() {
        return 2 + 5L * iterations + 1;
    }

    /** A new machine that stands at {@code _start}. */
    Machine machine() {
        var assembler = new Assembler(AssemblerOptions.of(DefaultLayout.SECTIONS, IncludeResolver.none()));
        var program = assembler.assemble("loop.S", String.format(Locale.ROOT, SOURCE, iterations));
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
