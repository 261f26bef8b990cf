// @ts-check
import { STEP, TRACE } from "/js/store/events.js";
import { Memory } from "/js/store/memory.js";
import { TraceStore } from "/js/store/trace-store.js";
import { afterMicro, FAULT, hiddenPageFault, pageFault } from "./fixtures.js";
import { equal, ok, test } from "./testing.js";

/** @param {TraceStore} store  everything a pane may ask of it */
function snapshot(store) {
  const words = new Map([...store.memory.words].filter(([, word]) => word.value !== 0n || word.hidden !== 0));
  return { position: store.position, registers: store.registers, words, detail: store.detail() };
}

/** Puts keys in one order. @param {TraceStore} store */
function stateText(store) {
  const { registers, words } = snapshot(store);
  return JSON.stringify([
    [...registers].sort(),
    [...words].map(([at, word]) => [at.toString(16), word.value.toString(16), word.hidden]).sort(),
  ]);
}

test("memory: a store within a word leaves its other bytes alone", () => {
  const memory = new Memory([{ address: "0x1000", bytes: "0102030405060708" }]);
  memory.store(0x1002n, 2, "0xaabb");
  equal(memory.word(0x1000n).value, 0x08070605aabb0201n);
});

test("memory: a store over the border of two words reaches both", () => {
  const memory = new Memory([]);
  memory.store(0x1005n, 8, "0x1122334455667788");
  equal(memory.word(0x1000n).value, 0x6677880000000000n);
  equal(memory.word(0x1008n).value, 0x1122334455n);
});

test("memory: hidden bytes stay hidden until something known is stored over them", () => {
  const memory = new Memory([]);
  memory.store(0x1000n, 8, null);
  equal(memory.word(0x1000n), { value: 0n, hidden: 255 });
  memory.store(0x1000n, 4, "0x2a");
  equal(memory.word(0x1000n), { value: 42n, hidden: 0xf0 });
});

for (const [name, trace] of Object.entries({ "public trace": pageFault, "hidden trace": hiddenPageFault })) {
  test(`store: ${name}: n micro-ops forward and n back give the same state, from everywhere`, () => {
    const store = new TraceStore(trace);
    const states = [stateText(store)];
    while (store.tick < store.lastTick) {
      store.step("micro");
      states.push(stateText(store));
    }
    for (let tick = store.lastTick; tick > 0; tick--) {
      equal(stateText(store), states[tick], `tick ${tick}`);
      store.back("micro");
    }
    equal(stateText(store), states[0]);
    for (const tick of [17, 3, store.lastTick, 0, 40]) {
      store.goToTick(tick);
      equal(stateText(store), states[tick], `jump to ${tick}`);
    }
  });
}

test("store: every position has one tick and back", () => {
  const store = new TraceStore(pageFault);
  for (let tick = 0; tick <= store.lastTick; tick++) equal(store.tickAt(store.positionAt(tick)), tick);
  equal(store.positionAt(store.lastTick), { n: pageFault.steps.length, m: 0 });
});

test("store: a position that is not there becomes the nearest that is", () => {
  const store = new TraceStore(pageFault);
  store.goTo({ n: 9999, m: 3 });
  equal(store.position, { n: pageFault.steps.length, m: 0 });
  store.goTo({ n: 1, m: 999 });
  equal(store.position, { n: 2, m: 0 });
});

test("store: steps by step and by micro-op; from inside a step back goes to its boundary first", () => {
  const store = new TraceStore(pageFault);
  store.step();
  equal(store.position, { n: 1, m: 0 });
  store.step("micro");
  equal(store.position, { n: 1, m: 1 });
  store.back("step");
  equal(store.position, { n: 1, m: 0 });
  store.back("step");
  equal(store.position, { n: 0, m: 0 });
  store.back("micro");
  equal(store.position, { n: 0, m: 0 });
  store.last();
  store.step();
  equal(store.tick, store.lastTick);
});

test("store: at the pushed error code the stack holds it and says who wrote it", () => {
  const store = new TraceStore(pageFault);
  const m = afterMicro("pushed", "frame.error_code");
  const word = BigInt(pageFault.steps[FAULT].micro[m - 1].at?.address ?? 0);
  store.goTo({ n: FAULT, m: m - 1 });
  equal(store.memory.word(word).value, 0n);
  equal(store.writerOf(word), null);
  store.step("micro");
  equal(store.memory.word(word).value, 6n);
  equal(store.writerOf(word)?.after, { n: FAULT, m });
  equal(store.writerOf(word)?.micro.op, "pushed");
  store.back("micro");
  equal(store.writerOf(word), null);
});

test("store: at a boundary the changes are the whole step's, inside it the last micro-op's", () => {
  const store = new TraceStore(pageFault);
  store.step();
  equal([...store.changedRegisters().keys()].sort(), ["rip", "rsp"]);
  store.back("micro");
  equal([...store.changedRegisters().keys()], []);
});

test("store: another trace of the same run keeps the position", () => {
  const store = new TraceStore(hiddenPageFault);
  const m = afterMicro("pushed", "frame.cs");
  store.goTo({ n: FAULT, m });
  /** @type {string[]} */
  const seen = [];
  store.addEventListener(TRACE, () => seen.push(TRACE));
  store.addEventListener(STEP, () => seen.push(STEP));
  store.replace(pageFault);
  equal(seen, [TRACE, STEP]);
  equal(store.position, { n: FAULT, m });
  const address = BigInt(pageFault.steps[FAULT].micro[m - 1].at?.address ?? 0);
  equal(store.memory.word(address), { value: 0x33n, hidden: 0 });
});

test("store: 20,000 steps are stepped through without getting slow by position", () => {
  const steps = Array.from({ length: 20000 }, (_, index) => ({
    ...pageFault.steps[0],
    index,
    micro: [{ ...pageFault.steps[0].micro[0], registers: { rip: /** @type {[string, string]} */ (["0x1", "0x2"]) } }],
  }));
  const store = new TraceStore({ ...pageFault, steps, stepCount: steps.length });
  store.last();
  equal(store.position, { n: 20000, m: 0 });
  store.back();
  equal(store.position, { n: 19999, m: 0 });
  ok(store.detail().next !== null, "there is a next step");
});
