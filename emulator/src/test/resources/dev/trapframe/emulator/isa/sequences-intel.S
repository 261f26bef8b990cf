# Source in Intel syntax whose bytes GNU as and ld gave: sequences-intel.expected.
        .intel_syntax noprefix
        .text
        .globl  _start
_start: mov     rax, rsp
        mov     eax, 5
        mov     rax, OFFSET table
        mov     rax, table
        mov     rcx, QWORD PTR [rip + table]
        lea     rdi, [rip+table+8]
        mov     DWORD PTR [rax+rbx*4-8], 1
        mov     BYTE PTR gs:[16], 3
        mov     rsp, gs:[rip + table]
        mov     ax, [rsp]
        add     QWORD PTR [rbp], 1
        and     rsp, -16
        push    QWORD PTR gs:[rax]
        push    rax
        push    5
        pop     QWORD PTR [rsp+8]
        call    func
        call    QWORD PTR [rax*8+table]
        call    rax
        jmp     rax
        jmp     1f
        nop
1:      jne     1b
        test    BYTE PTR [rsp+8], 3
        shl     rax, 1
        shr     rax, cl
        sar     eax, 12
        movzx   eax, BYTE PTR [rdx]
        movsx   rax, WORD PTR [rdx+rcx]
        movsxd  rax, ecx
        movabs  rax, 0x1122334455667788
        imul    rax, rbx, 100
        xchg    rax, [rbx]
        lock xadd [rbx], rax
        rep movsb
        out     dx, al
        in      eax, 0x80
        cmpxchg16b [rdi]
        lgdt    [rax]
        invlpg  [rax]
        mov     cr3, rax
        mov     rax, dr7
        mov     ds, eax
        wrgsbase rax
        enter   16, 0
        swapgs
        sysretq
        iretq
        retf
        ret     8
        .att_syntax
        mov     %rax,%rbx
        .intel_syntax noprefix
func:   ret
        .data
table:  .quad   func
