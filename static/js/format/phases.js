// @ts-check
/** @typedef {import("../types.js").Phase} Phase */
/** @typedef {import("../types.js").Step} Step */
/** @typedef {import("../types.js").MicroOp} MicroOp */
/** @typedef {import("../types.js").Position} Position */

/** What the page calls each phase. @type {Record<Phase, string>} */
export const PHASE_NAMES = {
  user: "user",
  delivery: "processor delivers",
  entry: "entry",
  c: "C",
  exit: "exit",
  return: "return",
};

/** What each kind of micro-op is called in the code pane. @type {Record<string, string>} */
const KINDS = {
  fetched: "fetch",
  read: "read",
  written: "write",
  executed: "execute",
  "page-walk-refused": "walk",
  "event-raised": "event",
  "event-held": "held",
  "events-combined": "combine",
  "gate-read": "gate",
  "call-gate-read": "gate",
  checked: "check",
  "stack-chosen": "stack",
  "stack-aligned": "align",
  pushed: "push",
  "handler-entered": "enter",
  popped: "pop",
  returned: "return",
  "gs-swapped": "swap",
  halted: "halt",
};

/** @param {MicroOp} micro */
export function kindText(micro) {
  return KINDS[micro.op] ?? micro.op;
}

/** @param {MicroOp} micro  @returns {"CPU" | "code"} who writes: the processor by itself, or an instruction */
export function writerText(micro) {
  return micro.op === "pushed" ? "CPU" : "code";
}

/**
 * Runs of micro-ops of one phase.
 *
 * @param {Step[]} steps
 * @returns {{phase: Phase, at: Position, tick: number, length: number}[]}
 */
export function segmentsOf(steps) {
  /** @type {{phase: Phase, at: Position, tick: number, length: number}[]} */
  const segments = [];
  let tick = 0;
  steps.forEach((step, n) => {
    step.micro.forEach((micro, m) => {
      const last = segments[segments.length - 1];
      if (last?.phase === micro.phase) last.length++;
      else segments.push({ phase: micro.phase, at: { n, m }, tick, length: 1 });
      tick++;
    });
  });
  return segments;
}
