# The smallest kernel that says something: 32-bit code, one line on the serial port, and an exit.
#
# Expected: "Hello from 32-bit protected mode.", then the command line behind the kernel's name, then code 0 at port 0xf4.
# Source:   Multiboot Specification 0.6.96, "Machine state" and "Boot information format".
# Verified: QEMU 7.2 (-kernel, -append, isa-debug-exit at 0xf4).
#
# Build:    ./trapframe asm print-and-exit.S --origin 0x100000 --format bin -o kernel
#           as print-and-exit.S -o kernel.o && ld -Ttext=0x100000 --oformat=binary kernel.o -o kernel

        MAGIC = 0x1badb002
        BOOTED = 0x2badb002
        ADDRESSES = 1 << 16
        COMMAND_LINE = 1 << 2
        SERIAL = 0x3f8
        LINE_STATUS = SERIAL + 5
        TRANSMITTER_EMPTY = 1 << 5
        EXIT = 0xf4

        .text
        .code32
header: .long MAGIC, ADDRESSES, -(MAGIC + ADDRESSES)
        .long header, header, load_end, bss_end, _start

        .globl _start
_start: mov     $stack_top, %esp
        cmp     $BOOTED, %eax
        jne     fail
        testl   $COMMAND_LINE, (%ebx)
        jz      fail
        mov     $hello, %esi
        call    puts
        mov     16(%ebx), %esi          # the command line: the kernel's name, a blank, what the user appended
1:      lodsb
        cmp     $' ', %al
        jne     1b
        call    puts
        mov     $newline, %esi
        call    puts
        xor     %eax, %eax
exit:   mov     $EXIT, %edx
        out     %eax, %dx
2:      hlt
        jmp     2b
fail:   mov     $1, %eax
        jmp     exit

# Prints the text at ESI, up to a zero byte.
puts:   lodsb
        test    %al, %al
        jz      4f
        mov     %al, %cl
        mov     $LINE_STATUS, %edx
3:      in      %dx, %al
        test    $TRANSMITTER_EMPTY, %al
        jz      3b
        mov     %cl, %al
        mov     $SERIAL, %edx
        out     %al, %dx
        jmp     puts
4:      ret

newline: .asciz "\n"
hello:  .asciz  "Hello from 32-bit protected mode.\n"
        .byte   0xcc                    # no zero at the end of the file
load_end:

        .bss
        .balign 4096
        .skip   4096
stack_top:
bss_end:
