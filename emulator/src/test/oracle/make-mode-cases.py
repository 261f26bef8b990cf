#!/usr/bin/env python3
"""Writes the sources of the sibling cases outside of 64-bit mode: make-mode-cases.py FOLDER

Each case goes from 64-bit mode through compatibility mode to protected mode and back (boot/modes.inc). Record them with
record.py, which knows code of 32 and 16 bits by its section, and pack them with pack-programs.py; SiblingCasesTest compares.
What QEMU 7.2 does not check or does wrongly (docs/conformance.md) is left out: limits of segments, room on stacks.
"""
import os
import sys

OUT = sys.argv[1] + "/"
os.makedirs(OUT, exist_ok=True)

SELECTORS = (
    "0 1 2 3 4 7 0xc 0xf 0x14 0x1c 0x24 C32 C32|3 0x10 D32 D32|1 D32|3 U32 U32&~3 UD32 UD32&~3 0x30 T32 C16 D16 CONF32 CONF32|3 CG32 "
    "CG32|3 CG16 LDT32 NPC32 NPD32 NPD32|3 XO32 RO32 RO32|1 D1 D1|1 D1|3 C1 C1|1 CONF1 CONF1|1 TSS64 L32 NPU NPU|3 NPCONF 0x1f8 0xfff8"
).split()


def case(name, purpose, body):
    with open(OUT + name + ".S", "w") as file:
        file.write('# %s\n        .include "hdr.inc"\n        .include "modes.inc"\n%s' % (purpose, body))


def L(lines):
    """Lines of source; labels end with a colon."""
    return "".join("%s\n" % line if line.endswith(":") else "        %s\n" % line for line in lines)


# All exceptions go on at EBP.
SKIP = ["GATE8 idt32+8*%d, hc, 0x8e, C32" % v for v in (0, 1, 5, 6, 7)]
SKIP += ["GATE8 idt32+8*%d, hc, 0xee, C32" % v for v in (3, 4, 0x30)]
SKIP += ["GATE8 idt32+8*%d, he, 0x8e, C32" % v for v in (10, 11, 12, 13, 14, 17)]
START64 = '        .section .ktext,"ax"\n        .code64\ncase_start:\n'
LLDT = ["mov $LDT32,%eax", "lldt %ax"]


def skip(name, purpose, items, user=False, setup=(), pre=(), upre=(), extra="", chunk=40):
    """Cases whose every item may fault: the handlers go on behind it, at EBP."""
    for i in range(0, len(items), chunk):
        lines = []
        for item in items[i : i + chunk]:
            item = [item] if isinstance(item, str) else item
            lines += ["mov $1f,%ebp"] + list(item[:-1]) + ["cmp %ecx,%ecx", item[-1], "1:"]
        text = "case_setup:\n        PMSETUP\n" + L(SKIP + list(setup)) + "        ret\n" + extra
        text += START64 + "        PROTECTED\n" + L(LLDT + list(pre))
        if user:
            text += '        TOUSER32\n        .section .u32,"ax"\n        .code32\nustart32:\n'
            text += L(["mov $UD32,%eax", "mov %eax,%ds", "mov %eax,%es"] + list(upre) + lines) + "        UDONE32\n"
        else:
            text += L(lines) + "        DONE32\n"
        case("%s_%d" % (name, i // chunk), purpose, text)


# Segment registers.
for ring in ("k", "u"):
    items = []
    for segment in ("ds", "es", "fs", "gs", "ss"):
        for selector in SELECTORS:
            if segment == "ss" and selector in ("D16", "7"):
                continue
            mend = []
            if segment == "ss":
                mend = ["mov $%s,%%eax" % ("UD32" if ring == "u" else "D32"), "mov %eax,%ss"]
            items.append(mend + ["mov $%s,%%eax" % selector, "mov %%eax,%%%s" % segment])
    skip("m_sel_" + ring, "loads of segment registers in protected mode", items, ring == "u", chunk=60)

# Questions about selectors.
for ring in ("k", "u"):
    items = []
    for selector in SELECTORS:
        items.append(["mov $%s,%%eax" % selector, "mov $0x5a5a,%edx", "lar %eax,%edx"])
        items.append(["mov $%s,%%eax" % selector, "mov $0x5a5a,%edx", "lsl %eax,%edx"])
        items.append(["mov $%s,%%eax" % selector, "verr %ax"])
        items.append(["mov $%s,%%eax" % selector, "verw %ax"])
    skip("m_ask_" + ring, "LAR, LSL, VERR, VERW in protected mode", items, ring == "u", chunk=100)

# Far transfers: all but to TSSs, and to 16-bit code only where the offset is none of it.
FAR = [s for s in SELECTORS if s not in ("T32", "TSS64", "C16", "L32", "0x10", "0x30")]
NOGATE = [s for s in FAR if not s.startswith("CG")]
items = [["mov $SP32,%esp", "ljmp $%s,$1f" % s] for s in NOGATE]
items += [["mov $SP32,%esp", "lcall $%s,$1f" % s] for s in NOGATE]
skip("m_far_k", "far JMP and CALL in protected mode", items)
items = [["mov $USP32,%esp", "ljmp $%s,$1f" % s] for s in NOGATE] + [["mov $USP32,%esp", "lcall $%s,$1f" % s] for s in NOGATE]
skip("m_far_u", "far JMP and CALL in protected mode at CPL 3", items, True)

# Call gates.
CG = (
    '        .section .k32,"ax"\n        .code32\n        .globl cg32, cg16\n'
    "cg32:   mov %cs,%esi\n        mov 8(%esp),%edi\n        mov %ss,%ebx\n        lret $8\n"
    "cg16:   mov %cs,%esi\n        mov 4(%esp),%edi\n        pushl $UD32\n        pushl $USP32\n        pushl $U32\n        pushl %ebp\n        lret\n"
    "cgs:    mov %cs,%esi\n        mov %esp,%edi\n        lret\n"
)
GATES = ["GATE8 gates+16, cgs, 0x8c, C32, 0", "GATE8 gates2+8, cgs, 0xec, U32, 0"]
items = [["mov $USP32,%esp", "push $0x12345", "push $0x23456", "lcall $%s,$0" % s]
         for s in ("CG32", "CG32|3", "CG16", "CG16|3", "CG0", "CG0|3", "CGN", "CGN|3", "CGU", "CGU|3")]
items += [["mov $USP32,%esp", "ljmp $%s,$0" % s] for s in ("CG32", "CG32|3", "CG16|3", "CG0", "CGN")]
skip("m_gate_u", "call gates of 8 bytes from CPL 3", items, True, setup=GATES, extra=CG)
items = [["mov $SP32,%esp", "push $0x12345", "push $0x23456", "lcall $%s,$0" % s] for s in ("CG0", "CG0|3", "CGN", "CGN|3", "CGU")]
skip("m_gate_k", "call gates of 8 bytes at CPL 0", items, setup=GATES, extra=CG)
targets = ["C32", "U32", "NPC32", "D32", "XO32", "0x1f8", "0", "NPCONF"]
items = []
for t in targets:
    for kind in ("0xec", "0x6c"):
        items.append(["movw $%s,gates+2" % t, "movb $%s,gates+5" % kind, "mov $USP32,%esp", "lcall $CG32|3,$0"])
skip("m_gatet_u", "targets of call gates from CPL 3", items, True, setup=GATES + ["GATE8 gates, cgs, 0xec, C32, 0"], extra=CG)

# Return frames: those that stay at the level or fault.
items = []
for t in NOGATE:
    items.append(["mov $SP32,%esp", "pushl $2", "pushl $%s" % t, "pushl $1f", "iret"])
    items.append(["mov $SP32,%esp", "pushl $%s" % t, "pushl $1f", "lret"])
items = [i for i in items if "|3" not in i[2] + i[1] and "U32" not in i[2] + i[1] and "pushl $3" not in i]
skip("m_ret_k", "return frames in protected mode", items)
items = []
for ss in SELECTORS:
    if ss in ("UD32", "NPU|3", "7"):
        continue
    items.append(["mov $SP32,%esp", "pushl $%s" % ss, "pushl $USP32", "pushl $2", "pushl $U32", "pushl $1f", "iret"])
    items.append(["mov $SP32,%esp", "pushl $%s" % ss, "pushl $USP32", "pushl $U32", "pushl $1f", "lret"])
skip("m_rets_k", "stacks of return frames in protected mode", items)

# IRET to level 3 and back, with flags: what is dropped, what stays.
body = []
for flags in ("2", "0x202", "0x3202", "0x40202", "0x200202", "0xcd7"):
    for ds in ("D32", "UD32", "CONF32", "D1", "0"):
        body += ["mov $%s,%%eax" % ds, "mov %eax,%ds", "mov %eax,%fs", "mov $2f,%ebp",
                 "pushl $UD32", "pushl $USP32", "pushl $%s" % flags, "pushl $U32", "pushl $u1", "iret", "2:", "mov $SP32,%esp"]
EXIT = (
    '        .section .k32,"ax"\n        .code32\nhout:   mov %esp,%edx\n        mov $D32,%eax\n        mov %eax,%ds\n        mov $SP32,%esp\n        jmp *%ebp\n'
    '        .section .u32,"ax"\n        .code32\nu1:     mov %ds,%ecx\n        mov %fs,%edx\n        pushf\n        popf\n        int $0x30\n'
)
for i, part in enumerate((body[: len(body) // 2], body[len(body) // 2 :])):
    case("m_user_%d" % i, "IRET to level 3, INT back", "case_setup:\n        PMSETUP\n        GATE8 idt32+8*0x30, hout, 0xee, C32\n        ret\n"
         + EXIT + START64 + "        PROTECTED\n" + L(part) + "        DONE32\n")

# Gates of the IDT: types, DPL, targets, from both rings.
def gate_item(flags, sel="C32"):
    return ["movw $%s,idt32+8*0x30+2" % sel, "movb $%s,idt32+8*0x30+5" % flags]


for ring in ("k", "u"):
    items = []
    for kind in range(16):
        if kind == 5:
            continue
        for p in (0x80, 0):
            for dpl in (0, 3):
                flags = kind | p | dpl << 5
                if kind in (6, 7) and p:
                    continue
                items.append(gate_item("0x%x" % flags) + ["int $0x30"])
    for t in [s for s in FAR if "16" not in s]:
        items.append(gate_item("0xee", t) + ["int $0x30"])
        items.append(gate_item("0xef", t) + ["int $0x30"])
    skip("m_int_" + ring, "IDT gates of 8 bytes", items, ring == "u", chunk=50)

# 16-bit gates: frames of 16-bit words. The handler cannot return to a high address by IRET of that width: it makes a wide frame.
H16 = (
    '        .section .k32,"ax"\n        .code32\nh16:    mov %esp,%esi\n        mov (%esp),%edi\n        mov 4(%esp),%edx\n'
    "        pushl $UD32\n        pushl $USP32\n        pushl $0x202\n        pushl $U32\n        pushl %ebp\n        iret\n"
    "k16:    mov %esp,%esi\n        mov (%esp),%edi\n        mov 4(%esp),%edx\n        mov $SP32,%esp\n        ljmp *%cs:(far - 0x120000)\n"
    "far:    .long 0\n        .word C32\n"
)
G16 = []
for vector, handler, kind in ((0x30, "h16", 0xE6), (0x31, "h16", 0xE7), (0x32, "k16", 0xE6), (0x33, "k16", 0xE7), (13, "k16", 0x86)):
    G16 += ["GATE8 idt32+8*%d, %s, 0x%x, B32" % (vector, handler, kind), "movw $0,idt32+8*%d+6" % vector]
skip("m_int16_u", "16-bit gates from CPL 3", [["stc", "int $0x30"], ["std", "int $0x31"], ["int $0x30"]], True, setup=G16, extra=H16)
items = [["mov $1f,%eax", "mov %eax,far", i] for i in ("int $0x32", "int $0x33", "ljmp $0,$0")]
skip("m_int16_k", "16-bit gates at CPL 0", items, setup=G16, extra=H16)

# Stacks that the TSS names, from level 3: #TS and #SS through a conforming handler.
items = []
for ss in SELECTORS:
    if ss in ("0x14", "NPD32", "D16"):
        continue
    items.append(["movw $%s,tss32+8" % ss, "int $0x31"])
items.append(["movw $D32,tss32+8", "int $0x31"])
skip("m_tss_u", "stack segments in the 32-bit TSS", items, True,
     setup=["GATE8 idt32+8*0x31, hr, 0xee, C32"] + ["GATE8 idt32+8*%d, he, 0x8e, CONF32" % v for v in (10, 11, 12, 13)],
     extra='        .section .k32,"ax"\n        .code32\nhr:     mov %ss,%edx\n        iret\n', chunk=60)

# Double faults at level 0.
items = []
FIRST = {"ud": "ud2", "de": "div %cl", "gp": "ljmp $0,$0", "np": "ljmp $NPC32,$0", "ss": "mov %eax,%ss", "bp": "int3", "int": "int $0x30"}
VECTOR = {"ud": 6, "de": 0, "gp": 13, "np": 11, "ss": 12, "bp": 3, "int": 0x30}
BREAK = {"np": ["movb $0x6e,idt32+8*%d+5"], "gp": ["movb $0xec,idt32+8*%d+5"], "npsel": ["movw $NPC32,idt32+8*%d+2"],
         "gpsel": ["movw $D32,idt32+8*%d+2"], "null": ["movw $0,idt32+8*%d+2"]}
MEND = ["movb $0xee,idt32+8*%d+5", "movw $C32,idt32+8*%d+2"]
for first, ins in FIRST.items():
    for how, lines in BREAK.items():
        item = ["mov $SP32-0x%x,%%esp" % (len(items) % 36 * 0x18)] + [l % VECTOR[first] for l in lines] + ["xor %ecx,%ecx", "mov $%s,%%eax" % ("NPD32" if first == "ss" else "0"), ins]
        items.append(item)
        items.append([MEND[0] % VECTOR[first], MEND[1] % VECTOR[first]])
skip("m_df_k", "faults while an event is delivered through 8-byte gates", items,
     setup=["GATE8 idt32+8*8, hdf, 0x8e, C32"], chunk=36,
     extra='        .section .k32,"ax"\n        .code32\nhdf:    mov $SP1,%esp\n        pushl $2\n        pushl $C32\n        push %ebp\n        iret\n')

# Instructions that only these modes have, and those that are different here.
items = [
    ["mov $0x1234,%eax", "pushal"], ["popal"], ["pushaw"], ["popaw"], ["mov $0x99,%eax", "aaa"], ["mov $0x9f,%eax", "aas"],
    ["mov $0x9f,%eax", "daa"], ["mov $0x9f,%eax", "das"], ["mov $0x37,%eax", "aam"], ["mov $0x307,%eax", "aad"],
    ["mov $5,%eax", "bound %eax,bnd"], ["mov $9,%eax", "bound %eax,bnd"], ["mov $0x7fffffff,%eax", "add $1,%eax"],
    ["lds ptr,%edx"], ["les ptr,%edx"], ["lfs ptr,%edx"], ["lgs ptr,%edx"], ["lss ptr,%esp"],
    ["push %ds", "pop %es"], ["push %es", "pop %ds"], ["pushw %ds", "popw %es"], ["mov %ss,%eax"], ["push %ss", "pop %ss"],
    ["inc %eax"], ["dec %cx"], ["pushf", "popf"], ["pushfw", "popfw"], ["pushl $0x247fd7", "popf"], ["pushl $0x202", "popf"],
    ["enter $16,$2"], ["leave"], ["mov $0x10,%ecx", "mov $0x12e000,%esi", "mov $0x12e800,%edi", "rep movsb"],
    ["mov $0x12e000,%ebx", "xlat"], ["arpl %cx,%ax"], ["mov $3,%ecx", "arpl %cx,%ax"], ["sgdt 0x12e100"],
    ["sidt 0x12e110"], ["sldt %eax"], ["str %eax"], ["smsw %eax"], ["sgdtw 0x12e120"], ["cli"], ["sti"], ["clts"], ["hlt"], ["invlpg 0x12e000"],
    ["mov %cr0,%eax"], ["mov %eax,%cr2"], ["mov %cr2,%ebx"], ["mov %dr7,%eax"], ["lgdt 0x12e100"], ["movl $0x7ff,0x12e110", "lidt 0x12e110"],
    ["mov $0x174,%ecx", "rdmsr"], ["mov $0x1c,%eax", "lmsw %ax"], ["stac"], ["clac"], ["xor %ecx,%ecx", "rdpkru"], ["int $3"], ["into"],
]
DATA = '        .section .d32,"aw"\nbnd:    .long 2, 8\nptr:    .long 0x12ef80\n        .word UD32\n        .section .k32,"ax"\n'
NOT_K = ("hlt", "cli", "lidt 0x12e110", "lss ptr,%esp", "lgdt 0x12e100", "popal", "popaw", "leave")
kernel = [i for i in items if i[-1] not in NOT_K and "0x247fd7" not in i[0]]
skip("m_ins_k", "instructions in protected mode", kernel, extra=DATA, chunk=70)
skip("m_ins_u", "instructions in protected mode at CPL 3", [i for i in items if i[-1] not in ("popal", "popaw", "leave", "sti")], True, extra=DATA, chunk=70)

# I/O permission.
items = []
for port in (0x98, 0x99, 0x9a, 0x9b, 0x9c, 0x9f, 0xa8, 0xa9, 0xaf, 0xf8, 0xfc, 0xfe, 0xff, 0x100, 0xffff):
    for ins in ("in (%dx),%al", "out %al,(%dx)", "out %ax,(%dx)", "out %eax,(%dx)"):
        items.append(["mov $0x%x,%%edx" % port, ins])
MAP = ["movb $0xf7,tss32+0x68+0x13", "movb $0,tss32+0x68+0x15", "movb $0xff,tss32+0x68+0x14", "movb $0xff,tss32+0x68+0x16", "movb $0x0f,tss32+0x68+0x1f"]
skip("m_io_u", "the I/O permission map of a 32-bit TSS", items, True, setup=MAP, chunk=80)

# Paging: page 0x200000 and up by every entry, 4 MiB and 2 MiB pages at 0x400000 and up.
def pages32():
    """Directory 0x126000, table 0x127000. The kernel's pages are supervisor pages, .u32 and the user's stack are not."""
    lines = ["movl $0xe5ffe5ff,0x12e040", "movl $0xe5ffe5ff,0x12e080", "movl $0x127007,0x126000"]
    for page in range(0x123, 0x130):
        lines.append("movl $0x%x,0x%x" % (page << 12 | (7 if page in (0x12b, 0x12e) else 3), 0x127000 + 4 * page))
    return lines


def pages_pae():
    """Pointers 0x128000, directory 0x129000, table 0x12a000."""
    lines = ["movl $0xe5ffe5ff,0x12e040", "movl $0xe5ffe5ff,0x12e080"]
    lines += ["movl $0x129001,0x128000", "movl $0x12a007,0x129000"]
    for page in range(0x123, 0x130):
        lines.append("movl $0x%x,0x%x" % (page << 12 | (7 if page in (0x12b, 0x12e) else 3), 0x12a000 + 8 * page))
    return lines


def accesses(linear):
    a = "0x%x" % linear
    return [["mov %s,%%eax" % a], ["movl $0xe5ffe5ff,%s" % a], ["addl $0,%s" % a], ["mov $%s,%%ecx" % a, "jmp *%ecx"]]


ENTRIES32 = [0, 2, 6, 1, 3, 5, 7, 0x15, 0x1f, 0xe7, 0x107, 0xe05, 0x80]
FRAME = 0x12e000
START = {
    "32": ["mov $0xc0000080,%ecx", "rdmsr", "btr $8,%eax", "wrmsr", "mov $0x126000,%eax", "mov %eax,%cr3", "mov %cr4,%eax", "and $~0x300020,%eax", "or $CR4BITS,%eax", "mov %eax,%cr4", "mov %cr0,%eax",
           "and $~0x10000,%eax", "or $CR0BITS,%eax", "mov %eax,%cr0"],
    "pae": ["mov $0x128000,%eax", "mov %eax,%cr3", "mov $0xc0000080,%ecx", "rdmsr", "btr $8,%eax", "and $~0x800,%eax", "or $EFERBITS,%eax", "wrmsr", "mov %cr4,%eax",
            "and $~0x300000,%eax", "or $CR4BITS,%eax", "mov %eax,%cr4", "mov %cr0,%eax", "and $~0x10000,%eax", "or $CR0BITS,%eax", "mov %eax,%cr0"],
}


def paged(name, purpose, mode, setup, items, user, cr0=0x80000000, cr4=0, efer=0x800, pre=(), chunk=60):
    extra = "        .set CR0BITS, 0x%x\n        .set CR4BITS, 0x%x\n        .set EFERBITS, 0x%x\n" % (cr0, cr4, efer)
    skip(name, purpose, items, user, setup=setup, pre=START[mode] + list(pre), extra=extra, chunk=chunk)


for wp in (0, 1):
    for smp in (0, 1):
        for ring in ("k", "u"):
            if ring == "u" and smp and wp:
                continue
            cr0 = 0x80000000 | wp << 16
            cr4 = 0x300000 if smp else 0
            setup, items = pages32(), []
            for n, entry in enumerate(ENTRIES32):
                setup.append("movl $0x%x,0x%x" % (FRAME | entry, 0x127000 + 4 * (0x200 + n)))
                items += accesses(0x200000 + 0x1000 * n + 0x40)
            for n, pde in enumerate((0x127000, 0x127001, 0x127003, 0x127005, 0x127007, 0x87, 0x83, 0x85, 0x81, 0x187, 0x200087, 0x1087)):
                setup.append("movl $0x%x,0x%x" % (pde, 0x126000 + 4 * (1 + n)))
                items += accesses(0x400000 * (1 + n) + 0x12e080)
            # 4 MiB pages and reserved bits; without CR4.PSE in the last case
            paged("m_pg32_%s%d%d" % (ring, wp, smp), "32-bit paging", "32", setup, items, ring == "u", cr0, cr4 | 0x10)

setup, items = pages32(), []
for n, pde in enumerate((0x127087, 0x87, 0x200087)):
    setup.append("movl $0x%x,0x%x" % (pde, 0x126000 + 4 * (1 + n)))
    items += accesses(0x400000 * (1 + n) + 0x12e080)
START["32"] = [l.replace("~0x300020", "~0x300030") for l in START["32"]]
paged("m_pg32_nopse", "32-bit paging without PSE", "32", setup, items, False)

NX = 1 << 63
ENTRIESPAE = [0, 6, NX, 1, 3, 5, 7, 0xe7, 0x107, 0xe05, 7 | NX, 5 | NX, 3 | NX, 7 | 1 << 51, 7 | 1 << 52, 7 | 1 << 58, 7 | 1 << 62]


def put64(value, at):
    return ["movl $0x%x,0x%x" % (value & 0xFFFFFFFF, at), "movl $0x%x,0x%x" % (value >> 32, at + 4)]


for wp, smp, nxe in ((0, 0, 1), (1, 0, 1), (0, 1, 1), (1, 1, 0), (0, 0, 0)):
    for ring in ("k", "u"):
        setup, items = pages_pae(), []
        for n, entry in enumerate(ENTRIESPAE):
            setup += put64(FRAME | entry, 0x12a000 + 8 * (0x140 + n))
            items += accesses(0x140000 + 0x1000 * n + 0x40)
        for n, pde in enumerate((0x12a000, 0x12a001, 0x12a003, 0x12a005, 0x12a007, 0x12a007 | NX, 0x12a007 | 1 << 52, 0x12a007 | 1 << 51,
                                 0x87, 0x83, 0x85, 0x87 | NX, 0x2087, 0x1087, 0x87 | 1 << 60)):
            setup += put64(pde, 0x129000 + 8 * (1 + n))
            items += accesses(0x200000 * (1 + n) + 0x12e080)
        items += accesses(0x40000000) + accesses(0xC0001000)
        paged("m_pae_%s%d%d%d" % (ring, wp, smp, nxe), "PAE paging", "pae", setup, items, ring == "u",
              0x80000000 | wp << 16, 0x20 | (0x300000 if smp else 0), 0x800 if nxe else 0, chunk=70)

# 16-bit code and stacks.
case("m_code16", "16-bit code and a 16-bit stack", "case_setup:\n        PMSETUP\n        GATE8 idt32+8*0x32, hi32, 0x8e, C32\n        ret\n"
     '        .section .k32,"ax"\n        .code32\nhi32:   mov %esp,%edi\n        iret\n' """
        .section .k16,"ax"
        .code16
start16: mov $D16,%ax
        mov %ax,%ss
        mov $0xfc00,%sp
        push %ax
        pushl $0x12345678
        pop %ax
        pop %bx
        pop %cx
        call 1f
        jmp 2f
1:      ret
2:      mov $3,%cx
3:      loop 3b
        pushf
        popf
        pushfl
        popfl
        pusha
        popa
        pushal
        popal
        mov $0xe100,%ebx
        mov $D16,%ax
        mov %ax,%ds
        movw $0x1234,(%bx)
        mov 2(%bx,%si),%dl
        movl $0x87654321,4(%bx)
        addr32 mov 4(%ebx),%ecx
        enter $8,$0
        leave
        push $0x1111
        lcall $C16,$(far16 - 0x120000)
        pop %ax
        mov $0,%sp
        push %ax
        pushl $0x55
        popl %eax
        pop %ax
        mov $0xfff0,%sp
        mov $0x1234,%ax
        inc %ax
        cmp %cx,%cx
        int $0x32
        ljmpl $C32,$back32
far16:  mov %sp,%bp
        mov 4(%bp),%ax
        lret
        .section .ktext,"ax"
        .code64
case_start:
        PROTECTED
        ljmp $C16,$(start16 - 0x120000)
back32: DONE32
""")

# SYSENTER and SYSEXIT.
case("m_sysenter", "SYSENTER and SYSEXIT in protected mode", "case_setup:\n        PMSETUP\n" + L(
    ["GATE8 idt32+8*13, he, 0x8e, C32"]) + """        ret
        .section .k32,"ax"
        .code32
entry:  mov %esp,%esi
        mov %ss,%edi
        mov $1f,%ebp
        mov %ebx,%edx
        mov $USP32,%ecx
        sysexit
1:      ud2
        .section .u32,"ax"
        .code32
ustart32: mov $1f,%ebp
        sysexit
1:      mov $2f,%ebx
        sysenter
2:      mov %cs,%eax
        mov %ss,%ecx
        UDONE32
        .section .ktext,"ax"
        .code64
case_start:
        PROTECTED
        mov $1f,%ebp
        sysenter
1:      mov $0x174,%ecx
        xor %edx,%edx
        mov $C32,%eax
        wrmsr
        inc %ecx
        mov $SP0,%eax
        wrmsr
        inc %ecx
        mov $entry,%eax
        wrmsr
        TOUSER32
""")

# Compatibility mode: its own IRET, far transfers and stack instructions, with 64-bit gates for the faults.
case("m_compat", "compatibility mode", """case_setup:
        PMSETUP
        ret
case_start:
        COMPAT
        mov $D32,%eax
        mov %eax,%ss
        mov %eax,%ds
        mov $SP32,%esp
        pushal
        popal
        push %ds
        pop %es
        pushf
        push $C32
        push $1f
        iret
1:      lcall $C32,$2f
        jmp 3f
2:      lret
3:      pushl $UD32
        pushl $USP32
        pushl $0x202
        pushl $C32
        pushl $4f
        iret
4:      lea 0(%esp),%eax
        call 5f
5:      ret $4
        ud2
""".replace("5:      ret $4\n        ud2\n", "5:      pop %eax\n        ljmp $KCS,$6f\n        .code64\n6:      mov $case_end,%rax\n        jmp *%rax\n"))
