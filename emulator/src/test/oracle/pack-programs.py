#!/usr/bin/env python3
"""Packs recorded programs into one file: pack-programs.py FOLDER OUT.jsonl.gz

FOLDER has NAME.state.json.gz and NAME.trace.jsonl.gz as record.py writes them. OUT has one JSON object a line: first the
state that all have in common, then for each program what differs from it and the steps, each without what the step
before had already. RandomProgramsTest unpacks it. Nothing is changed: unpacked, the traces are what was recorded.
"""
import gzip
import json
import sys
from pathlib import Path

# What belongs to one step and is not carried over to the next.
OF_STEP = {"step", "bytes", "kind", "iter", "shadow", "ev", "mem", "ad", "sys", "hid", "fundef", "ign", "mign", "fix"}
DROPPED = {"asm", "hid"}


def difference(state, common):
    pages = {a: state["mem"].get(a) for a in set(state["mem"]) | set(common["mem"]) if state["mem"].get(a) != common["mem"].get(a)}
    keys = (set(state) | set(common)) - {"mem", "symbols"}
    rest = {k: state.get(k) for k in sorted(keys) if common.get(k) != state.get(k)}
    return dict(rest, mem=dict(sorted(pages.items())))


def steps(lines):
    before = {}
    for line in lines:
        now = {k: v for k, v in line.items() if k not in DROPPED}
        yield {k: v for k, v in now.items() if k in OF_STEP or before.get(k) != v}
        before = {k: v for k, v in now.items() if k not in OF_STEP}


def read_state(path):
    with gzip.open(path, "rt") as file:
        return json.load(file)


def read(path):
    with gzip.open(path, "rt") as file:
        return [json.loads(line) for line in file if line.strip()]


def main():
    folder, out = Path(sys.argv[1]), sys.argv[2]
    states = sorted(folder.glob("*.state.json.gz"))
    common = read_state(states[0])
    with gzip.GzipFile(out, "wb", 9, mtime=0) as file:
        def write(value):
            file.write(json.dumps(value, separators=(",", ":")).encode() + b"\n")

        write({k: v for k, v in common.items() if k != "symbols"})
        for path in states:
            name = path.name[:-len(".state.json.gz")]
            lines = read(path.with_name(name + ".trace.jsonl.gz"))
            assert lines[-1]["end"] == "end", name
            write({"program": name, "state": difference(read_state(path), common), "steps": list(steps(lines[:-1]))})


main()
