# Our own kernel entry for two events: a page fault and a timer interrupt. From the first instruction after delivery to the
# C-level handler, and back to the interrupted program.
#
# The names are Linux's, the text is ours. Unlike Linux it stays on the entry stack: Linux would next copy pt_regs to the
# task's stack (sync_regs). Assemble with EXTENDED_PT_REGS set to 1 for the layout of the December 2020 thread.
#
# Source of the behaviour: Linux 6.12, arch/x86/entry/entry_64.S, arch/x86/include/asm/idtentry.h.

        .ifndef EXTENDED_PT_REGS
        .set    EXTENDED_PT_REGS, 0
        .endif

        # struct extended_pt_regs as the thread sketches it: a bool, seven bytes of padding, the architecture's word, pt_regs.
        .set    EXTENDED_SIZE, 16
        .set    EXT_EXIT_RCU, -16       # offsets from the pt_regs pointer
        .set    EXT_PKS, -8

        .set    MSR_IA32_PKRS, 0x6e1
        .set    PKRS_INIT, 0x55555554   # key 0 open, every other key closed

        .set    X86_PF_PROT, 1
        .set    X86_PF_USER, 4

        .set    PAGE_OFFSET, 0xffff888000000000
        .set    START_KERNEL_MAP, 0xffffffff80000000
        .set    PTE_PRESENT, 1
        .set    PTE_PRESENT_WRITE_USER, 7

        GATE    14, asm_exc_page_fault
        GATE    0xec, asm_sysvec_apic_timer_interrupt

        STACK   rsp0, entry_stack, entry_stack_top

        .section .entry_stack, "aw", @nobits
        .globl  entry_stack, entry_stack_top
entry_stack:
        .skip   4096
entry_stack_top:

        .section .percpu, "aw"
        .globl  jiffies
jiffies: .quad  0
        .set    PCPU_JIFFIES, 0         # offset from the kernel's GS base

        .section .bss, "aw", @nobits
        .balign 4096
        .globl  fresh_page
fresh_page:                             # the page that the handler gives the program
        .skip   4096

        .text
        .globl  asm_exc_page_fault, asm_sysvec_apic_timer_interrupt, error_entry, error_return
        .globl  exc_page_fault, sysvec_apic_timer_interrupt, handle_user_fault

        # Around each call of a C function: room for the extension directly below pt_regs, gone again after the call.
        .macro  RESERVE_EXTENSION
        .if     EXTENDED_PT_REGS
        subq    $EXTENDED_SIZE, %rsp    # extended_pt_regs starts here
        .endif
        .endm

        .macro  RELEASE_EXTENSION
        .if     EXTENDED_PT_REGS
        addq    $EXTENDED_SIZE, %rsp    # RSP is the pt_regs pointer again
        .endif
        .endm

        # First and last words of a C function under the extended design: save PKRS below pt_regs, run with the default,
        # give back what was saved. RBX holds the pt_regs pointer.
        .macro  SAVE_PKRS
        .if     EXTENDED_PT_REGS
        movb    $0, EXT_EXIT_RCU(%rbx)  # extended_pt_regs->exit_rcu = false
        movl    $MSR_IA32_PKRS, %ecx
        rdmsr
        movl    %eax, %eax              # PKRS has 32 bits
        movq    %rax, EXT_PKS(%rbx)     # extended_pt_regs->arch.pks
        movl    $PKRS_INIT, %eax
        xorl    %edx, %edx
        wrmsr                           # the handler runs with every key but 0 closed
        .endif
        .endm

        .macro  RESTORE_PKRS
        .if     EXTENDED_PT_REGS
        movl    $MSR_IA32_PKRS, %ecx
        movq    EXT_PKS(%rbx), %rax     # found from the pt_regs pointer alone
        xorl    %edx, %edx
        wrmsr
        .endif
        .endm

        PHASE   entry
asm_exc_page_fault:
        clac                            # delivery leaves AC alone
        cld                             # and DF too
        call    error_entry
        movq    %rsp, %rdi              # 1st argument: struct pt_regs *regs
        movq    ORIG_RAX(%rsp), %rsi    # 2nd argument: the error code
        movq    $-1, ORIG_RAX(%rsp)     # not a system call
        RESERVE_EXTENSION
        call    exc_page_fault
        RELEASE_EXTENSION
        jmp     error_return

asm_sysvec_apic_timer_interrupt:
        clac
        cld
        pushq   $-1                     # no error code came: orig_ax
        call    error_entry
        movq    %rsp, %rdi              # 1st argument: struct pt_regs *regs
        RESERVE_EXTENSION
        call    sysvec_apic_timer_interrupt
        RELEASE_EXTENSION
        jmp     error_return

error_entry:
        PUSH_AND_CLEAR_REGS save_ret=1
        testb   $3, CS+8(%rsp)          # which ring was interrupted?
        jz      .Lkernel_gs             # ring 0: GS is the kernel's already
        swapgs
.Lkernel_gs:
        lfence                          # no load before it is settled whose GS this is
        ret

        PHASE   c
exc_page_fault:                         # void exc_page_fault(struct pt_regs *regs, unsigned long error_code)
        pushq   %rbp
        movq    %rsp, %rbp
        pushq   %rbx
        pushq   %r12
        movq    %rdi, %rbx              # regs
        movq    %cr2, %r12              # address: read before another fault can change it
        SAVE_PKRS
        testb   $X86_PF_USER, %sil
        jz      .Lbad_fault             # the kernel's own fault
        testb   $X86_PF_PROT, %sil
        jnz     .Lbad_fault             # the page was there: not ours to mend
        movq    %r12, %rdi
        call    handle_user_fault
        RESTORE_PKRS
        popq    %r12
        popq    %rbx
        popq    %rbp
        ret
.Lbad_fault:
        hlt

handle_user_fault:                      # void handle_user_fault(unsigned long address): maps fresh_page there
        movabsq $PAGE_OFFSET, %rdx
        movq    %cr3, %rax
        movl    $39, %ecx               # level 4 first
.Lnext_level:
        andq    $-4096, %rax            # the table's physical address
        addq    %rdx, %rax              # and where the kernel sees it
        movq    %rdi, %rsi
        shrq    %cl, %rsi
        andl    $511, %esi
        leaq    (%rax,%rsi,8), %rsi     # the entry for address
        cmpl    $12, %ecx
        je      .Lset_entry
        movq    (%rsi), %rax
        testb   $PTE_PRESENT, %al
        jz      .Lno_table              # no table covers the address: this kernel makes none
        subl    $9, %ecx
        jmp     .Lnext_level
.Lset_entry:
        movq    $fresh_page - START_KERNEL_MAP + PTE_PRESENT_WRITE_USER, %rax
        movq    %rax, (%rsi)            # *pte: no entry was cached, so nothing to flush
        ret
.Lno_table:
        hlt

sysvec_apic_timer_interrupt:            # void sysvec_apic_timer_interrupt(struct pt_regs *regs)
        pushq   %rbp
        movq    %rsp, %rbp
        pushq   %rbx
        movq    %rdi, %rbx              # regs
        SAVE_PKRS
        incq    %gs:PCPU_JIFFIES        # the kernel's GS base finds this processor's data
        RESTORE_PKRS
        popq    %rbx
        popq    %rbp
        ret

        PHASE   exit
error_return:
        testb   $3, CS(%rsp)
        jz      .Lrestore_regs          # back to ring 0: GS stays
        POP_REGS
        addq    $8, %rsp                # IRETQ expects RIP next: skip orig_ax
        swapgs
        iretq
.Lrestore_regs:
        POP_REGS
        addq    $8, %rsp
        iretq
