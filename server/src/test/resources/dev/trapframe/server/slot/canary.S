# A handler that pushes a value from memory that the trace does not show, and then does all kinds of things with it.
#
# Expected: whatever the value is, a trace in which it is hidden is the same.

        .include "trapframe.inc"

        GATE    14, handler
        STACK   rsp0, entry_stack, entry_stack_top
        STACK   user, user_stack, user_stack_top

        .section .entry_stack, "aw", @nobits
        .globl  entry_stack_top
entry_stack:
        .skip   4096
entry_stack_top:

        .section .user.stack, "aw", @nobits
user_stack:
        .skip   4096
user_stack_top:

        .section .rodata, "a"
secret: .quad   SECRET

        .text
        .globl  handler, after_load
handler:
        LOAD
        movq    %rax, %rbx
        addq    $1, %rbx
        movl    %eax, %ecx
        movb    %ah, %dl
        leaq    7(%rax,%rbx), %r9
        notq    %r9
        negq    %r9
        shrq    $8, %r9
        xchgq   %r9, %r10
        pushq   %rbx
        pushq   %rax
        pushfq
        popq    %r11
        popq    %rsi
        movq    %rsi, -64(%rsp)
        movw    -62(%rsp), %r12w
        movb    $1, %r12b
        movzbl  %al, %r13d
        cmpq    $7, %rax
        sete    %r14b
        cmovneq %rsp, %r15
        sbbq    %rdi, %rdi
        cld
        movq    %rax, %rdx
        shrq    $32, %rdx
        movq    %rax, %cr2
        movq    %rsp, %r8
        xorl    %eax, %eax
        xorl    %ebx, %ebx
        movq    $0, -64(%rsp)
        wrgsbase %rdx                   # faults or not, as the value wants it: nothing after this is shown
        swapgs
        hlt

        .section .user.text, "ax"
        .globl  _start
_start:
        movl    0x406000, %eax
        hlt
