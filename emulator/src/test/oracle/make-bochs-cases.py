#!/usr/bin/env python3
"""Writes the sources of the sibling cases that QEMU 7.2 runs wrongly: make-bochs-cases.py FOLDER

Alignment checks, LOCK on what cannot take it, non-canonical addresses, reserved bits of control registers and MSRs, CALL
through gates to the level that it comes from.
Record them with bochsrec.py. It knows an event by the address of its handler, so every vector has one of its own, and it
takes no event after text that begins with jmp or call, so those have a BND prefix, which changes nothing. CALL of a
non-canonical target is left out: Bochs writes the return address before it faults, the manual checks first.
"""
import os
import sys

OUT = sys.argv[1] + "/"
WITH_CODE = (10, 11, 12, 13, 14, 17)
VECTORS = (1, 6) + WITH_CODE
CHUNK = 24
GATES = "".join("        GATE %d, h%d\n" % (v, v) for v in VECTORS) + "        GATE 0x80, hdone, 3\n        ret\n"
HANDLERS = "".join(
    "h%d:%s\n        mov %%r14,(%%rsp)\n        iretq\n" % (v, "     pop %r11" if v in WITH_CODE else "     nop") for v in VECTORS
) + "hdone:  nop\n        jmp case_end\n"


def case(name, purpose, items, pre=(), user=None):
    """One file for every CHUNK items; an item is lines of which the last may fault, and the handler goes on behind it."""
    for i in range(0, len(items), CHUNK):
        lines = list(pre)
        for item in items[i : i + CHUNK]:
            *before, last = item if isinstance(item, list) else [item]
            lines += before + ["lea 1f(%rip),%r14", "cmp %rax,%rax", last, "1:"]
        body = "".join(line + "\n" if line == "1:" else "        " + line + "\n" for line in lines)
        start = "        TOUSER flags=%s\n        .section .utext,\"ax\"\nustart:\n" % user if user else ""
        end = "        int $0x80\n" if user else "        DONE\n"
        with open("%s%s_%d.S" % (OUT, name, i // CHUNK), "w") as file:
            file.write('# %s\n        .include "hdr.inc"\ncase_setup:\n' % purpose)
            file.write(GATES + HANDLERS + "case_start:\n" + start + body + end)


def alignment():
    at = ["UDATA+%d" % k for k in (1, 2, 4, 7)]
    items = [op % a for op in ("mov %s,%%ax", "mov %s,%%ecx", "mov %s,%%rdx", "mov %%bl,%s", "addw $1,%s", "lock xaddl %%ebx,%s",
                               "cmpxchg %%rbx,%s", "xchg %%cx,%s", "movzwl %s,%%ebx", "btsl $3,%s", "incq %s", "popcnt %s,%%ebx",
                               "cmpxchg8b %s", "pushq %s", "popq %s") for a in at]
    items += [["mov $%s,%%esi" % a, "mov $UDATA+64,%edi", op] for op in ("movsw", "movsl", "movsq", "lodsl") for a in at]
    for k in (1, 2, 4):
        stack = "mov $USTACK-64+%d,%%rsp" % k
        items += [[stack, op] for op in ("push %rax", "pushw %ax", "pop %rbx", "popw %bx", "pushfq", "leaq (%rsp),%rbx")]
    return items


def lock():
    codes = ("89 07", "8b 07", "88 07", "39 07", "3b 07", "85 07", "0f a3 07", "03 07", "2b 07", "01 c0", "87 c0", "0f c1 c0", "0f b1 c0",
             "ff c0", "f7 d8", "f7 27", "f7 37", "d1 27", "c1 27 03", "8d 07", "0f af 07", "0f b6 07", "0f bc 07", "0f 95 07", "8f 07",
             "ff 37", "c7 07 00 00 00 00", "80 3f 00", "a5", "ab", "90", "50", "0f 01 3f", "0f ba 27 03", "0f ab c0", "0f ba e8 03")
    return [".byte 0xf0," + ",".join("0x" + b for b in code.split()) for code in codes]


def stack():
    ops = ("push %rax", "pop %rax", "pushfq", "popfq", "push $1", "pushw %ax", "ret", "ret $8", "mov (%rsp),%rax", "mov %al,8(%rsp)",
           "mov (%rbp),%rax", "mov %rax,(%rsi)", "mov %ds:(%rbp),%rax", "mov (%rsi,%rbp),%rax", "leave", "lodsb", "iretq", "lretq",
           "incq (%rsp)", "cmp %rax,(%rbp)", "push (%rsi)", "bnd call 1f", "bnd jmp *(%rsp)", "bnd jmp *(%rsi)", "xchg %rax,(%rsp)")
    return [["mov %r15,%rsp", "mov %r15,%rbp", "mov %r15,%rsi", "xor %eax,%eax", op] for op in ops]


def targets():
    frame = ["pushq $KDS", "push %rbp", "pushq $2", "pushq $KCS"]
    far = ["0x0000800000000000", "0xffff7fffffffffff", "0x8000000000000000"]
    items = []
    for address in far:
        load = ["movabs $%s,%%rax" % address]
        items += [load + ["bnd jmp *%rax"], load + ["push %rax", "ret"], load + ["push %rax", "bnd jmp *(%rsp)"]]
        items += [load + frame + ["push %rax", "iretq"]]
    return items


def control():
    items = []
    for bit in [12, 15] + list(range(25, 34)) + [47, 62, 63]:
        items.append(["mov %cr4,%rcx", "bts $%d,%%rcx" % bit, "mov %rcx,%cr4"])
    for bit in (32, 40, 63):
        items.append(["mov %cr0,%rcx", "bts $%d,%%rcx" % bit, "mov %rcx,%cr0"])
    items.append(["mov %cr0,%rcx", "bts $29,%rcx", "mov %rcx,%cr0"])
    items.append(["mov %cr0,%rcx", "btr $31,%rcx", "mov %rcx,%cr0"])
    for bit in (4, 5, 31, 63):
        items.append(["xor %ecx,%ecx", "bts $%d,%%rcx" % bit, "mov %rcx,%cr8"])
    return items


def msrs():
    write = lambda msr, high, low: ["mov $%#x,%%ecx" % msr, "mov $%#x,%%edx" % high, "mov $%#x,%%eax" % low, "wrmsr"]
    items = [write(msr, 0x8000, 0) for msr in (0xC0000082, 0xC0000083, 0xC0000100, 0xC0000101, 0xC0000102, 0x175, 0x176)]
    items += [write(0xC0000080, 0, 0xD01 ^ 1 << bit) for bit in (1, 2, 7, 8, 9, 15, 31)] + [write(0xC0000080, 1, 0xD01)]
    items += [write(0x277, high, low) for high, low in ((0, 2), (0, 0x300), (2 << 24, 0), (0, 8), (0x80, 0))]
    return items


def selectors():
    load = lambda value, op: ["mov $%s,%%eax" % value, op]
    items = [load(v, "mov %eax,%ss") for v in ("1", "2", "3")] + [load(v, "ltr %ax") for v in ("0", "1", "3", "KDS", "TSSSEL")]
    return items + [load(v, "lldt %ax") for v in ("KDS", "TSSSEL", "KCS")] + [".byte 0xf1"]


def gates():
    """CALL through a gate to the level that it comes from, and from compatibility mode; all succeed."""
    entries = [("KCS", "kcall"), ("KCS|3", "kcall"), ("SEL_CONF", "kcall"), ("SEL_XO", "kcall"), ("UCS", "ucall"), ("UCS&~3", "ucall"),
               ("SEL_CONF", "ucall"), ("UCS", "ujump")]
    lines, at = ["lgdt glong(%rip)"], 0x100
    for selector, label in entries:
        lines += ["mov $%s,%%rax" % label, "movw %%ax,gdt+%#x" % at, "shr $16,%eax", "movw %%ax,gdt+%#x" % (at + 6),
                  "movw $%s,gdt+%#x" % (selector, at + 2), "movw $0xec00,gdt+%#x" % (at + 4),
                  "movl $%d,gdt+%#x" % (-1 if label == "kcall" else 0, at + 8), "movl $0,gdt+%#x" % (at + 12)]
        at += 16
    setup = ["GATE 0x80, hdone, 3"] + lines + ["ret"]
    look = ["mov (%rsp),%r8", "mov 8(%rsp),%r9", "mov %ss,%ecx", "mov %cs,%edx", "mov %rsp,%rbp", "lretq"]
    text = lambda lines: "".join((line if line.endswith(":") else "        " + line) + "\n" for line in lines)
    head = '        .include "hdr.inc"\ncase_setup:\n' + text(setup) + "hdone:  nop\n        jmp case_end\n"
    head += "glong:  .word 0x7ff\n        .quad gdt\nkcall:\n" + text(look)
    head += '        .section .utext,"ax"\nucall:\n' + text(look) + "ujump:\n"
    head += text(["mov %cs,%ecx", "pushq $UCS32", "pushq $again", "lretq", ".weak again"])
    head += "        .section .ktext\n"
    kernel = []
    for selector in (0x100, 0x113, 0x120, 0x130):
        kernel += ["movq $%#x,KSTKPG+8" % selector, "lcall *KSTKPG+4", "rex.w lcall *KSTKPG"]
    user = []
    for selector in (0x143, 0x153, 0x163):
        user += ["movq $%#x,UDATA+4" % selector, "lcall *UDATA", "mov $USTACK-61,%rsp", "lcall *UDATA"]
    start = 'case_start:\n        TOUSER %s\n        .section .utext\n'
    narrow = [".code32", "ustart:", "lcall $0x103,$0x1234", "push %eax", "lcall $0x143,$0", "lcallw $0x103,$0", "ljmp $0x173,$0x7777", "again:",
              "lcall $0x163,$0x1234", "int $0x80", ".code64"]
    write("cg_k", "CALL through gates from ring 0 to ring 0", head + "case_start:\n" + text(kernel) + "        DONE\n")
    write("cg_u", "CALL through gates from ring 3 to ring 3", head + start % "" + "ustart:\n" + text(user) + "        int $0x80\n")
    write("cg_c", "CALL and JMP through gates from compatibility mode", head + start % "ustart, 0x202, USTACK, UCS32" + text(narrow))


def write(name, purpose, text):
    with open("%s%s.S" % (OUT, name), "w") as file:
        file.write("# %s\n%s" % (purpose, text))


os.makedirs(OUT, exist_ok=True)
gates()
case("ac", "#AC at CPL 3 with RFLAGS.AC and CR0.AM: sizes and offsets of operands, strings and the stack", alignment(), user="0x40202")
case("lock", "LOCK on instructions and operands that cannot take it", lock(), pre=["mov $KSTKPG+64,%rdi", "mov $KSTKPG+128,%rsi"])
case("ss", "non-canonical addresses at CPL 3: #SS by RSP and RBP, #GP by others", stack(), pre=["movabs $0x900000000000,%r15"], user="0x202")
case("target", "non-canonical targets: the branch or return itself faults", targets(), pre=["mov %rsp,%rbp"])
case("cr", "reserved bits and impossible values of control registers", control())
case("msr", "non-canonical values and reserved bits of MSRs", msrs())
case("sel", "null SS with an RPL, LTR and LLDT of what they cannot take, INT1", selectors())
