# The user's side of the page-fault programs: store to a page that is not mapped, then read back what was stored.

        .set    UNMAPPED_PAGE, 0x405000

        .include "user-stack.S"

        .section .user.text, "ax"
        .globl  _start, user_store, program_end
        PHASE   user
_start:
        pushq   %rbp                    # so that RSP is not a round number
        leaq    UNMAPPED_PAGE + 0x10, %rdi
        movl    $42, %eax
        cmpl    $43, %eax               # leaves CF, AF, SF and PF for RFLAGS to show
user_store:
        movl    %eax, (%rdi)            # no page here yet
        movl    (%rdi), %edx            # now there is: 42
        popq    %rbp
program_end:
        jmp     program_end
