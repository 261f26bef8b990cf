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

/**
 * A loop as compilers make them: a table that is read and written, a function with a frame that is called, bytes that are
 * compared, branches both ways.
 */
final class MixedProgram {

    /** Instructions of one iteration, whichever way its branches go. */
    static final int PER_ITERATION = 24;

    private static final String SOURCE = """
                    .text
                    .globl  _start
            _start:
                    mov     $%d,%%r12d
                    xor     %%eax,%%eax
                    movabs  $table,%%rbx
            1:      mov     %%r12d,%%edi
                    and     $255,%%edi
                    mov     (%%rbx,%%rdi,8),%%rsi
                    add     %%rsi,%%rax
                    call    hash
                    mov     %%rax,(%%rbx,%%rdi,8)
                    cmpb    $0x40,(%%rbx,%%rdi,8)
                    jae     2f
                    addl    $1,2048(%%rbx)
                    jmp     3f
            2:      addl    $3,2052(%%rbx)
                    nop
            3:      movzbl  2048(%%rbx),%%ecx
                    add     %%rcx,%%rax
                    dec     %%r12d
                    jnz     1b
                    hlt

            hash:   push    %%rbp
                    mov     %%rsp,%%rbp
                    mov     %%rdi,%%rdx
                    shl     $7,%%rdx
                    xor     %%rdx,%%rax
                    lea     3(%%rax,%%rax,2),%%rax
                    mov     %%rax,%%rdx
                    shr     $29,%%rdx
                    pop     %%rbp
                    ret

                    .data
                    .balign 4096
            table:  .skip   4096
                    .section .task_stack,"aw"
            stack:  .skip   4096
                    .section .trapframe.stack
                    .quad   stack,stack+4096,9,0
            """;

    private final int iterations;
    private final Program program;

    /** @param iterations times that the loop is gone through, from 1 on */
    MixedProgram(int iterations) {
        this.iterations = iterations;
        this.program = new Assembler(AssemblerOptions.of(DefaultLayout.SECTIONS, IncludeResolver.none()))
                .assemble("mixed.S", String.format(Locale.ROOT, SOURCE, iterations));
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
        long[] table = new long[256];
        int below = 0;
        long rax = 0;
        for (int count = iterations; count != 0; count--) {
            int index = count & 255;
            rax += table[index];
            rax ^= (long) index << 7;
            rax = 3 * rax + 3;
            table[index] = rax;
            if ((rax & 0xff) < 0x40) below++;
            rax += below & 0xff;
        }
        long found = end.register(MachineRegister.RAX);
        if (found != rax) throw new IllegalStateException("the loop left RAX = %#x, not %#x".formatted(found, rax));
    }
}
