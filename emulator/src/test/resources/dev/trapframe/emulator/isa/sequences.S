# Source in AT&T syntax whose bytes GNU as and ld gave: sequences.expected.
        .set    KBASE, 0xffffffff80000000
        .set    count, 0
        size_of_table = table_end - table
        .macro  SAVE first, second=rbx, rest:vararg
        push    %\first
        push    %\second
        .ifnb   \rest
        .irp    r, \rest
        push    %\r
        .endr
        .endif
        .endm
        .macro  GATE vec, handler, dpl=0, ist=0, type=0xe, sel=0x10, p=1
        mov     $\handler,%rax
        mov     $idt+16*\vec,%rdi
        movw    $\sel,2(%rdi)
        movw    $(\ist | ((\type | (\dpl<<5) | (\p<<7))<<8)),4(%rdi)
        mov     %eax,8(%rdi)
        .endm
        .macro  UNIQUE
        jmp     .Lskip\@
        nop
.Lskip\@:
        .endm
        .macro  NEEDS what:req
        .if     \what > 3
        .exitm
        .else
        mov     $\what, %ecx
        .endif
        inc     %eax
        .endm

        .text
        .globl  _start, exported
_start: SAVE    rax
        SAVE    rcx, rdx
        SAVE    rsi rdi r8, r9
        GATE    0x80, handler, 3
        GATE    13, handler, p=0, ist=2
        UNIQUE
        UNIQUE
        NEEDS   3
        NEEDS   what=4
        jmp     1f
        .skip   127
1:      jmp     1b
        jmp     2f
        .skip   128
2:      jne     1b
        je      2f
        .fill   126, 1, 0x90
        jz      2f
2:      call    handler
        call    *table(%rip)
        jmp     exported
exported:
        jmp     replaceable
        .weak   replaceable
replaceable:
        jmp     _start
        jmp     *table(,%rax,8)
        lea     table(%rip),%rsi
        lea     table+8(%rip),%rsi
        mov     table+4*2,%eax
        mov     $table,%rdi
        mov     $table_end - table,%edx
        mov     $size_of_table,%edx
        add     $table_end - table,%rdx
        cmpl    $'a', %gs:16(%rax)
        movb    $'\n', %gs:counter(%rip)
        movabs  $table,%r9
        movabs  table,%al
        mov     KBASE+0x1000,%eax
        mov     $KBASE,%rax
        mov     $0x80000000,%rax
        mov     $0x7fffffff,%rax
        mov     $0xffffffff,%eax
        add     $0xffffffff,%eax
        add     $128,%rax
        add     $-128,%rax
        sub     $-129,%rsp
        push    $127; push $128; pushq $-129; pushw $1
        test    $1,%al
        testl   $0x200,128(%rsp)
        testb   $3,8(%rsp)
        imul    $5,%eax
        imul    $500,(%rax),%ecx
        shl     %eax
        shl     $1,%rax
        sar     $31,%rax
        shlq    %cl,(%rax)
        xchg    %eax,%ebx
        xchg    %ebx,%ecx
        xchg    (%rax),%rcx
        lock cmpxchg %rcx,(%rdx)
        lock; incl (%rax)
        rep movsq
        rep; stosb
        repne scasb
        rex64 ljmp *(%rax)
        swapgs; sysretq
        wrfsbase %rax
        mov     %cr3,%rax
        mov     %rax,%cr4
        mov     %ax,%ds
        mov     %rax,%es
        in      (%dx),%al
        enter   $16,$0
        nop; nopw 8(%rax); pause
        jrcxz   1f
        loop    1f
1:      .balign 16
        nop
        .balign 32
        nop
        .p2align 4,,3
        nop
        .p2align 4,,15
        nop
        .balign 8, 0xcc
        nop
        .align  64
handler: iretq
        .rept   3
        .set    count, count+1
        pushq   $count
        .endr
        .irpc   c, 123
        mov     $\c, %al
        .endr
        .if     (count==3)&&(1<2)||0
        ud2
        .elseif count
        hlt
        .else
        cli
        .endif
        .ifdef  nowhere
        hlt
        .endif
        .ifndef nowhere
        sti
        .endif
        .ifc    abc, abc
        cld
        .endif
        .pushsection .data
pushed: .quad   pushed, . - pushed, . - 4
        .popsection
        std
        .org    handler - _start + 256, 0x90
        ret
        /* a comment
           over two lines */ ret $8

        .data
        .globl  idt
idt:    .fill   4, 8, 0x1122334455667788
table:  .quad   _start, handler - _start, table_end - table
        .long   1, -1, 0xffffffff, table_end - table
        .word   0x1234, -2
        .byte   1, 'a', '\\', 0xff, -128, table_end - table
        .ascii  "a\tb\n", "\x41\101\0"
        .asciz  "end"
        .string "x;#y"
table_end:
        .zero   3
        .balign 8
counter: .quad  1 + 2 * 3, 1 + 2 | 4, (1 + 2) * 3, 7 / 2, -7 / 2, 7 % 4, 1 << 4 + 1, ~0, !0, 5 == 5, 5 < 4, 6 & 3, 6 ^ 3
        .previous
        nop
        .section .bss
        .skip   16
last:   .skip   8
