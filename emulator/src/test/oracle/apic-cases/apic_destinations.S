# ICR: shorthands, physical and logical destinations, flat and cluster model; NMI with each
        .include "hdr.inc"
case_setup:
        GATE    0x41, h41
        GATE    2, hnmi
        ret
        .macro SEND dest, low
        movl    $(\dest<<24), APIC+0x310
        movl    $\low, APIC+0x300
        nop
        mov     APIC+0x300, %r14d
        .endm
case_start:
        sti
        nop
        SEND    0, 0x44041
        SEND    0, 0x84041
        SEND    0, 0xc4041
        SEND    7, 0x44041
        SEND    0, 0x4041
        SEND    1, 0x4041
        SEND    0xff, 0x4041
        movl    $0x06000000, APIC+0xd0
        SEND    2, 0x4841
        SEND    1, 0x4841
        SEND    0xff, 0x4841
        SEND    0xc, 0x4841
        movl    $0x0fffffff, APIC+0xe0
        movl    $0x21000000, APIC+0xd0
        SEND    0x21, 0x4841
        SEND    0x22, 0x4841
        SEND    0x31, 0x4841
        SEND    0x2f, 0x4841
        movl    $0xffffffff, APIC+0xe0
        SEND    0, 0x44400
        SEND    0, 0xc4400
        SEND    0, 0x4400
        SEND    3, 0x4400
        cli
        SEND    0, 0x44400
        SEND    0, 0x44041
        DONE
h41:    inc     %r12
        movl    $0, EOI
        iretq
hnmi:   inc     %r13
        iretq
