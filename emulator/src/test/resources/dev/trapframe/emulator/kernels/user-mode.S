# Boots to 64-bit mode and goes to ring 3, which calls the kernel by SYSCALL and INT and runs into every fault that an
# unprivileged program can cause without help: the kernel prints what the processor told it, and goes on behind it.
#
# Expected: each line below; RIP is at the instruction for faults and behind it for traps; then code 0 at port 0xf4.
# Source:   Intel SDM Vol. 2B, SYSCALL and SYSRET; Vol. 3A, "Exception and Interrupt Reference" and "Single-Step Exception
#           Condition".
# Verified: QEMU 7.2 (-kernel, isa-debug-exit at 0xf4).
#
# Build:    ./trapframe asm user-mode.S --origin 0x100000 --format bin -o kernel
#           as user-mode.S -o kernel.o && ld -Ttext=0x100000 --oformat=binary kernel.o -o kernel

        .include "boot64.inc"
        .include "console.inc"

        IA32_STAR = 0xc0000081
        IA32_LSTAR = 0xc0000082
        IA32_FMASK = 0xc0000084
        RFLAGS_TF = 1 << 8
        RFLAGS_IF = 1 << 9

        # Ring 3's pages, 4 KiB each from 1 GiB on.
        CODE_PAGE = 1 << 30             # read, execute
        DATA_PAGE = CODE_PAGE + 0x1000  # read, write
        READ_ONLY_PAGE = CODE_PAGE + 0x2000
        KERNEL_PAGE = CODE_PAGE + 0x3000
        ABSENT_PAGE = CODE_PAGE + 0x4000
        USER_STACK = DATA_PAGE + 0x1000

        # System calls: number in RAX, argument in RDI.
        PRINT_TEXT = 0
        PRINT_NUMBER = 1
        LEAVE = 2

# A gate, and the code that brings each exception into the same form: vector and error code on the stack.
        .macro  exception vector, code=0, dpl=0
        jmp     .Lbehind\@
.Lentry\@:
        .if \code == 0
        push    $0
        .endif
        push    $\vector
        jmp     tell
.Lbehind\@:
        gate    \vector, .Lentry\@, \dpl
        .endm

start64:
        exception 0
        exception 1
        exception 3, 0, 3
        exception 6
        exception 13, 1
        exception 14, 1
        exception 0x80, 0, 3

        # The second gibibyte begins with small pages instead of a large one.
        lea     user_table(%rip), %rax
        lea     user_code(%rip), %rdi
        or      $PRESENT | USER, %rdi
        mov     %rdi, (%rax)
        bts     $63, %rdi               # a page that is no code
        add     $0x1000, %rdi
        or      $WRITABLE, %rdi
        mov     %rdi, 8(%rax)
        add     $0x1000, %rdi
        and     $~WRITABLE, %rdi
        mov     %rdi, 16(%rax)
        add     $0x1000, %rdi
        and     $~USER, %rdi
        mov     %rdi, 24(%rax)
        or      $PRESENT | WRITABLE | USER, %rax
        mov     %rax, page_directories + 0x1000(%rip)
        mov     %cr3, %rax
        mov     %rax, %cr3

        mov     $IA32_STAR, %ecx
        xor     %eax, %eax
        mov     $(USER_DS - 8) << 16 | KERNEL_CS, %edx
        wrmsr
        mov     $IA32_LSTAR, %ecx
        lea     system_call(%rip), %rax
        mov     %rax, %rdx
        shr     $32, %rdx
        wrmsr
        mov     $IA32_FMASK, %ecx
        mov     $RFLAGS_TF | RFLAGS_IF, %eax
        xor     %edx, %edx
        wrmsr

        push    $USER_DS
        push    $USER_STACK
        push    $2                      # RFLAGS
        push    $USER_CS
        push    $CODE_PAGE
        iretq

# The processor left RIP in RCX and RFLAGS in R11, and the user's stack pointer where it was.
system_call:
        mov     %rsp, user_rsp(%rip)
        mov     $stack_top, %esp
        push    %rcx
        push    %r11
        cmp     $PRINT_TEXT, %eax
        je      1f
        cmp     $PRINT_NUMBER, %eax
        je      2f
        print   "exit from ring 3\n"
        mov     %edi, %eax
        jmp     exit
1:      mov     %rdi, %rsi
        call    puts
        jmp     3f
2:      mov     %rdi, %rax
        call    puthex
3:      pop     %r11
        pop     %rcx
        mov     user_rsp(%rip), %rsp
        sysretq

# Prints an exception that ring 3 caused at R14, and goes on at R15, behind it.
# From RSP on: vector, error code, RIP, CS, RFLAGS, RSP, SS.
tell:   push    %rax
        push    %rsi
        mov     16(%rsp), %rax
        cmp     $1, %eax
        je      single_step
        print   "vector "
        call    puthex
        print   ", code "
        mov     24(%rsp), %rax
        call    puthex
        print   ", from CS "
        mov     40(%rsp), %rax
        call    puthex
        print   ", RIP "
        mov     32(%rsp), %rax
        cmp     %r14, %rax
        je      4f
        cmp     %r15, %rax
        je      5f
        sub     $CODE_PAGE, %rax
        call    puthex
        jmp     6f
4:      print   "at it"
        jmp     6f
5:      print   "behind it"
6:      cmpl    $14, 16(%rsp)
        jne     7f
        print   ", CR2 "
        mov     %cr2, %rax
        sub     $CODE_PAGE, %rax
        call    puthex
7:      print   "\n"
        mov     %r15, 32(%rsp)
8:      pop     %rsi
        pop     %rax
        add     $16, %rsp
        iretq

# Ring 3 counts in R13 how often it was stepped; DR6 goes to R12.
single_step:
        inc     %r13
        mov     %db6, %r12
        jmp     8b

        .balign 8
user_rsp:
        .quad   0

# What runs in ring 3, at CODE_PAGE.
        .macro  user_print text:vararg
        lea     .Ltext\@(%rip), %rdi
        mov     $PRINT_TEXT, %eax
        syscall
        jmp     .Lbehind\@
.Ltext\@:
        .asciz  \text
.Lbehind\@:
        .endm

        .macro  faulty instruction:vararg
        lea     .Lat\@(%rip), %r14
        lea     .Lbehind\@(%rip), %r15
.Lat\@:
        \instruction
.Lbehind\@:
        .endm

        .balign 4096
user_code:
        user_print "SYSCALL: ring 3 runs with CS "
        mov     %cs, %edi
        mov     $PRINT_NUMBER, %eax
        syscall
        user_print ", SS "
        mov     %ss, %edi
        mov     $PRINT_NUMBER, %eax
        syscall
        user_print "\n"

        user_print "INT 80: "
        faulty  int $0x80

        user_print "#DE: "
        xor     %ecx, %ecx
        faulty  div %ecx
        user_print "#BP: "
        faulty  int3
        user_print "#UD: "
        faulty  ud2
        user_print "#GP by HLT: "
        faulty  hlt
        user_print "#GP by MOV to CR3: "
        faulty  mov %rax, %cr3
        user_print "#GP by a non-canonical address: "
        mov     $1 << 63, %rbx
        faulty  mov (%rbx), %eax

        mov     $ABSENT_PAGE, %ebx
        user_print "#PF by reading what is absent: "
        faulty  mov 0x123(%rbx), %eax
        user_print "#PF by writing what is absent: "
        faulty  mov %eax, 0x456(%rbx)
        user_print "#PF by executing what is absent: "
        faulty  jmp *%rbx
        mov     $READ_ONLY_PAGE, %ebx
        user_print "#PF by writing what is read-only: "
        faulty  incl (%rbx)
        mov     $KERNEL_PAGE, %ebx
        user_print "#PF by reading what is the kernel's: "
        faulty  mov (%rbx), %eax
        mov     $DATA_PAGE, %ebx
        user_print "#PF by executing what is no code: "
        faulty  jmp *%rbx

        xor     %r13, %r13
        pushfq
        orl     $RFLAGS_TF, (%rsp)
        popfq                           # TF is 0 before it: no trap
        nop
        nop
        pushfq
        andl    $~RFLAGS_TF, (%rsp)
        popfq                           # TF is 1 before it: the last trap
        nop
        user_print "#DB by TF: steps "
        mov     %r13, %rdi
        mov     $PRINT_NUMBER, %eax
        syscall
        user_print ", DR6 "
        mov     %r12, %rdi
        mov     $PRINT_NUMBER, %eax
        syscall
        user_print "\n"

        mov     $LEAVE, %eax
        xor     %edi, %edi
        syscall
        .balign 4096, 0x90

        .bss
        .balign 4096
        .skip   3 * 4096                # the pages behind user_code
user_table:
        .skip   4096
        .text
        end_of_kernel
