# interrupts of four classes and two of one class: who interrupts whom, and what PPR, ISR and IRR say meanwhile
        .include "hdr.inc"
case_setup:
        GATE    0x31, h31
        GATE    0x35, h35
        GATE    0x52, h52
        GATE    0x91, h91
        ret
        .macro SEE
        mov     APIC+0xa0, %r8d
        mov     APIC+0x110, %r9d
        mov     APIC+0x120, %r10d
        mov     APIC+0x140, %r11d
        mov     APIC+0x210, %r12d
        mov     APIC+0x220, %r13d
        mov     APIC+0x240, %r14d
        .endm
case_start:
        sti
        nop
        SEE
        IPI     0x31
        nop
        nop
        SEE
        cli
        IPI     0x91
        IPI     0x35
        IPI     0x52
        IPI     0x31
        SEE
        sti
        nop
        nop
        SEE
        cli
        DONE
h31:    SEE
        IPI     0x35
        SEE
        sti
        nop
        IPI     0x52
        nop
        SEE
        cli
        movl    $0, EOI
        SEE
        iretq
h35:    SEE
        movl    $0, EOI
        iretq
h52:    sti
        IPI     0x91
        nop
        SEE
        movl    $0, EOI
        SEE
        cli
        iretq
h91:    SEE
        movl    $0, EOI
        iretq
