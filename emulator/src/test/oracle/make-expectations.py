#!/usr/bin/env python3
"""Writes what GNU as, ld and objdump (binutils 2.40) make of the test corpus, so that the tests need no binutils.

    java -cp emulator/target/classes:emulator/target/test-classes \\
        dev.trapframe.emulator.assemble.TableWalk > walk.hex
    emulator/src/test/oracle/make-expectations.py walk.hex

Writes beside the sources in emulator/src/test/resources/dev/trapframe/emulator/isa/:
  walk.tsv          bytes, AT&T text, Intel text, GNU as's bytes of either text (= the same bytes, - rejected)
  *.expected        section, address and bytes of each .S file
Branch targets in walk.tsv are those of an instruction at address 0.
"""
import re
import subprocess
import sys
import tempfile
from pathlib import Path

RESOURCES = Path(__file__).resolve().parents[1] / "resources/dev/trapframe/emulator/isa"
BASES = {".text": 0xFFFFFFFF81000000, ".data": 0xFFFFFFFF82000000, ".bss": 0xFFFFFFFF82200000}
BRANCH = re.compile(r"^(.*\b(?:j\w+|call|loop\w*|xbegin)(?:,p[nt])? +)(?:0x)?([0-9a-f]+)$")


def run(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def objdump(folder, samples, options):
    """The text of each sample, each under a symbol of its own so that objdump starts afresh."""
    source = folder / "walk.s"
    source.write_text("".join(
        "i%d: .byte %s\n" % (i, ",".join("0x" + h[j:j + 2] for j in range(0, len(h), 2))) for i, h in enumerate(samples)))
    run("as", "-o", str(folder / "walk.o"), str(source))
    texts = {}
    current = None
    for line in run("objdump", "-d", "-w", "-z", "-M", options, str(folder / "walk.o")).splitlines():
        symbol = re.match(r"^[0-9a-f]+ <i(\d+)>:", line)
        if symbol:
            current = int(symbol.group(1))
            continue
        code = re.match(r"^ *([0-9a-f]+):\t[0-9a-f ]+\t(.*)$", line)
        if code and current not in texts:
            text = re.sub(r"\s+(<[^>]*>|#.*)", "", code.group(2)).rstrip()
            branch = BRANCH.match(text)
            if branch:
                target = (int(branch.group(2), 16) - int(code.group(1), 16)) % 2**64
                text = "%s%x" % (branch.group(1), target)
            texts[current] = text
    return texts


def source_line(text):
    branch = BRANCH.match(text)
    return branch.group(1) + "." if branch else text


def assemble(folder, lines, first):
    """The bytes of each line; lines that GNU as rejects are left out."""
    rejected = set()
    source, listing = folder / "a.s", folder / "a.lst"
    while True:
        source.write_text(first + "\n" + "".join(
            ("" if i in rejected else source_line(line)) + "\n" for i, line in enumerate(lines)))
        result = subprocess.run(
            ["as", "-mintel64", "-o", str(folder / "a.o"), "-aln=" + str(listing), "--listing-lhs-width=4", str(source)],
            stderr=subprocess.PIPE, text=True)
        errors = {int(m) - 2 for m in re.findall(r"a\.s:(\d+): Error", result.stderr)}
        if not errors:
            break
        rejected |= errors
    found = {}
    for line in listing.read_text().splitlines():
        code = re.match(r"^\s*(\d+) [0-9a-f]{4} ([0-9A-F ]+?)\s*(\t|$)", line)
        if code:
            number = int(code.group(1)) - 2
            found[number] = found.get(number, "") + code.group(2).replace(" ", "").lower()
    return found


def walk(folder, samples):
    att = objdump(folder, samples, "intel64")
    intel = objdump(folder, samples, "intel,intel64")
    from_att = assemble(folder, [att[i] for i in range(len(samples))], "")
    from_intel = assemble(folder, [intel[i] for i in range(len(samples))], ".intel_syntax noprefix")
    with open(RESOURCES / "walk.tsv", "w") as out:
        for i, sample in enumerate(samples):
            columns = [found.get(i, "-") for found in (from_att, from_intel)]
            columns = ["=" if column == sample else column for column in columns]
            out.write("\t".join([sample, att[i], intel[i], *columns]) + "\n")


def sequence(folder, source):
    run("as", "-o", str(folder / "s.o"), str(source))
    starts = ["--section-start=%s=0x%x" % base for base in BASES.items()]
    run("ld", "-n", "--no-warn-rwx-segments", "-o", str(folder / "s.elf"), *starts, str(folder / "s.o"))
    with open(source.with_suffix(".expected"), "w") as out:
        for name in (".text", ".data"):
            binary = folder / "s.bin"
            run("objcopy", "-O", "binary", "-j", name, str(folder / "s.elf"), str(binary))
            out.write("%s %x %s\n" % (name, BASES[name], binary.read_bytes().hex()))


def main():
    samples = Path(sys.argv[1]).read_text().split()
    extra = [l.strip() for l in (RESOURCES / "extra.hex").read_text().splitlines() if l and not l.startswith("#")]
    samples += [e for e in dict.fromkeys(extra) if e not in set(samples)]
    with tempfile.TemporaryDirectory() as name:
        walk(Path(name), samples)
        for source in sorted(RESOURCES.glob("*.S")):
            sequence(Path(name), source)


main()
