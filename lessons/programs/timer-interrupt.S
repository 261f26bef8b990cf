# A timer interrupts a user loop at any instruction boundary you choose: what is different from a fault?
#
# Expected: the saved RIP names the instruction that has not run yet; RF is 0 in the saved RFLAGS; no error code is pushed, the
#           stub pushes -1 in its place. In the kernel IF is 0, so a second interrupt waits until IRETQ.
# Source:   Intel SDM Vol. 3A, "Interrupt and Exception Handling", "Enabling and Disabling Interrupts".

        .include "trapframe.inc"
        .include "calling.inc"
        .include "entry_64.S"
        .include "user-stack.S"

        .section .user.text, "ax"
        .globl  _start, user_loop, program_end
        PHASE   user
_start:
        movl    $4, %ecx
        xorl    %eax, %eax
user_loop:
        addl    %ecx, %eax
        decl    %ecx
        jnz     user_loop
program_end:
        jmp     program_end
