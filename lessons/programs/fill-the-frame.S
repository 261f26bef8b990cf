# A program reads from a page that is not there, on a stack that is not aligned, with flags set: fill the frame.
#
# Expected: nothing is told here. The answer is the run.
# Source:   Intel SDM Vol. 3A, "Interrupt and Exception Handling", "64-Bit Mode Stack Frame".

        .include "trapframe.inc"
        .include "calling.inc"
        .include "entry_64.S"
        .include "user-stack.S"

        .section .user.text, "ax"
        .globl  _start, user_load, program_end
        PHASE   user
_start:
        subq    $0x1c, %rsp             # room for three numbers and a half
        movl    $7, 4(%rsp)
        addb    $0x7f, 4(%rsp)          # sets OF, SF and AF
        stc
user_load:
        movq    0x28(%rbx), %rax        # no page here yet
        addq    $0x1c, %rsp
program_end:
        jmp     program_end
