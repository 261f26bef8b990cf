# a request that waits for CR8, taken behind MOV to CR8; STI and MOV SS before requests; a string instruction behind them
        .include "hdr.inc"
case_setup:
        GATE    0x41, h41
        GATE    0x52, h41
        ret
case_start:
        cli
        IPI     0x41
        mov     $5, %eax
        sti
        mov     %rax, %cr8
        nop
        mov     %ss, %ebx
        xor     %eax, %eax
        mov     %rax, %cr8
        mov     %ebx, %ss
        nop
        cli
        IPI     0x52
        IPI     0x41
        mov     $20, %ecx
        mov     $kdata0, %rdi
        sti
        nop
        rep stosb
        nop
        cli
        DONE
h41:    inc     %r12
        movl    $0, EOI
        iretq
        .section .kdata
kdata0: .fill   64, 1, 0
