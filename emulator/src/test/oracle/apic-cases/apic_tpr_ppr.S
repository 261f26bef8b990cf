# TPR against requests: equal class, lower subclass, CR8 and the register; PPR with something in service
        .include "hdr.inc"
case_setup:
        GATE    0x41, h41
        GATE    0x4f, h41
        GATE    0x61, h61
        ret
case_start:
        sti
        nop
        movl    $0x40, APIC+0x80
        IPI     0x41
        nop
        IPI     0x4f
        nop
        mov     APIC+0xa0, %eax
        movl    $0x3f, APIC+0x80
        nop
        nop
        mov     $6, %eax
        mov     %rax, %cr8
        IPI     0x61
        IPI     0x41
        nop
        mov     $5, %eax
        mov     %rax, %cr8
        nop
        mov     $4, %eax
        mov     %rax, %cr8
        nop
        xor     %eax, %eax
        mov     %rax, %cr8
        nop
        mov     APIC+0x80, %ebx
        cli
        DONE
h41:    mov     APIC+0xa0, %r8d
        movl    $0x52, APIC+0x80
        mov     APIC+0xa0, %r9d
        movl    $0x22, APIC+0x80
        mov     APIC+0xa0, %r10d
        movl    $0x4a, APIC+0x80
        mov     APIC+0xa0, %r11d
        movl    $0, EOI
        mov     APIC+0xa0, %r12d
        iretq
h61:    mov     APIC+0xa0, %r8d
        mov     APIC+0x130, %r9d
        movl    $0, EOI
        mov     APIC+0x130, %r9d
        iretq
