// @ts-check
import { HIDDEN, parseHex } from "/js/format/hex.js";
import { overlaysOn, stackInUse, stackRows, UNWRITTEN } from "/js/format/stack-rows.js";
import { TraceStore } from "/js/store/trace-store.js";
import { afterMicro, FAULT, hiddenPageFault, pageFault } from "./fixtures.js";
import { equal, ok, test } from "./testing.js";

/** @typedef {import("../../../../../static/js/types.js").Trace} Trace */
/** @typedef {import("../../../../../static/js/types.js").Position} Position */
/** @typedef {import("../../../../../static/js/types.js").StackRow} StackRow */

/** @param {Trace} trace  @param {Position} position  @param {string | null} overlayId */
function rowsAt(trace, position, overlayId = null) {
  const store = new TraceStore(trace);
  store.goTo(position);
  const stack = trace.stacks[1];
  return stackRows({
    stack,
    rsp: parseHex(store.registers.get("rsp")),
    overlays: overlaysOn(trace.overlays, stack),
    overlayId,
    word: (word) => store.memory.word(word),
    writer: (word) => store.writerOf(word),
    wasWritten: () => false,
    before: new Map(),
    touched: new Set(store.memory.writes.keys()),
  });
}

/** @param {StackRow[]} rows  @param {string} field */
function row(rows, field) {
  const found = rows.find((it) => it.fields.some(({ name }) => name === field));
  if (!found) throw new Error(`no row has the field ${field}`);
  return found;
}

test("stack: high addresses come first, each word once, from the stack's top", () => {
  const words = rowsAt(pageFault, { n: FAULT + 1, m: 0 }).filter(({ kind }) => kind === "word");
  equal(words[0].address, BigInt(pageFault.stacks[1].high) - 8n);
  words.forEach((it, i) => equal(it.address, words[0].address - 8n * BigInt(i)));
});

test("stack: a word is grey until it is written, then names its writer", () => {
  const m = afterMicro("pushed", "frame.cs");
  const before = row(rowsAt(pageFault, { n: FAULT, m: m - 1 }), "cs");
  equal([before.value, before.state, before.writer], [UNWRITTEN, "unwritten", null]);
  const after = row(rowsAt(pageFault, { n: FAULT, m }), "cs");
  equal([after.value, after.state], ["00000000_00000033", "value"]);
  equal(after.writer?.after, { n: FAULT, m });
});

test("stack: hidden words say so and give nothing away", () => {
  const rows = rowsAt(hiddenPageFault, { n: FAULT + 1, m: 0 });
  for (const name of ["ss", "sp", "flags", "cs", "ip", "orig_ax"]) {
    equal([row(rows, name).value, row(rows, name).state], [HIDDEN, "hidden"], name);
  }
});

test("stack: both structs bracket the same bytes, and the smaller one names them", () => {
  const rows = rowsAt(pageFault, { n: FAULT + 1, m: 0 });
  equal(row(rows, "cs").brackets, [0, 1]);
  equal(row(rows, "cs").fields[0].offset, "+88");
  equal(row(rows, "pks").brackets, [0]);
  equal(
    rows.filter(({ kind }) => kind === "struct").map(({ text }) => text),
    ["struct extended_pt_regs, 184 bytes", "struct pt_regs, 168 bytes"],
  );
});

test("stack: the overlay chosen gives the names and offsets, the addresses do not move", () => {
  const all = rowsAt(pageFault, { n: FAULT + 1, m: 0 });
  const extended = rowsAt(pageFault, { n: FAULT + 1, m: 0 }, "extended_pt_regs");
  equal(row(extended, "pt_regs.cs").fields[0].offset, "+98");
  equal(row(extended, "pt_regs.cs").address, row(all, "cs").address);
});

test("stack: padding is shown as padding", () => {
  const fields = row(rowsAt(pageFault, { n: FAULT + 1, m: 0 }), "exit_rcu").fields;
  equal(
    fields.map(({ name, padding }) => [name, padding]),
    [
      ["padding, 7 bytes", true],
      ["exit_rcu", false],
    ],
  );
});

test("stack: while the frame is pushed the new stack is the stage, before that the old one", () => {
  const step = pageFault.steps[FAULT];
  const rsp = 0x7ffd5e10fff8n;
  const at = (/** @type {number} */ m) => stackInUse(pageFault.stacks, step, m - 1, rsp)?.id;
  equal(at(afterMicro("gate-read")), "user");
  equal(at(afterMicro("stack-chosen")), "rsp0");
  equal(at(afterMicro("pushed", "frame.ss")), "rsp0");
});

test("stack: long runs that nothing touches are folded, and many words are windowed around RSP", () => {
  const trace = structuredClone(pageFault);
  trace.overlays = [];
  trace.registers.rsp = "0xfffffe0000002800";
  const rows = rowsAt(trace, { n: 0, m: 0 });
  ok(
    rows.some(({ kind }) => kind === "fold"),
    "something is folded",
  );
  ok(
    rows.some(({ rsp }) => rsp === 0),
    "RSP is in sight",
  );
  ok(rows.length <= 170, `${rows.length} rows`);
});

test("stack: an unaligned RSP names the byte", () => {
  const trace = structuredClone(pageFault);
  trace.registers.rsp = "0xfffffe0000002ff5";
  equal(rowsAt(trace, { n: 0, m: 0 }).find((it) => it.rsp !== null)?.rsp, 5);
});
