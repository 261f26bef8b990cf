# Asks the platform what the start code of test kernels for hypervisors asks, and prints what every such machine answers.
#
# Expected: each line below; then "Shutdown" at port 0x8900, which has no effect here, and code 0 at port 0xf4.
# Source:   Multiboot Specification 0.6.96, "Boot information format"; Intel SDM Vol. 2A, CPUID; Vol. 3A, "Local APIC Status and
#           Location" and "Enabling or Disabling the Local APIC"; QEMU 7.2, docs/specs/fw_cfg, for ports 0x510 and 0x511.
# Verified: QEMU 7.2 (-kernel, -append, -initrd "module x=1", isa-debug-exit at 0xf4).
#
# Build:    ./trapframe asm platform.S --origin 0x100000 --format bin -o kernel
#           as platform.S -o kernel.o && ld -Ttext=0x100000 --oformat=binary kernel.o -o kernel

        .include "boot64.inc"
        .include "console.inc"

        INFO_FLAGS = 0
        INFO_MEM_LOWER = 4
        INFO_COMMAND_LINE = 16
        INFO_MODULES = 20
        INFO_MODULE_LIST = 24
        INFO_MAP_LENGTH = 44
        INFO_MAP = 48
        WANTED_FLAGS = 1 | 1 << 2 | 1 << 3 | 1 << 6

        SELECTOR = 0x510
        DATA = 0x511
        RAM_SIZE = 3
        PROCESSORS = 5

        IA32_APIC_BASE = 0x1b
        APIC_ENABLE = 1 << 11
        APIC_VERSION = 0xfee00030
        CPUID_APIC = 1 << 9
        ICR_LOW = 0xfee00300
        TO_OTHERS = 3 << 18 | 1 << 14
        DELIVER_INIT = 5 << 8
        DELIVER_STARTUP = 6 << 8
        DELIVERY_PENDING = 1 << 12

start64:
        mov     information(%rip), %ebp
        print   "information: flags "
        mov     INFO_FLAGS(%rbp), %eax
        and     $WANTED_FLAGS, %eax
        call    puthex
        print   ", lower memory "
        mov     INFO_MEM_LOWER(%rbp), %eax
        call    puthex
        print   " KiB\ncommand line:"
        mov     INFO_COMMAND_LINE(%rbp), %esi
1:      lodsb
        cmp     $' ', %al
        jne     1b
        print   " "
        call    puts

        mov     INFO_MODULE_LIST(%rbp), %ebx
        print   "\nmodules: "
        mov     INFO_MODULES(%rbp), %eax
        call    puthex
        print   ", on a page: "
        testl   $4095, (%rbx)
        setz    %al
        movzbl  %al, %eax
        call    puthex
        print   ", text after the name:"
        mov     8(%rbx), %esi
2:      lodsb
        cmp     $' ', %al
        jne     2b
        print   " "
        call    puts
        print   ", contents: "
        mov     (%rbx), %esi
        mov     4(%rbx), %ecx
        sub     %esi, %ecx
3:      lodsb
        call    putc
        loop    3b

memory_map:
        print   "memory map: first usable bytes"
        mov     INFO_MAP(%rbp), %ebx
        mov     INFO_MAP_LENGTH(%rbp), %r12d
        add     %rbx, %r12
4:      cmpl    $1, 20(%rbx)
        jne     5f
        print   " "
        mov     4(%rbx), %rax
        call    puthex
5:      mov     (%rbx), %eax
        lea     4(%rbx,%rax), %rbx
        cmp     %r12, %rbx
        jb      4b

configuration:
        print   "\nconfiguration ports: processors "
        mov     $PROCESSORS, %eax
        mov     $2, %ecx
        call    ask
        call    puthex
        print   ", memory "
        mov     $RAM_SIZE, %eax
        mov     $8, %ecx
        call    ask
        call    puthex

processor:
        print   "\nCPUID: "
        xor     %eax, %eax
        cpuid
        test    %eax, %eax              # more than leaf 0
        jz      fail
        mov     $1, %eax
        cpuid
        mov     %edx, %ebx
        print   "PAE, MSR, TSC, APIC, SEP, FXSR: "
        mov     %ebx, %eax
        and     $1 << 6 | 1 << 5 | 1 << 4 | CPUID_APIC | 1 << 11 | 1 << 24, %eax
        call    puthex
        mov     $0x80000000, %eax
        cpuid
        cmp     $0x80000008, %eax
        jb      fail
        mov     $0x80000001, %eax
        cpuid
        mov     %edx, %ebx
        print   ", SYSCALL, NX, LM: "
        mov     %ebx, %eax
        and     $1 << 11 | 1 << 20 | 1 << 29, %eax
        call    puthex
        print   "\n"

apic:   print   "local APIC: off"
        mov     $IA32_APIC_BASE, %ecx
        rdmsr
        and     $~APIC_ENABLE, %eax
        wrmsr
        call    print_cpuid_apic
        print   "; on"
        mov     $IA32_APIC_BASE, %ecx
        rdmsr
        or      $APIC_ENABLE, %eax
        wrmsr                           # CPUID may have forgotten: QEMU 7.2 does not bring its bit back
        print   ", version "
        mov     $APIC_VERSION, %ebx
        mov     (%rbx), %eax
        and     $0xf0, %eax             # 1x: an integrated APIC
        call    puthex
        print   "\n"

msrs:   print   "model-specific registers: written and read back "
        lea     written(%rip), %rsi
        xor     %ebp, %ebp
7:      mov     (%rsi), %ecx
        rdmsr
        mov     %eax, %r8d
        mov     %edx, %r9d
        mov     8(%rsi), %eax
        mov     12(%rsi), %edx
        wrmsr
        rdmsr
        cmp     8(%rsi), %eax
        jne     8f
        cmp     12(%rsi), %edx
        jne     8f
        inc     %ebp
8:      mov     %r8d, %eax
        mov     %r9d, %edx
        wrmsr
        add     $16, %rsi
        lea     written_end(%rip), %rax
        cmp     %rax, %rsi
        jb      7b
        mov     %ebp, %eax
        call    puthex
        print   " of "
        mov     $(written_end - written) / 16, %eax
        call    puthex
        print   "\n"

        # A kernel for several processors wakes the others like this; there are none.
        mov     $ICR_LOW, %ebx
        movl    $TO_OTHERS | DELIVER_INIT, (%rbx)
        movl    $TO_OTHERS | DELIVER_STARTUP, (%rbx)
        print   "INIT and STARTUP to the others: sent, pending "
        mov     (%rbx), %eax
        and     $DELIVERY_PENDING, %eax
        call    puthex
        print   "\n"

        # Test kernels ask for a flush of pages there, and say "Shutdown" where no exit port is.
        xor     %eax, %eax
        mov     $0xe4, %edx
        out     %eax, %dx
        mov     $0x8900, %edx
        lea     shutdown(%rip), %rsi
        mov     $8, %ecx
        rep outsb
        xor     %eax, %eax
        jmp     exit
fail:   mov     $1, %eax
        jmp     exit

# Asks the configuration ports for EAX, an answer of ECX bytes; RAX is the answer.
ask:    mov     $SELECTOR, %edx
        out     %ax, %dx
        mov     $DATA, %edx
        xor     %ebx, %ebx
        mov     %ecx, %r8d
6:      in      %dx, %al
        mov     %al, %bl
        ror     $8, %rbx
        loop    6b
        mov     $8, %ecx
        sub     %r8d, %ecx
        shl     $3, %ecx
        shr     %cl, %rbx
        mov     %rbx, %rax
        ret

# Prints the APIC bit of CPUID.
print_cpuid_apic:
        push    %rbx
        mov     $1, %eax
        cpuid
        pop     %rbx
        print   ", CPUID "
        mov     %edx, %eax
        and     $CPUID_APIC, %eax
        jmp     puthex

        .balign 8
written:                                # MSR, value
        .quad   0x174, 0x10             # IA32_SYSENTER_CS
        .quad   0x175, 0x123456789000   # IA32_SYSENTER_ESP
        .quad   0x176, 0xffff812345678900
        .quad   0x277, 0x0606060606060606
        .quad   0xc0000081, 0x0023000800000000
        .quad   0xc0000082, 0xffffffff81000000
        .quad   0xc0000083, 0xffffffff81000040
        .quad   0xc0000084, 0x47700
        .quad   0xc0000100, 0x7f1234567890
        .quad   0xc0000101, 0xffff888012345678
        .quad   0xc0000102, 0xffff888087654321
written_end:

shutdown:
        .ascii  "Shutdown"
        end_of_kernel
