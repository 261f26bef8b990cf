#!/usr/bin/env python3
"""Writes the sources of the sibling cases: make-cases.py FOLDER

Each topic of the recorded cases in its other instances: every gate type, selector, page and access, return frame, TPR and so
on, many in one case. Record them with record.py and pack them with pack-programs.py; SiblingCasesTest compares.
What QEMU 7.2 does wrong (QUIRKS.md, docs/conformance.md) is left out here, so that every case can be compared whole.
"""
import os
import sys

OUT = sys.argv[1] + "/"
os.makedirs(OUT, exist_ok=True)


def case(name, purpose, body):
    with open(OUT + name + ".S", "w") as file:
        file.write('# %s\n        .include "hdr.inc"\n%s' % (purpose, body))


def L(lines):
    """Lines of source; labels end with a colon."""
    return "".join("%s\n" % line if line.endswith(":") else "        %s\n" % line for line in lines)


def skip(name, purpose, kbody=None, ubody=None, setup=(), extra="", chunk=34, pre=()):
    """Cases whose every item may fault: the handlers go on behind it, at r14."""
    body = kbody if kbody is not None else ubody
    for i in range(0, len(body), chunk):
        lines = list(pre)
        for item in body[i : i + chunk]:
            item = [item] if isinstance(item, str) else item
            lines += ["lea 1f(%rip),%r14"] + list(item[:-1]) + ["cmp %rax,%rax", item[-1], "1:"]
        text = "case_setup:\n" + SK + "        GATE 0x80, hdone, 3\n" + L(setup) + "        ret\n" + SKH + extra
        if kbody is not None:
            text += "case_start:\n" + L(lines) + "        DONE\n"
        else:
            text += (
                'case_start:\n        TOUSER\n        .section .utext,"ax"\nustart:\n'
                + L(lines)
                + "        int $0x80\n"
            )
        case("%s_%d" % (name, i // chunk), purpose, text)


SK = "".join("        GATE %d, hec\n" % v for v in (10, 11, 12, 13, 14, 17))
SK += "".join("        GATE %d, hnc\n" % v for v in (0, 1, 3, 4, 5, 6, 7)) + "        GATE 8, hec, 0, 4\n"
SKH = "hec:    pop %r11\nhnc:    mov (%rsp),%r10\n        mov %r14,(%rsp)\n        iretq\nhdone:  jmp case_end\n"


# Page faults: every page and access, in both rings, by WP, SMEP, SMAP, AC and protection keys.
KP = [
    "KNPPG",
    "KROPG",
    "KNXPG",
    "KRSV",
    "KPK1",
    "KPK2",
    "UNPPG",
    "UROPG",
    "USUPG",
    "UPK1",
    "URSV",
    "URWX",
    "UCOW",
    "UDATA",
]
ACC = {
    "rd": "mov {p}+8,%eax",
    "wr": "movl $3,{p}+16",
    "rmw": "addl $1,{p}+24",
    "ex": "jmp *%r13",
    "pu": "pushq {p}+40",
    "cmpx": "cmpxchg %ecx,{p}+48",
    "bt": "btsl $3,{p}+56",
}
CR0WP = ["mov %cr0,%rax", "btr $16,%rax", "mov %rax,%cr0"]
CR4 = lambda bit: ["mov %cr4,%rax", "btr $%d,%%rax" % bit, "mov %rax,%cr4"]

# page faults without the accesses that QEMU gets wrong
A = ["rd", "wr", "rmw", "ex", "pu", "cmpx", "bt"]


def split2(name, kind, accs, pre, pre_case, purpose):
    body = []
    k = 0
    part = 0

    def flush():
        nonlocal body, part
        if not body:
            return
        b = (
            "case_setup:\n"
            + L(["GATE 14, hpf", "GATE 13, hpf", "GATE 12, hpf"])
            + "        GATE 0x80, hdone, 3\n"
            + L(pre)
            + "        ret\nhpf:    pop %r11\n        mov %r14,(%rsp)\n        iretq\nhdone:  jmp case_end\n"
        )
        if kind == "k":
            b += "case_start:\n" + L(pre_case + body) + "        DONE\n"
        else:
            b += (
                'case_start:\n        TOUSER\n        .section .utext,"ax"\nustart:\n'
                + L(pre_case + body)
                + "        int $0x80\n"
            )
        case("%s_%d" % (name, part), purpose, b)
        part += 1
        body = []

    for p in KP:
        for a in accs:
            if (
                a == "ex"
                and p in ("URWX", "UCOW", "USUPG", "KPK1", "KPK2", "KROPG")
                and (not (kind == "k" and p in ("URWX", "UCOW")))
            ):
                continue
            k += 1
            body.append("lea 1f(%rip),%r14")
            if a == "ex":
                body.append("mov $%s,%%r13" % p)
            body += ["cmp %rax,%rax", ACC[a].format(p=p), "1:"]
            if k % 45 == 0:
                flush()
    flush()


split2("pfk", "k", A, [], [], "page faults from ring 0")
split2("pfk_wp", "k", ["rd", "wr", "rmw"], CR0WP, [], "WP clear")
split2("pfu", "u", A, [], [], "page faults from ring 3")
PK = lambda v: ["xor %ecx,%ecx", "xor %edx,%edx", "mov $%s,%%eax" % v, "wrpkru"]
PS = lambda v: ["mov $0x6e1,%ecx", "xor %edx,%edx", "mov $%s,%%eax" % v, "wrmsr"]
for v in ["0x24", "0x18", "0xffffffff"]:
    split2("pku_u_%s" % v, "u", ["rd", "wr", "rmw"], [], PK(v), "PKRU " + v)
    split2("pku_k_%s" % v, "k", ["rd", "wr"], [], ["stac"] + PK(v), "PKRU from ring 0 " + v)
    split2(
        "pks_k_%s" % v,
        "k",
        ["rd", "wr", "rmw"],
        [],
        ["stac"] + PS(v if v != "0xffffffff" else "0xfffffffc"),
        "PKRS " + v,
    )
    split2(
        "pkswp_k_%s" % v,
        "k",
        ["rd", "wr"],
        CR0WP,
        ["stac"] + PS(v if v != "0xffffffff" else "0xfffffffc"),
        "PKRS, WP clear " + v,
    )

# Selectors, returns, far transfers, gates, IDT limits.
SELS = [
    "0",
    "1",
    "2",
    "3",
    "KCS",
    "KCS|3",
    "KDS",
    "KDS|1",
    "KDS|2",
    "KDS|3",
    "UCS32",
    "UCS32&~3",
    "UDS",
    "UDS&~3",
    "UDS&~3|1",
    "UCS",
    "UCS&~3",
    "TSSSEL",
    "TSSSEL+8",
    "SEL_NPDATA",
    "SEL_NPDATA|3",
    "SEL_NPCODE",
    "SEL_NPUDATA",
    "SEL_CONF",
    "SEL_CONF|3",
    "SEL_NPUCODE",
    "SEL_TSSB",
    "SEL_C32",
    "SEL_RO",
    "SEL_RO|3",
    "SEL_XO",
    "SEL_FSB",
    "0xd8",
    "0x1f8",
    "0xfff8",
    "4",
    "0x14",
    "0xffff",
]
for seg in ["ds", "es", "fs", "gs"]:
    skip(
        "sel_%s_k" % seg,
        "loads of %s in ring 0" % seg,
        kbody=[["mov $%s,%%eax" % s, "mov %%eax,%%%s" % seg] for s in SELS],
        chunk=50,
    )
    skip(
        "sel_%s_u" % seg,
        "loads of %s in ring 3" % seg,
        ubody=[["mov $%s,%%eax" % s, "mov %%eax,%%%s" % seg] for s in SELS if seg in ("ds", "es") or s not in ("1", "2", "3")],
        chunk=50,
    )
QSS = ["KDS", "SEL_RO", "SEL_XO", "KCS", "SEL_NPDATA", "UDS&~3", "TSSSEL", "0x1f8", "0", "SEL_CONF"]
skip(
    "sel_ss_k",
    "loads of ss in ring 0 (no RPL mismatch: QEMU accepts it)",
    kbody=[["mov $%s,%%eax" % s, "mov %eax,%ss"] for s in QSS],
)
skip(
    "sel_ss_u",
    "loads of ss in ring 3",
    ubody=[
        ["mov $%s,%%eax" % s, "mov %eax,%ss"]
        for s in ["UDS", "0xd3", "UCS", "SEL_NPUDATA", "SEL_RO|3", "0x1fb", "KDS|3"]
    ],
)
for op in ["lar", "lsl", "verr", "verw"]:
    for r in "ku":
        items = [
            ["mov $%s,%%ecx" % s, "%s %%%s" % (op, "cx") if op.startswith("ver") else "%s %%ecx,%%eax" % op]
            for s in SELS
        ]
        if op in ("lar", "lsl"):
            items += [["mov $%s,%%ecx" % s, "%s %%cx,%%dx" % op] for s in SELS[:12]] + [
                ["mov $%s,%%ecx" % s, "%s %%rcx,%%rdx" % op] for s in SELS[10:20]
            ]
        skip("%s_%s" % (op, r), op + " ring " + r, kbody=items, chunk=70) if r == "k" else skip(
            "%s_%s" % (op, r), op + " ring " + r, ubody=items, chunk=70
        )


# iretq
def fr(ss, rsp, fl, cs, rip):
    return [
        "mov %rsp,%r13",
        "pushq $%s" % ss,
        rsp if rsp.startswith("pushq") else "pushq $%s" % rsp,
        "pushq $%s" % fl,
        "pushq $%s" % cs,
    ] + (["pushq $%s" % rip] if not rip.startswith("@") else ["movabs $%s,%%rbx" % rip[1:], "push %rbx"])


items = []
for cs in [
    "0",
    "3",
    "KDS",
    "KCS|3",
    "UCS&~3",
    "SEL_CONF",
    "SEL_CONF|3",
    "SEL_NPCODE",
    "SEL_NPUCODE",
    "TSSSEL",
    "0x1f8",
    "SEL_XO",
    "UDS",
    "0x14",
    "SEL_XO|3",
    "SEL_C32|3",
]:
    items.append(fr("UDS", "USTACK", "0x2", cs, "ustart") + ["iretq"])
for ss in ["0", "3", "KDS", "KDS|3", "UDS&~3", "SEL_RO|3", "SEL_NPUDATA&~3", "UCS", "TSSSEL", "0x1fb", "SEL_FSB&~3"]:
    items.append(fr(ss, "USTACK", "0x2", "UCS", "ustart") + ["iretq"])
items = [[*i[:-1], i[-1]] for i in items]
b = (
    "case_setup:\n"
    + SK.replace("hec", "hec2").replace("hnc", "hnc2")
    + "        ret\nhec2:   pop %r11\nhnc2:   mov (%rsp),%r10\n        mov %r14,(%rsp)\n        movq $KCS,8(%rsp)\n        movq $2,16(%rsp)\n        mov %r13,24(%rsp)\n        movq $KDS,32(%rsp)\n        iretq\n"
)


def iret(name, items, chunk=20, retk=""):
    for i in range(0, len(items), chunk):
        lines = []
        for it in items[i : i + chunk]:
            lines += ["lea 1f(%rip),%r14"] + it[:-1] + ["cmp %rax,%rax", it[-1], "1:"]
        case(
            "%s_%d" % (name, i // chunk),
            "iretq outcomes",
            b + "case_start:\n" + L(lines) + '        DONE\n        .section .utext,"ax"\nustart: ud2\n',
        )


iret("iretf", items)

# good returns with all flag images, ring 0 -> 0 and 0 -> 3
items = []
for fl in [
    "0x2",
    "0xfd7",
    "0x3002",
    "0x10202",
    "0x44002&~0x4000",
    "0x240ed5",
    "0x200202",
    "0xffffffff&~0x4100&~0x1a0000",
]:
    items.append(
        [
            "mov %rsp,%r13",
            "pushq $KDS",
            "push %r13",
            "mov $%s,%%ebx" % fl,
            "push %rbx",
            "pushq $KCS",
            "lea 1f(%rip),%rbx",
            "push %rbx",
            "iretq",
        ]
    )
    items.append(
        [
            "mov %rsp,%r13",
            "pushq $UDS",
            "pushq $USTACK",
            "mov $%s,%%ebx" % fl,
            "push %rbx",
            "pushq $UCS",
            "pushq $ustart",
            "iretq",
        ]
    )
iret("iretg", items)

# lretq / far
items = []
for cs in [
    "0",
    "3",
    "KDS",
    "UCS&~3",
    "SEL_CONF",
    "SEL_NPCODE",
    "TSSSEL",
    "0x1f8",
    "SEL_XO",
    "KCS",
    "0x14",
    "SEL_NPUCODE",
    "UDS",
    "SEL_C32|1",
    "UCS",
]:
    items.append(
        [
            "mov %rsp,%r13",
            "pushq $UDS",
            "pushq $USTACK",
            "pushq $%s" % cs,
            "lea 1f(%rip),%rbx" if cs in ("KCS", "SEL_CONF", "SEL_XO") else "mov $ustart,%rbx",
            "push %rbx",
            "lretq",
        ]
    )
iret("lretf", items)
items = []
for op in ["rex64 ljmp *KSTKPG", "rex64 lcall *KSTKPG", "ljmp *KSTKPG", "lcall *KSTKPG"]:
    for cs in [
        "0",
        "3",
        "KDS",
        "UCS",
        "SEL_CONF",
        "SEL_CONF|3",
        "SEL_NPCODE",
        "TSSSEL",
        "SEL_TSSB",
        "0x1f8",
        "SEL_XO",
        "KCS",
        "KCS|1",
        "0x14",
        "SEL_NPUCODE",
    ]:
        q = "rex64" in op
        items.append(
            ["mov %rsp,%r13"]
            + (
                ["lea 1f(%rip),%rbx", "mov %rbx,KSTKPG", "movw $%s,KSTKPG+8" % cs]
                if q
                else ["movl $0x400000,KSTKPG", "movw $%s,KSTKPG+4" % cs]
            )
            + [op]
        )
iret(
    "far",
    [
        i
        for i in items
        if not (
            i[-1] in ("ljmp *KSTKPG", "lcall *KSTKPG") and any((x in i[-2] for x in ("$KCS", "$SEL_CONF", "$SEL_XO")))
        )
    ],
    chunk=24,
)

# gates
gs = []
i = 0
for t in range(16):
    gs.append((64 + t, "case_end", 0, 0, t, "KCS", 1))
k = 96
for sel in [
    "0",
    "3",
    "KDS",
    "UCS",
    "UCS&~3",
    "SEL_NPCODE",
    "SEL_C32",
    "0x1f8",
    "TSSSEL",
    "SEL_RO",
    "SEL_NPUCODE",
    "0x14",
    "SEL_XO",
    "SEL_CONF",
]:
    gs.append((k, "hret", 3, 0, 14, sel, 1))
    k += 1
for ist in range(0, 8):
    gs.append((144 + ist, "hret", 0, ist, 14 if ist % 2 else 15, "KCS", 1))
for d in range(4):
    for p in (0, 1):
        gs.append((160 + 2 * d + p, "hret", d, 0, 14, "KCS", p))
su = "".join(
    ("        GATE 0x%x, %s, %d, %d, 0x%x, %s, %d\n" % g for g in gs if not (64 <= g[0] < 80 and g[4] in (14, 15)))
)
su += "        GATE 0x4e, hret\n        GATE 0x4f, hret,0,0,0xf\n"
hret = "hret:   mov (%rsp),%r10\n        mov %ss,%ecx\n        mov %rsp,%rdx\n        pushfq\n        pop %rbx\n        iretq\n"
for r in "ku":
    allv = [g[0] for g in gs if r == "k" or g[5] not in ("UCS", "UCS&~3", "SEL_CONF")]
    for i in range(0, len(allv), 24):
        lines = []
        for v in allv[i : i + 24]:
            lines += ["lea 1f(%rip),%r14", "cmp %rax,%rax", "int $0x%x" % v, "1:"]
        bb = "case_setup:\n" + SK + su + "        GATE 0x80, hdone, 3\n        ret\n" + SKH + hret
        if r == "k":
            bb += "case_start:\n" + L(lines) + "        DONE\n"
        else:
            bb += (
                'case_start:\n        TOUSER\n        .section .utext,"ax"\nustart:\n'
                + L(lines)
                + "        int $0x80\n"
            )
        case("gate_%s_%d" % (r, i // 24), "int n through all kinds of gates, ring " + r, bb)

# IDT limit
lines = []
for lim in ["0xfff", "0x2ff", "0x30e", "0x30f", "0x300", "0x12f", "0x20f"]:
    lines += [
        "movw $%s,KSTKPG" % lim,
        "movq $idt,KSTKPG+2",
        "lidt KSTKPG",
        "lea 1f(%rip),%r14",
        "cmp %rax,%rax",
        "int $0x30",
        "1:",
    ]
case(
    "idtlim",
    "IDT limits",
    "case_setup:\n"
    + SK
    + "        GATE 0x30, hret\n        ret\n"
    + SKH
    + hret
    + "case_start:\n"
    + L(lines + ["movw $0xfff,KSTKPG", "lidt KSTKPG"])
    + "        DONE\n",
)

# Privileged instructions.
skip(
    "syscerr",
    "syscall and sysret refused",
    kbody=[
        "ud2",
        ["mov $0xc0000080,%ecx", "rdmsr", "and $~1,%eax", "wrmsr", "syscall"],
        ["nop", "sysretq"],
        ["mov $0xc0000080,%ecx", "rdmsr", "or $1,%eax", "wrmsr", "nop"],
    ],
)
skip(
    "syscerru",
    "privileged instructions in ring 3",
    ubody=[
        "sysretq",
        "hlt",
        "cli",
        "sti",
        "lgdt UDATA",
        "lidt UDATA",
        "lldt %ax",
        "ltr %ax",
        "mov %cr0,%rax",
        "mov %rax,%cr2",
        "mov %cr8,%rax",
        "mov %dr0,%rax",
        "mov %rax,%dr6",
        "invlpg UDATA",
        "wbinvd",
        "invd",
        "clts",
        "rdmsr",
        "wrmsr",
        "swapgs",
        "sgdt UDATA",
        "sidt UDATA",
        "sldt %eax",
        "str %eax",
        "smsw %eax",
        "lmsw %ax",
        "in $0x80,%al",
        "in %dx,%eax",
        "out %al,%dx",
        "insb",
        "outsl",
        "int3",
        "nop",
        "stac",
        "clac",
        "nop",
        "nop",
    ],
    chunk=60,
)

# strings with faults
items = []
for op, sz in (
    [("movs", s) for s in "bwlq"]
    + [("stos", s) for s in "bwlq"]
    + [("lods", s) for s in "bwlq"]
    + [("scas", s) for s in "bwlq"]
    + [("cmps", s) for s in "bwlq"]
):
    rep = {"movs": "rep ", "stos": "rep ", "lods": "rep ", "scas": "repne ", "cmps": "repe "}[op]
    n = {"b": 1, "w": 2, "l": 4, "q": 8}[sz]
    items.append(
        [
            "mov $KSTKPG+0x100,%rsi",
            "mov $KSTKPG+0x2000-%d,%%rdi" % (3 * n),
            "mov $9,%ecx",
            "mov $0x5a,%eax",
            rep + op + sz,
        ]
        if op != "lods"
        else ["mov $KSTKPG+0x2000-%d,%%rsi" % (3 * n), "mov $9,%ecx", rep + op + sz]
    )
    items.append(
        [
            "mov $KSTKPG+0x2000-%d,%%rsi" % (2 * n + (1 if n > 1 else 0)),
            "mov $KSTKPG+0x100,%rdi",
            "mov $5,%ecx",
            "mov $0,%eax",
            rep + op + sz,
        ]
    )
    items.append(
        ["std", "mov $KSTKPG+%d,%%rsi" % (2 * n), "mov $KSTKPG+%d,%%rdi" % (3 * n), "mov $9,%ecx", rep + op + sz]
    )
    items.append(["cld", "mov $KNPPG,%rsi", "mov $KNPPG,%rdi", "xor %ecx,%ecx", rep + op + sz])
    items.append(
        ["mov $KNPPG,%rsi", "mov $KSTKPG,%rdi", op + sz]
        if op != "cmps"
        else ["mov $KSTKPG,%rsi", "mov $KNPPG,%rdi", op + sz]
    )
for i in range(0, len(items), 24):
    lines = []
    for it in items[i : i + 24]:
        lines += ["lea 1f(%rip),%r14"] + it[:-1] + ["cmp %rax,%rax", it[-1], "1:", "cld"]
    case(
        "strf_%d" % (i // 24),
        "string instructions that fault",
        "case_setup:\n" + SK + "        ret\n" + SKH + "case_start:\n" + L(lines) + "        DONE\n",
    )
ui = []
for op in ["movsb", "movsl", "stosq", "lodsw", "scasb", "cmpsq", "insb", "outsb"]:
    ui.append(
        [
            "mov $UDATA+0x10,%esi",
            "mov $UDATA+0x20,%edi",
            "mov $3,%ecx",
            "addr32 rep " + op if op[:3] not in ("sca", "cmp") else "addr32 repe " + op,
        ]
    )
    ui.append(
        [
            "movabs $0x100000000+UDATA,%rsi",
            "movabs $0x200000000+UDATA+0x40,%rdi",
            "movabs $0x300000002,%rcx",
            "addr32 " + ("rep " if op[:3] not in ("sca", "cmp") else "repne ") + op,
        ]
    )
skip("str32_u", "string instructions with 32-bit addresses in ring 3", ubody=ui)

# stack edge: KSTKPG begins after a not present page
st = []
R = "mov %rsp,%r13"
for it in [
    ["push %rax"],
    ["pushw %ax"],
    ["pushq $5"],
    ["pushfq"],
    ["call .+5"],
    ["enter $8,$3"],
    ["push %fs"],
    ["pushq KNPPG"],
    ["pushq KSTKPG+64"],
    ["call *KSTKPG+64"],
    ["pushq $1"],
]:
    for off in (0, 4, 8, 2):
        st.append((off, it[0]))
lines = []
for off, i in st:
    lines += [
        "lea 1f(%rip),%r14",
        "mov %rsp,%r13",
        "mov $KSTKPG+%d,%%rsp" % off,
        "mov $KSTKPG+0x300,%rbp",
        "cmp %rax,%rax",
        i,
        "1:",
        "mov %r13,%rsp",
    ]
ISTSK = (
    "".join(("        GATE %d, hec, 0, 2\n" % v for v in (10, 11, 12, 13, 14, 17)))
    + "        GATE 8, hec, 0, 4\n        GATE 6, hnc, 0, 2\n"
)
for i in range(0, len(lines), 8 * 24):
    case(
        "stkf_%d" % (i // 192),
        "stack instructions at the lower edge of the stack",
        "case_setup:\n"
        + ISTSK
        + "        movq $nxt,KSTKPG+64\n        ret\n"
        + SKH
        + "nxt:    ret\ncase_start:\n"
        + L(lines[i : i + 192])
        + "        DONE\n",
    )
lines = []
for i in [
    "pop %rax",
    "popw %ax",
    "popfq",
    "ret",
    "ret $16",
    "leave",
    "popq KNPPG",
    "popq KSTKPG+64",
    "pop %fs",
    "iretq",
    "lretq",
    "pop %rsp",
]:
    for off in (0, -4, -8, -16, -2):
        if i in ("ret", "ret $16") and off == -16:
            continue
        if i in ("iretq", "lretq"):
            if off != -8 and off != 0:
                continue
        lines += [
            "lea 1f(%rip),%r14",
            "mov %rsp,%r13",
            "mov $KSTKPG+0x2000%+d,%%rsp" % off,
            "mov %rsp,%rbp",
            "cmp %rax,%rax",
            i,
            "1:",
            "mov %r13,%rsp",
        ]
for i in range(0, len(lines), 8 * 24):
    case(
        "stkp_%d" % (i // 192),
        "pops at the upper edge of the stack",
        "case_setup:\n"
        + ISTSK
        + "        lea 9f(%rip),%rax\n        mov %rax,KSTKPG+0x1ff8\n        ret\n9:      jmp *%r14\n"
        + SKH
        + "case_start:\n"
        + L(lines[i : i + 192])
        + "        DONE\n",
    )

# double faults: first x second
firsts = {
    "ud": "ud2",
    "de": "div %cl",
    "gp": "mov %eax,%ds",
    "np": "mov %ebx,%ds",
    "ss": "mov %ebx,%ss",
    "pf": "mov KNPPG,%edx",
    "bp": "int3",
    "int": "int $0x30",
    "ts": "int $0x31",
}
vec = {"ud": 6, "de": 0, "gp": 13, "np": 11, "ss": 12, "pf": 14, "bp": 3, "int": 48, "ts": 49}
for f, ins in firsts.items():
    for sec, g in [
        ("np", "p=0"),
        ("gp", "type=4"),
        ("gpsel", "sel=0x1f8"),
        ("npsel", "sel=SEL_NPCODE"),
        ("null", "sel=0"),
        ("dpl", "sel=UCS"),
    ]:
        v = vec[f]
        order = [x for x in (13, 11, 12, 10, 14, 8, 6, 0) if x != v]
        b = (
            "case_setup:\n"
            + "".join(
                (
                    "        GATE %d, %s, 0, %d\n" % (x, "hec" if x not in (6, 0) else "hnc", 4 if x == 8 else 0)
                    for x in order
                )
            )
            + "        GATE %d, case_end, %s\n        ret\n" % (v, "dpl=3, " + g if f in ("bp", "int", "ts") else g)
            + SKH
        )
        b += (
            "case_start:\n"
            + L(
                [
                    "lea 1f(%rip),%r14",
                    "mov $0x1f8,%eax",
                    "mov $SEL_NPDATA,%ebx",
                    "xor %ecx,%ecx",
                    "cmp %rcx,%rcx",
                    ins,
                    "1:",
                ]
            )
            + "        DONE\n"
        )
        case("df_%s_%s" % (f, sec), "%s whose gate fails with %s" % (f, sec), b)

# TF over things
tfk = [
    "nop",
    "push %rax",
    "pop %rax",
    "mov $3,%ecx",
    "pushfq",
    "popq %rbx",
    "int $0x30",
    "int3",
    "xchg %rax,%rbx",
    "lea 2f(%rip),%rax",
    "jmp *%rax",
    "2:",
    "call 3f",
    "3:",
    "pop %rax",
    "cld",
    "mov %cr3,%rax",
    "mov %rax,%cr3",
    "mov %ds,%eax",
    "mov %eax,%ds",
    "nop",
    "nop",
    "mov $KSTKPG,%rdi",
    "mov $1,%ecx",
    "rep stosb",
    "stosq",
    "loop 4f",
    "4:",
    "mov KNPPG,%edx",
    "nop",
    "swapgs",
    "swapgs",
    "ud2",
    "nop",
    "clts",
    "invlpg (%rdi)",
    "enter $8,$1",
    "leave",
]
h = "hdb:    inc %r9\n        mov %dr6,%r10\n        mov (%rsp),%r11\n        mov $0xffff0ff0,%r12d\n        mov %r12,%dr6\n        iretq\nh30:    nop\n        iretq\nhsk:    add $8,%rsp\n        addq $7,(%rsp)\n        iretq\nhud:    addq $2,(%rsp)\n        iretq\n"
b = (
    "case_setup:\n        GATE 1, hdb\n        GATE 0x30, h30, 3\n        GATE 3, h30, 3\n        GATE 14, hsk\n        GATE 6, hud\n        GATE 0x80, hdone, 3\n        ret\nhdone:  jmp case_end\n"
    + h
)
case(
    "tf_k",
    "single step over many instructions, ring 0",
    b
    + "case_start:\n"
    + L(["mov $0,%r9", "pushfq", "orq $0x100,(%rsp)", "popfq"] + tfk + ["pushfq", "andq $~0x100,(%rsp)", "popfq"])
    + "        DONE\n",
)
tfu = [
    x
    for x in tfk
    if x not in ("cli", "sti", "mov %cr3,%rax", "mov %rax,%cr3", "swapgs", "clts", "invlpg (%rdi)", "mov KNPPG,%edx")
    and "KSTKPG" not in x
]
tfu = [x for x in tfu if not x.startswith(("rep", "stos", "mov $2,%ecx", "mov $4"))]
case(
    "tf_u",
    "single step over many instructions, ring 3",
    b
    + 'case_start:\n        TOUSER ustart, 0x302\n        .section .utext,"ax"\nustart:\n'
    + L(tfu + ["pushfq", "andq $~0x100,(%rsp)", "popfq"])
    + "        int $0x80\n",
)
case(
    "tf_iret",
    "TF loaded by iretq within ring 0 and to ring 3; TF and int n",
    b
    + "case_start:\n"
    + L(
        [
            "mov %rsp,%rbp",
            "pushq $KDS",
            "push %rbp",
            "pushq $0x102",
            "pushq $KCS",
            "pushq $5f",
            "iretq",
            "5:",
            "nop",
            "pushq $2",
            "popfq",
            "nop",
        ]
    )
    + '        TOUSER ustart, 0x302\n        .section .utext,"ax"\nustart:\n'
    + L(["int $0x30", "nop", "int $0x30"])
    + "        int $0x80\n",
)

# DR watch matrix
lines = []
for dr7, acc in [
    ("0x00010402", "movb $1,KSTKPG+8"),
    ("0x00010402", "movb $1,KSTKPG+9"),
    ("0x00050402", "movw $1,KSTKPG+9"),
    ("0x00050402", "movw $1,KSTKPG+7"),
    ("0x000d0402", "movl $1,KSTKPG+12"),
    ("0x000d0402", "movl $1,KSTKPG+11"),
    ("0x00090402", "movq $1,KSTKPG+8"),
    ("0x00090402", "movb $1,KSTKPG+15"),
    ("0x00090402", "movb $1,KSTKPG+16"),
    ("0x000f0402", "mov KSTKPG+8,%eax"),
    ("0x000f0402", "mov KSTKPG+12,%eax"),
    ("0x000f0402", "incl KSTKPG+8"),
    ("0x000d0402", "mov KSTKPG+8,%eax"),
    ("0x000d0401", "movl $2,KSTKPG+8"),
    ("0x000d0400", "movl $2,KSTKPG+8"),
    ("0x000f0402", "push KSTKPG+8"),
    ("0x000f0402", "xchg %eax,KSTKPG+8"),
    ("0x000f0402", "cmpl $1,KSTKPG+8"),
    ("0x000d0402", "cmpxchg %ecx,KSTKPG+8"),
    ("0x000f0402", "movq KSTKPG+4,%rax"),
]:
    lines += ["mov $%s,%%eax" % dr7, "mov %rax,%dr7", acc, "nop"]
case(
    "drm",
    "data breakpoint kinds and lengths",
    b
    + "case_start:\n"
    + L(["mov $0,%r9", "mov $KSTKPG+8,%rax", "mov %rax,%dr0"] + lines + ["mov $0x400,%eax", "mov %rax,%dr7"])
    + "        DONE\n",
)

# popf / iret by IOPL
for iopl in range(4):
    T = []
    for v in ["0x3ed5", "0x202", "0x2", "0x44002", "0x3002", "0x247ed7&~0x100", "0x3cd5"]:
        T += ["pushq $%s" % v, "popfq", "pushfq", "pop %rax"]
    T += ["pushw $0x0ed5", "popfw", "pushfq", "pop %rax"]
    case(
        "popf_%d" % iopl,
        "popf in ring 3 with IOPL %d" % iopl,
        'case_setup:\n        GATE 0x80, hdone, 3\n        ret\nhdone:  jmp case_end\ncase_start:\n        TOUSER ustart, %s\n        .section .utext,"ax"\nustart:\n'
        % hex(514 | iopl << 12)
        + L(T)
        + "        int $0x80\n",
    )

# syscall again
for n, (mask, fl) in enumerate(
    [("0x0", 514), ("0x47700", 16087), ("0xffffffff", 582), ("0x200", 264851), ("0x1", 711), ("0x3d5", 12802)]
):
    case(
        "sysc_%d" % n,
        "syscall with SFMASK " + mask,
        "syscall_entry:\n"
        + L(
            [
                "swapgs",
                "mov %rsp,%gs:8",
                "mov $kstack_top,%rsp",
                "pushfq",
                "pop %rdx",
                "mov %ss,%eax",
                "mov %cs,%ebx",
                "xor $0x%x,%%r11" % (65 + n),
                "mov %gs:8,%rsp",
                "swapgs",
                "sysretq",
            ]
        )
        + "case_setup:\n"
        + L(["WRMSRQ 0xc0000084, " + mask, "ret"])
        + 'case_start:\n        swapgs\n        TOUSER u1, 0x%x\n        .section .utext,"ax"\nu1:\n' % fl
        + L(
            [
                "mov $USTACK-64,%rsp",
                "syscall",
                "pushfq",
                "pop %rsi",
                "mov %ss,%eax",
                "mov %cs,%ebx",
                "std",
                "stc",
                "syscall",
                "cld",
            ]
        )
        + "        UDONE\n",
    )

# Interrupts and NMIs.
G = lambda *v: "".join(("        GATE 0x%x, h%x\n" % (x, x) for x in v))
H = lambda *v: "".join(
    (
        "h%x:\n        inc %%r12\n        mov (%%rsp),%%r8\n        mov 16(%%rsp),%%r9\n        movl $0,EOI\n        iretq\n"
        % x
        for x in v
    )
)
import random


def apic(name, purpose, lines, vs=(65, 82, 99, 240), pre="", hs=None, gates=None):
    case(
        name,
        purpose,
        "case_setup:\n"
        + (gates if gates is not None else G(*vs))
        + pre
        + "        ret\n"
        + (hs if hs is not None else H(*vs))
        + "case_start:\n"
        + L(lines)
        + "        DONE\n",
    )


IPI = lambda v: "IPI 0x%x" % v
apic(
    "ap_prio",
    "interrupts by priority",
    [IPI(65), IPI(240), IPI(82), IPI(99), "sti", "nop", "nop", "nop", "nop", "nop", "cli"],
)
apic(
    "ap_popf",
    "IF by popf, no shadow",
    [
        IPI(65),
        "pushq $0x202",
        "popfq",
        "inc %r14",
        "cli",
        IPI(82),
        "pushfq",
        "orq $0x200,(%rsp)",
        "popfq",
        "inc %r14",
        "inc %r14",
        "cli",
    ],
)
apic(
    "ap_iret",
    "IF by iretq, no shadow",
    [
        IPI(65),
        "mov %rsp,%rbp",
        "pushq $KDS",
        "push %rbp",
        "pushq $0x202",
        "pushq $KCS",
        "pushq $5f",
        "iretq",
        "5:",
        "inc %r14",
        "cli",
    ],
)
apic("ap_stihlt", "sti hlt wakes", [IPI(65), "sti", "hlt", IPI(82), "nop", "cli"])
apic(
    "ap_stisti",
    "sti twice, sti cli sti",
    [IPI(65), "sti", "sti", "inc %r14", "cli", IPI(82), "sti", "cli", "sti", "cli", "nop", "sti", "nop", "cli"],
)
for t in range(0, 16, 1):
    apic(
        "ap_tpr%d" % t,
        "TPR %d" % t,
        [
            "mov $%d,%%eax" % t,
            "mov %rax,%cr8",
            IPI(65),
            IPI(82),
            IPI(240),
            "sti",
            "nop",
            "nop",
            "mov %cr8,%rbx",
            "xor %eax,%eax",
            "mov %rax,%cr8",
            "nop",
            "nop",
            "nop",
            "cli",
        ],
    )
hs = "h41:    inc %r12\n        sti\n        nop\n        IPI 0x52\n        nop\n        nop\n        movl $0,EOI\n        nop\n        iretq\nh52:    inc %r13\n        movl $0,EOI\n        iretq\nh63:    inc %r13\n        IPI 0x41\n        sti\n        nop\n        nop\n        movl $0,EOI\n        iretq\nhf0:    iretq\n"
apic(
    "ap_nest",
    "nested interrupts: lower and higher class while one is in service",
    ["sti", "nop", IPI(65), "nop", IPI(99), "nop", "nop", "cli"],
    hs=hs,
)
apic(
    "ap_user",
    "interrupt from ring 3 and pending over iretq",
    [],
    hs=H(65) + "h80:    IPI 0x41\n        iretq\n",
    gates="        GATE 0x41, h41\n        GATE 0x80, h80, 3\n",
)
open(OUT + "ap_user.S", "w").write(
    '# an interrupt that waits until iretq to ring 3\n        .include "hdr.inc"\ncase_setup:\n        GATE 0x41, h41\n        GATE 0x80, h80, 3\n        ret\n'
    + H(65)
    + 'h80:    IPI 0x41\n        iretq\ncase_start:\n        IPI 0x41\n        TOUSER\n        .section .utext,"ax"\nustart: inc %r14\n        int $0x80\n        inc %r14\n        inc %r14\n        UDONE\n'
)
NM = ("movl $0,APIC+0x310", "movl $0x4400,APIC+0x300")


def nmi(name, purpose, lines, handler, ist=1):
    case(
        name,
        purpose,
        "case_setup:\n        GATE 2, hnmi, 0, %d\n        GATE 0x41, h41\n        GATE 0x30, h30\n        GATE 14, hpf\n        ret\n"
        % ist
        + H(65)
        + "h30:    nop\n        iretq\nhpf:    add $8,%rsp\n        addq $7,(%rsp)\n        iretq\nhnmi:   inc %r12\n"
        + handler
        + "        iretq\ncase_start:\n"
        + L(lines)
        + "        DONE\n",
    )


for ist in (0, 1):
    nmi(
        "nmi_i%d" % ist,
        "NMI on IST %d" % ist,
        [*NM, "nop", "sti", *NM, "nop", IPI(65), "nop", "cli", *NM, "nop"],
        "        mov (%rsp),%r8\n        pushfq\n        pop %r9\n",
        ist,
    )
nmi(
    "nmi_blk",
    "NMI blocked until iretq, exceptions and software interrupts inside",
    [*NM, "nop", "nop", "nop"],
    "        cmp $1,%r12b\n        jne 1f\n"
    + L(NM)
    + "        int $0x30\n        nop\n        mov KNPPG,%eax\n        nop\n1:\n",
)
nmi(
    "nmi_int",
    "NMI and interrupt at one boundary",
    ["sti", "nop", "cli", IPI(65), *NM, "nop", "sti", "nop", "nop", "cli"],
    "        nop\n",
)
nmi("nmi_hlt", "NMI wakes hlt with IF clear", [*NM, "nop"], "        nop\n")

# nm / em / ts matrix
FP = [
    "fnop",
    "movaps %xmm0,%xmm1",
    "movups %xmm0,KSTKPG",
    "fnop",
    "pxor %xmm1,%xmm1",
    "fwait",
    "movq %xmm0,%rdx",
    "movd %ecx,%xmm2",
    "xorps %xmm1,%xmm2",
    "movdqa %xmm1,KSTKPG+16",
    "movdqu %xmm1,KSTKPG+17",
    "movaps %xmm1,KSTKPG+8",
    "movups KNPPG,%xmm1",
    "movdqa KNPPG+8,%xmm2",
]
for ts in (0, 1):
    for em in (0, 1) if not ts else (0,):
        for fx in (0, 1):
            for mp in (0, 1):
                pre = [
                    "mov %cr0,%rax",
                    "and $~0xe,%rax",
                    "or $0x%x,%%rax" % (8 * ts | 4 * em | 2 * mp),
                    "mov %rax,%cr0",
                ]
                if not fx:
                    pre = ["mov %cr4,%rax", "and $~0x200,%rax", "mov %rax,%cr4"] + pre
                skip(
                    "nm_%d%d%d%d" % (ts, em, fx, mp),
                    "TS %d EM %d OSFXSR %d MP %d" % (ts, em, fx, mp),
                    kbody=FP,
                    pre=pre,
                )

# msr round trips and cr writes that are legal
M = []
for m, vals in [
    (3221225600, ["0xd01", "0x501", "0xd00"]),
    (3221225601, ["0x1", "0xffffffffffffffff"]),
    (3221225602, ["0x7fffffffffff", "0xffff800000000000"]),
    (3221225603, ["0x123456789"]),
    (3221225604, ["0xffffffff", "0"]),
    (3221225728, ["0x7fffffffffff"]),
    (3221225729, ["0xffff800000000000", "0xffffffff8010c080"]),
    (3221225730, ["0x1234"]),
    (372, ["0x10"]),
    (373, ["0xffffffff80101000"]),
    (374, ["0xffffffff80102000"]),
    (631, ["0x7040600070406", "0x0505050505050505"]),
    (3221225731, ["0x12345"]),
    (1761, ["0x0", "0x30"]),
]:
    for v in vals:
        M.append(["mov $0x%x,%%ecx" % m, "movabs $%s,%%rax" % v, "mov %rax,%rdx", "shr $32,%rdx", "wrmsr"])
        M.append(["mov $0x%x,%%ecx" % m, "xor %eax,%eax", "xor %edx,%edx", "rdmsr"])
skip("msr", "MSRs written and read", kbody=M, chunk=60)
C = []
for op in [
    "mov %cr0,%rax",
    "mov %cr2,%rax",
    "mov %cr3,%rax",
    "mov %cr4,%rax",
    "mov %cr8,%rax",
    "smsw %eax",
    "smsw %ax",
    "smsw %rax",
    "smsw KSTKPG",
    "str %eax",
    "str %rax",
    "str KSTKPG",
    "sldt %eax",
    "sldt KSTKPG+4",
    "mov %dr0,%rax",
    "mov %dr6,%rax",
    "mov %dr7,%rax",
]:
    C.append(op)
for bit in (0, 1, 2, 3, 5, 16, 18, 29, 30):
    C.append(
        ["mov %cr0,%rbx", "mov %rbx,%rax", "btc $%d,%%rax" % bit, "mov %rax,%cr0"]
        if bit in (1, 2, 3, 5, 16, 18)
        else ["nop"]
    )
    C.append(["mov %cr0,%rdx", "mov %rbx,%cr0"] if bit in (1, 2, 3, 5, 16, 18) else ["nop"])
for bit in (0, 1, 2, 3, 6, 7, 8, 9, 10, 11, 16, 18, 20, 21, 22, 24):
    C.append(["mov %cr4,%rbx", "mov %rbx,%rax", "btc $%d,%%rax" % bit, "mov %rax,%cr4"])
    C.append(["mov %cr4,%rdx", "mov %rbx,%cr4"])
for d in ["0xf", "0xefff", "0x4ff0", "0"]:
    C.append(["mov $%s,%%eax" % d, "mov %rax,%dr6"])
    C.append("mov %dr6,%rdx")
for d in ["0x400", "0x700", "0x400"]:
    C.append(["mov $%s,%%eax" % d, "mov %rax,%dr7"])
    C.append("mov %dr7,%rdx")
for v in ["lmsw %ax"]:
    C.append(["mov $0x3b,%eax", v])
    C.append(["mov $0x30,%eax", v])
    C.append("clts")
for v in ["0", "3", "15"]:
    C.append(["mov $%s,%%eax" % v, "mov %rax,%cr8"])
C.append(["xor %eax,%eax", "mov %rax,%cr8"])
C.append(["mov %cr8,%rdx", "mov %rdx,%cr8"])
skip("cr", "control and debug registers", kbody=C, chunk=400)

# swapgs fsgsbase in rings; segment overrides
S = [
    "swapgs",
    "rdgsbase %rax",
    "wrgsbase %rax",
    "swapgs",
    "rdfsbase %rbx",
    "wrfsbase %rbx",
    "mov %gs:0,%rcx",
    "mov %fs:8,%rdx",
    "lea %gs:16(%rax),%rsi",
    "push %gs:0",
    "pop %fs:8",
    "addr32 mov %gs:0,%eax",
    "nop",
    "nop",
    "nop",
]
skip(
    "gs_k",
    "gs and fs in ring 0",
    kbody=["stac"]
    + S[:4]
    + [
        "mov %gs:0,%rcx",
        "push %gs:8",
        "pop %gs:16",
        "nop",
        ["mov $0x10,%esi", "lodsq %gs:(%rsi)"],
        ["mov $8,%ebx", "mov %gs:(%rbx),%rcx"],
        ["movabs $0x8000000000000000,%rax", "mov %gs:(%rax),%rcx"],
        "rdfsbase %rax",
        ["mov $UDATA,%eax", "wrfsbase %rax"],
        "mov %fs:0,%rcx",
        ["mov $-8,%rbx", "mov %fs:8(%rbx),%rcx"],
        "btsl $5,%fs:4",
    ],
)
skip(
    "gs_u",
    "gs and fs in ring 3",
    ubody=[
        "rdgsbase %rax",
        "rdfsbase %rbx",
        "mov %gs:0,%rcx",
        "mov %fs:8,%rdx",
        ["mov $UDATA+0x40,%eax", "wrgsbase %rax"],
        "mov %gs:0,%rcx",
        "movl $7,%gs:8",
        ["mov $-64,%rbx", "mov %gs:(%rbx),%rdx"],
        "addr32 mov %gs:4,%eax",
        ["mov $0x20,%esi", "lodsq %gs:(%rsi)"],
        ["movabs $0x7ffffffff000,%rax", "wrfsbase %rax"],
        "mov %fs:0,%rcx",
    ],
)

# atomics / alignment across pages in ring 0
X = []
for off in ("0xffc", "0xffd", "0xfff", "0xff9", "0x1ffc", "0x1ff9", "0x1fff"):
    for i in [
        "mov %rax,KSTKPG+{o}",
        "mov KSTKPG+{o},%rax",
        "addq $1,KSTKPG+{o}",
        "xchg %eax,KSTKPG+{o}" if not off.startswith("0x1") else "mov %eax,KSTKPG+{o}",
        "movw $5,KSTKPG+{o}",
        "push KSTKPG+{o}",
        "pop KSTKPG+{o}",
    ]:
        X.append(i.format(o=off))
skip("cross", "accesses over page boundaries", kbody=X, chunk=25, pre=["mov $KSTKPG+0x800,%rbp"])

# div
D = []
for s, r in (("b", "%cl"), ("w", "%cx"), ("l", "%ecx"), ("q", "%rcx")):
    for a, d, c in (
        ("5", "0", "0"),
        ("-1", "-1", "1"),
        ("0x80", "0", "-1"),
        ("0x7fffffff", "3", "2"),
        ("7", "0", "-2"),
        ("0x8000", "0x7", "9"),
        ("-128", "-1", "-1"),
        ("0x100", "1", "1"),
    ):
        for op in ("div", "idiv"):
            D.append(["mov $%s,%%rax" % a, "mov $%s,%%rdx" % d, "mov $%s,%%rcx" % c, "%s%s %s" % (op, s, r)])
skip("div", "division of all widths", kbody=D, chunk=32)

# x87 and SSE under CR0.TS, CR0.EM, CR0.MP and CR4.OSFXSR. With TS and EM both set QEMU gives #NM to SSE instructions, where
# the manual puts #UD first: only x87 instructions then.
X87 = ["fnop", "fwait"]
SSE = [
    "movaps %xmm0,%xmm1",
    "movups %xmm0,KSTKPG",
    "pxor %xmm1,%xmm1",
    "movq %xmm0,%rdx",
    "movd %ecx,%xmm2",
    "xorps %xmm1,%xmm2",
    "movdqa %xmm1,KSTKPG+16",
    "movdqu %xmm1,KSTKPG+17",
    "movaps %xmm1,KSTKPG+8",
    "movups KNPPG,%xmm1",
    "movdqa KNPPG+8,%xmm2",
]
for ts in (0, 1):
    for em in (0, 1):
        for fx in (0, 1):
            for mp in (0, 1):
                pre = ["mov %cr0,%rax", "and $~0xe,%rax", "or $0x%x,%%rax" % (8 * ts | 4 * em | 2 * mp), "mov %rax,%cr0"]
                if not fx:
                    pre = ["mov %cr4,%rax", "and $~0x200,%rax", "mov %rax,%cr4"] + pre
                skip(
                    "nm_%d%d%d%d" % (ts, em, fx, mp),
                    "TS %d EM %d OSFXSR %d MP %d" % (ts, em, fx, mp),
                    kbody=X87 + ([] if ts and em else SSE),
                    pre=pre,
                )


# Call gates. The GDT is made longer and filled in case_setup; each gate has its own defect or none. CALL to the level that it
# comes from is left to make-bochs-cases.py: QEMU cuts RSP to the width of the SS in use, and pushes as supervisor at any CPL.
class Gates:
    def __init__(self):
        self.lines, self.next, self.items = [], 0x100, []

    def segment(self, low, high):
        at = self.next
        self.next += 8
        self.lines += ["movl $0x%x,gdt+0x%x" % (low, at), "movl $0x%x,gdt+0x%x" % (high, at + 4)]
        return at

    def gate(self, target, offset, flags=0xEC, upper=0, at=None):
        """flags: P, DPL, S and type; upper: the last doubleword"""
        table = "gdt"
        if at is None:
            at = self.next
            self.next += 16
        elif at & 4:
            table = "KSTKPG"
        place = "%s+0x%x" % (table, at & ~7)
        self.lines += [
            "mov $%s,%%rax" % offset,
            "mov %%ax,%s" % place,
            "movw $%s,%s+2" % (target, place),
            "movw $0x%x,%s+4" % (flags << 8, place),
            "shr $16,%rax",
            "mov %%ax,%s+6" % place,
            "shr $16,%rax",
            "mov %%eax,%s+8" % place,
            "movl $0x%x,%s+12" % (upper, place),
        ]
        return at

    def use(self, selector, how, same=False):
        """Through a pointer in memory, whose offset is not used. same: CALL would stay at its level."""
        if same and how == "lcall":
            return
        pointer = ["movl $0x%x,UDATA+0x104" % selector, "movl $0xdead,UDATA+0x100"]
        self.items.append(pointer + ["%s *UDATA+0x100" % how])


def gates(name, purpose, user, fill):
    for how in ("lcall", "ljmp"):
        g = Gates()
        fill(g, how)
        body = dict(ubody=g.items) if user else dict(kbody=g.items)
        setup = [
            "lgdt glong(%rip)",
                # an LDT of 0x40 bytes at KSTKPG
            "movl $0x8000003f,gdt+0xe0",
            "movl $0xc0008200,gdt+0xe4",
            "movl $0xffffffff,gdt+0xe8",
            "movl $0,gdt+0xec",
            "mov $0xe0,%eax",
            "lldt %ax",
        ] + g.lines
        extra = (
            "glong:  .word 0x7ff\n        .quad gdt\n"
            "kcall:  mov (%rsp),%r8\n        mov 8(%rsp),%r9\n        mov %ss,%ecx\n        mov %rsp,%rdx\n        lretq\n"
            "kjump:  mov %cs,%r9d\n        jmp *%r14\n"
        )
        if user:
            extra += (
                '        .section .utext,"ax"\nucall:  mov (%rsp),%r8\n        mov 8(%rsp),%r9\n        mov %cs,%ecx\n'
                "        lretq\nujump:  mov %cs,%ecx\n        jmp *%r14\n        .section .ktext,\"ax\"\n"
            )
        pre = [] if user else ["stac"]
        skip("cg_%s_%s" % (name, how), "%s through a call gate: %s" % (how, purpose), setup=setup, extra=extra, pre=pre, chunk=40, **body)


def kernel_gates(g, how):
    k = "kcall" if how == "lcall" else "kjump"
    c1 = g.segment(0xFFFF, 0xAFBB00)
    conf1 = g.segment(0xFFFF, 0xAFBF00)
    both = g.segment(0xFFFF, 0xEF9B00)
    first = g.next
    for target in ("KCS", "KCS|3", "SEL_CONF", "SEL_XO"):
        g.use(g.gate(target, k), how, True)
    for target in ("0", "3", "KDS", "UCS", "TSSSEL", "0x7f8", "0xff8", "0x44", "SEL_C32", "SEL_NPCODE" if how == "lcall" else "KDS"):
        g.use(g.gate(target, k), how)
    for target in (c1, conf1, both):
        g.use(g.gate("0x%x" % target, k), how)
    for flags in (0x8C, 0xAC, 0xCC):
        g.use(g.gate("KCS", k, flags), how, True)
    for flags in (0x6C, 0x0C, 0x84, 0xE5, 0x8E, 0x8F, 0x80, 0x88):
        g.use(g.gate("KCS", k, flags), how)
    for upper in (1 << 8, 0x1F << 8, 1 << 12):
        g.use(g.gate("KCS", k, 0xEC, upper), how)
    for rpl in (1, 2, 3):
        g.use(first | rpl, how, True)
    g.use(g.gate("KCS", k, 0x8C) | 1, how)
    g.use(g.gate("KCS", k, at=0xC), how, True)
    g.use(g.gate("KCS", k, at=0x3C), how)  # its second half is beyond the limit
    g.use(0xA8, how)  # a TSS


def user_gates(g, how):
    k, u = ("kcall", "ucall") if how == "lcall" else ("kjump", "ujump")
    conf3 = g.segment(0xFFFF, 0xAFFF00)
    first = g.next
    for target in ("KCS", "KCS|3"):
        g.use(g.gate(target, k) | 3, how)
    for target in ("UCS", "UCS&~3", "SEL_CONF", "0x%x" % conf3):
        g.use(g.gate(target, u) | 3, how, True)
    for target in ("0", "KDS", "UDS", "TSSSEL", "UCS32", "SEL_C32", "0x7f8") + (("SEL_NPCODE", "SEL_NPUCODE") if how == "lcall" else ()):
        g.use(g.gate(target, u) | 3, how)
    for flags in (0x8C, 0xCC, 0x6C, 0xE4, 0xE5, 0xEE):
        g.use(g.gate("KCS", k, flags) | 3, how)
    g.use(g.gate("KCS", k, 0xEC, 1 << 9) | 3, how)
    g.use(g.gate("UCS", u, 0xCC), how)
    g.use(first, how)
    g.use(g.gate("KCS", k, at=0xF), how)
    g.use(0xA8 | 3, how)  # a TSS


gates("k", "every target and gate in ring 0", False, kernel_gates)
gates("u", "from ring 3 to ring 0 and to ring 3", True, user_gates)

case(
    "ip_invpcid",
    "INVPCID where the processor has none",
    """case_setup:
        GATE 10, hec
        GATE 11, hec
        GATE 12, hec
        GATE 13, hec
        GATE 14, hec
        GATE 17, hec
        GATE 0, hnc
        GATE 1, hnc
        GATE 3, hnc
        GATE 4, hnc
        GATE 5, hnc
        GATE 6, hnc
        GATE 7, hnc
        GATE 8, hec, 0, 4
        GATE 0x80, hdone, 3
        ret
hec:    pop %r11
hnc:    mov (%rsp),%r10
        mov %r14,(%rsp)
        iretq
hdone:  jmp case_end
case_start:
        lea 1f(%rip),%r14
        xor %eax,%eax
        sub $16,%rsp
        movq $0,(%rsp)
        movq $0,8(%rsp)
        .byte 0x66,0x0f,0x38,0x82,0x04,0x24
1:      lea 2f(%rip),%r14
        mov $2,%eax
        .byte 0x66,0x0f,0x38,0x82,0x04,0x24
2:      add $16,%rsp
        int $0x80
""",
)
