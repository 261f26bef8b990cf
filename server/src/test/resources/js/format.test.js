// @ts-check
import { flagsOf, keysText } from "/js/format/flags.js";
import { digits, HIDDEN, offsetText, parseHex, qword, shortAddress, stackAddress } from "/js/format/hex.js";
import { segmentsOf } from "/js/format/phases.js";
import { parsePosition, positionText } from "/js/format/position.js";
import { pendingTexts, processorLines } from "/js/format/processor.js";
import { labelsByAddress, targetText } from "/js/format/targets.js";
import { explanation, spokenText, whereText } from "/js/format/words.js";
import { TraceStore } from "/js/store/trace-store.js";
import { afterMicro, FAULT, hiddenPageFault, pageFault } from "./fixtures.js";
import { equal, ok, test } from "./testing.js";

test("hex: a 64-bit value keeps all its bits", () => {
  equal(parseHex("0xffffffffffffffff"), 0xffffffffffffffffn);
  equal(qword("0xffffffff81000b40"), "ffffffff_81000b40");
  equal(qword("0x2b"), "00000000_0000002b");
});

test("hex: a hidden value is words, never a number", () => {
  equal(parseHex(null), null);
  equal(qword(null), HIDDEN);
});

test("hex: short forms tell neighbours apart", () => {
  equal(shortAddress(0xffffffff81000b40n), "…81000b40");
  equal(shortAddress(0x401012n), "401012");
  equal(stackAddress(0xfffffe0000002ff8n), "…2ff8");
  equal(offsetText(8), "+08");
  equal(offsetText(160), "+a0");
  equal(digits(5n, 1), "05");
});

test("flags: RFLAGS 0x10246 has ZF, PF, IF and RF", () => {
  const set = flagsOf(0x10246n).filter((flag) => flag.set);
  equal(set.map((flag) => flag.name).sort(), ["IF", "PF", "RF", "ZF"]);
});

test("flags: protection keys with the same rights are taken together", () => {
  equal(keysText(0x55555554n), "key 0: open, keys 1 to 15: no access");
  equal(keysText(0n), "keys 0 to 15: open");
  equal(keysText(0x80000000n), "keys 0 to 14: open, key 15: read only");
});

test("position: n and n.m, and nothing else", () => {
  equal(parsePosition("12"), { n: 12, m: 0 });
  equal(parsePosition("12.5"), { n: 12, m: 5 });
  for (const bad of ["", "x", "-1", "1.", ".5", "1.2.3", "0x10", "1e3", null])
    equal(parsePosition(bad), null, String(bad));
  equal(positionText({ n: 12, m: 5 }), "12.5");
  equal(positionText({ n: 12, m: 0 }), "12");
});

test("targets: a direct call or jump is named, another operand is not", () => {
  const labels = labelsByAddress([
    { address: "0xffffffff8100003c", bytes: "", att: "push %rsi", intel: "", labels: ["error_entry"] },
  ]);
  equal(targetText("call   ffffffff8100003c", labels), "<error_entry>");
  equal(targetText("jne    0xffffffff8100003c", labels), "<error_entry>");
  equal(targetText("call   ffffffff8100003d", labels), "");
  equal(targetText("call   *%rax", labels), "");
  equal(targetText("mov    0xffffffff8100003c,%rax", labels), "");
});

test("phases: the segments cover every micro-op once, in order", () => {
  const segments = segmentsOf(pageFault.steps);
  let tick = 0;
  for (const segment of segments) {
    equal(segment.tick, tick);
    tick += segment.length;
  }
  equal(tick, pageFault.steps.flatMap((step) => step.micro).length);
  equal(segments.map((segment) => segment.phase).slice(0, 3), ["user", "delivery", "entry"]);
});

test("words: the sentence names step, deed, slot and value", () => {
  const store = new TraceStore(pageFault);
  store.goTo({ n: FAULT, m: afterMicro("pushed", "frame.cs") });
  const spoken = spokenText(store.detail(), pageFault);
  equal(spoken, `Step ${FAULT + 1} of ${pageFault.stepCount}, the processor: push CS: frame.cs = 0x33.`);
});

test("words: where the cursor stands", () => {
  const store = new TraceStore(pageFault);
  equal(whereText(store.detail(), 42), "start · 42 steps · position 0");
  store.step();
  equal(whereText(store.detail(), 42), "step 1 of 42 · position 1");
  store.step("micro");
  equal(whereText(store.detail(), 42), "step 2 of 42 · micro-op 1 of 2 · position 1.1");
});

test("words: a refused micro-op says so, and the end says why it ends", () => {
  const store = new TraceStore(pageFault);
  store.goTo({ n: FAULT, m: afterMicro("page-walk-refused") });
  ok(explanation(store.detail(), pageFault).refused, "refused");
  equal(explanation(store.detail(), pageFault).end, "");
  store.last();
  equal(explanation(store.detail(), pageFault).end, pageFault.end.text);
  const hidden = new TraceStore(hiddenPageFault);
  hidden.last();
  equal(explanation(hidden.detail(), hiddenPageFault).end, hiddenPageFault.hidden?.text);
});

test("processor: whose GS base it is follows the machine", () => {
  const store = new TraceStore(pageFault);
  const note = () => processorLines(store.registers, pageFault, "x").find(({ id }) => id === "gs_base")?.note;
  equal(note(), "user");
  const swap = pageFault.steps.findIndex((step) => step.att === "swapgs");
  store.goTo({ n: swap + 1, m: 0 });
  equal(note(), "kernel, jiffies");
});

test("processor: an event is pending from its position until it is delivered, and says why it waits", () => {
  const trace = structuredClone(pageFault);
  trace.recipe = { events: [{ at: 2, kind: "interrupt", vector: 236 }] };
  equal(pendingTexts(trace, 1, trace.steps[0], 1), []);
  equal(pendingTexts(trace, 2, trace.steps[1], 1), ["interrupt 236 pending"]);
  trace.steps[2].micro[0] = { op: "event-held", phase: "user", title: "IF is 0" };
  equal(pendingTexts(trace, 2, trace.steps[2], 0), ["interrupt 236 pending: IF is 0"]);
  trace.steps[3].kind = "interrupt";
  trace.steps[3].event = { vector: 236, name: "IRQ", title: "timer" };
  equal(pendingTexts(trace, 4, trace.steps[3], 1), []);
});
