# Boots to 64-bit mode, turns the local APIC on and counts what its timer and its own interrupts to itself bring.
#
# Expected: each line below with these figures, however fast the machine is; then code 0 at port 0xf4.
# Source:   Intel SDM Vol. 3A, "Advanced Programmable Interrupt Controller (APIC)", sections "APIC Timer", "Issuing
#           Interprocessor Interrupts", "Interrupt, Task, and Processor Priority".
# Verified: QEMU 7.2 (-kernel, isa-debug-exit at 0xf4).
#
# Build:    ./trapframe asm timer-interrupts.S --origin 0x100000 --format bin -o kernel
#           as timer-interrupts.S -o kernel.o && ld -Ttext=0x100000 --oformat=binary kernel.o -o kernel

        .include "boot64.inc"
        .include "console.inc"

        IA32_APIC_BASE = 0x1b
        APIC_ENABLE = 1 << 11
        APIC = 0xfee00000
        ID = APIC + 0x20
        TPR = APIC + 0x80
        EOI = APIC + 0xb0
        SPURIOUS = APIC + 0xf0
        ISR = APIC + 0x100
        IRR = APIC + 0x200
        ICR_LOW = APIC + 0x300
        ICR_HIGH = APIC + 0x310
        LVT_TIMER = APIC + 0x320
        INITIAL_COUNT = APIC + 0x380
        CURRENT_COUNT = APIC + 0x390
        DIVIDE = APIC + 0x3e0

        SOFTWARE_ENABLE = 1 << 8
        MASKED = 1 << 16
        PERIODIC = 1 << 17
        TO_SELF = 1 << 18
        DELIVER_NMI = 4 << 8
        BY_16 = 3

        TIMER_VECTOR = 0x40
        IPI_VECTOR = 0x51
        SPURIOUS_VECTOR = 0xff
        REQUESTED = IRR + 0x10 * (IPI_VECTOR / 32)
        IN_SERVICE = ISR + 0x10 * (IPI_VECTOR / 32)
        WANTED = 5

# Registers of the local APIC are 32 bits each. RBX is where they begin.
        .macro  store register, value
        movl    $\value, \register - APIC(%rbx)
        .endm
        .macro  fetch register
        mov     \register - APIC(%rbx), %eax
        .endm

start64:
        gate    2, nmi
        gate    TIMER_VECTOR, timer
        gate    IPI_VECTOR, ipi
        gate    SPURIOUS_VECTOR, spurious
        mov     $IA32_APIC_BASE, %ecx
        rdmsr
        or      $APIC_ENABLE, %eax
        wrmsr
        mov     $APIC, %ebx
        store   SPURIOUS, SOFTWARE_ENABLE | SPURIOUS_VECTOR
        store   TPR, 0
        store   DIVIDE, BY_16

        fetch   ID
        print   "local APIC "
        shr     $24, %eax
        call    puthex
        print   "\n"

one_shot:
        store   LVT_TIMER, TIMER_VECTOR
        store   INITIAL_COUNT, 1000
        mov     $1, %ebp
        call    wait_for_ticks
        print   "one-shot: interrupts "
        mov     ticks(%rip), %eax
        call    puthex
        fetch   CURRENT_COUNT
        print   ", count "
        call    puthex
        print   "\n"

periodic:
        movl    $0, ticks(%rip)
        store   LVT_TIMER, PERIODIC | TIMER_VECTOR
        store   INITIAL_COUNT, 2000
        mov     $WANTED, %ebp
        call    wait_for_ticks          # the handler masks the timer at WANTED and counts no further
        sti                             # one more may have been requested before the mask: it comes now
        nop
        cli
        print   "periodic: interrupts "
        mov     ticks(%rip), %eax
        call    puthex
        print   "\n"

masked: movl    $0, ticks(%rip)
        store   LVT_TIMER, MASKED | TIMER_VECTOR
        store   INITIAL_COUNT, 1000
        sti
1:      fetch   CURRENT_COUNT
        test    %eax, %eax
        jnz     1b
        cli
        print   "masked: interrupts "
        mov     ticks(%rip), %eax
        call    puthex
        print   "\n"

self_ipi:
        store   ICR_LOW, TO_SELF | IPI_VECTOR
        print   "self-IPI: requested "
        fetch   REQUESTED
        call    puthex
        sti
        nop
        cli
        print   ", in service "
        mov     in_service(%rip), %eax
        call    puthex
        print   ", interrupts "
        mov     ipis(%rip), %eax
        call    puthex
        print   "\n"

priority:
        store   TPR, IPI_VECTOR & 0xf0
        store   ICR_LOW, TO_SELF | IPI_VECTOR
        sti
        nop
        nop
        cli
        print   "TPR 50: interrupts "
        mov     ipis(%rip), %eax
        call    puthex
        sti
        mov     $4, %eax
        mov     %rax, %cr8              # CR8 is bits 7 to 4 of TPR
        nop
        cli
        print   ", TPR 40: interrupts "
        mov     ipis(%rip), %eax
        call    puthex
        print   "\n"

self_nmi:
        fetch   ID
        mov     %eax, ICR_HIGH - APIC(%rbx)
        store   ICR_LOW, DELIVER_NMI
2:      cmpl    $0, nmis(%rip)
        je      2b
        print   "NMI: interrupts "
        mov     nmis(%rip), %eax
        call    puthex
        print   "\n"

        xor     %eax, %eax
        jmp     exit

# Returns when at least EBP ticks have been counted, with interrupts off.
wait_for_ticks:
        cli
        cmp     %ebp, ticks(%rip)
        jae     3f
        sti                             # an interrupt between here and HLT wakes HLT: STI holds it off until then
        hlt
        jmp     wait_for_ticks
3:      ret

timer:  cmpl    $WANTED, ticks(%rip)
        je      4f
        incl    ticks(%rip)
        cmpl    $WANTED, ticks(%rip)
        jne     4f
        store   LVT_TIMER, MASKED | TIMER_VECTOR
4:      store   EOI, 0
        iretq

ipi:    push    %rax
        incl    ipis(%rip)
        fetch   IN_SERVICE
        mov     %eax, in_service(%rip)
        store   EOI, 0
        pop     %rax
        iretq

nmi:    incl    nmis(%rip)
        iretq

spurious:
        iretq

        .balign 4
ticks:  .long   0
ipis:   .long   0
nmis:   .long   0
in_service:
        .long   0
        end_of_kernel
