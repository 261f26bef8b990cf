# every register read, then written with ones and with zeros where that is harmless, and read again
        .include "hdr.inc"
case_setup:
        ret
        .macro RD off, reg
        mov     APIC+\off, %\reg
        .endm
        .macro WR off, val
        movl    $\val, APIC+\off
        .endm
case_start:
        cli
        RD      0x20, eax
        RD      0x30, ebx
        RD      0x80, ecx
        RD      0xa0, edx
        RD      0xd0, esi
        RD      0xe0, edi
        RD      0xf0, r8d
        RD      0x100, r9d
        RD      0x1f0, r10d
        RD      0x200, r11d
        RD      0x300, r12d
        RD      0x310, r13d
        RD      0x320, r14d
        RD      0x330, r15d
        RD      0x370, eax
        RD      0x380, ebx
        RD      0x390, ecx
        RD      0x3e0, edx
        WR      0xd0, 0xff000000
        RD      0xd0, eax
        WR      0xd0, 0x01000000
        RD      0xd0, eax
        WR      0xe0, 0xffffffff
        RD      0xe0, eax
        WR      0xe0, 0x0fffffff
        RD      0xe0, eax
        WR      0xe0, 0xffffffff
        WR      0x310, 0x55000000
        RD      0x310, ebx
        WR      0x370, 0x100fe
        RD      0x370, ecx
        WR      0x350, 0x10700
        RD      0x350, ecx
        WR      0x360, 0x10400
        RD      0x360, ecx
        WR      0x320, 0x10044
        RD      0x320, ecx
        WR      0x3e0, 0xb
        RD      0x3e0, edx
        WR      0x3e0, 0x3
        RD      0x3e0, edx
        WR      0x80, 0x37
        RD      0x80, edx
        RD      0xa0, esi
        mov     %cr8, %rdi
        mov     $9, %eax
        mov     %rax, %cr8
        RD      0x80, edx
        RD      0xa0, esi
        WR      0xf0, 0x1ee
        RD      0xf0, r8d
        DONE
