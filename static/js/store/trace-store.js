// @ts-check
import { GRAIN, SELECTION, STEP, TRACE } from "./events.js";
import { Memory } from "./memory.js";

/** @typedef {import("../types.js").Hex} Hex */
/** @typedef {import("../types.js").Trace} Trace */
/** @typedef {import("../types.js").Step} Step */
/** @typedef {import("../types.js").MicroOp} MicroOp */
/** @typedef {import("../types.js").Position} Position */
/** @typedef {import("../types.js").Grain} Grain */
/** @typedef {import("../types.js").Writer} Writer */
/** @typedef {import("./events.js").StepDetail} StepDetail */

/**
 * The only state of a stepper: the trace, where the cursor stands, and the machine there. Moving costs as much as the
 * micro-ops between the two places changed; nothing is computed anew and nothing is asked of the server.
 */
export class TraceStore extends EventTarget {
  /** @type {Grain} */
  grain = "step";
  /** @type {string | null} the stack chosen by the reader; `null` follows the machine */
  stackId = null;
  /** @type {string | null} the overlay chosen by the reader; `null` shows all */
  overlayId = null;
  tick = 0;
  /** @type {Map<string, Hex>} at the cursor */
  registers = new Map();
  memory = new Memory([]);
  /** @type {MicroOp[]} all micro-ops, in order: tick t is the state after the first t of them */
  micros = [];
  /** @type {number[]} the tick at which each step starts, and the last tick */
  starts = [0];

  /** @param {Trace} trace */
  constructor(trace) {
    super();
    this.#load((this.trace = trace));
  }

  /** Takes another trace of the same run, for example with nothing hidden any more, and stays where it is. @param {Trace} trace */
  replace(trace) {
    const position = this.position;
    this.#load((this.trace = trace));
    this.dispatchEvent(new CustomEvent(TRACE));
    this.goTo(position);
  }

  /** @param {Trace} trace */
  #load(trace) {
    this.registers = new Map(Object.entries(trace.registers));
    this.memory = new Memory(trace.memory);
    this.micros = trace.steps.flatMap((step) => step.micro);
    this.starts = startsOf(trace.steps);
    this.tick = 0;
    this.memory.index(this.micros);
  }

  /** The last position's step count: less than the trace's own if its end is hidden. */
  get stepCount() {
    return this.trace.steps.length;
  }

  get lastTick() {
    return this.micros.length;
  }

  get position() {
    return this.positionAt(this.tick);
  }

  /** @param {number} tick  @returns {Position} */
  positionAt(tick) {
    const n = floorIndex(this.starts, tick);
    return { n, m: tick - this.starts[n] };
  }

  /** The tick of a position, the nearest one that exists. @param {Position} position */
  tickAt({ n, m }) {
    if (n >= this.stepCount) return this.lastTick;
    return Math.min(this.starts[n] + m, this.starts[n + 1]);
  }

  /** @param {Position} position */
  goTo(position) {
    this.#moveTo(this.tickAt(position), true);
  }

  /** @param {number} tick */
  goToTick(tick) {
    this.#moveTo(tick, true);
  }

  first() {
    this.#moveTo(0, false);
  }

  last() {
    this.#moveTo(this.lastTick, false);
  }

  /** One forward, in the grain given. */
  step(grain = this.grain) {
    this.#moveTo(grain === "micro" ? this.tick + 1 : (this.starts[this.position.n + 1] ?? this.lastTick), false);
  }

  /** One back, in the grain given; from inside a step its boundary comes first. */
  back(grain = this.grain) {
    const { n, m } = this.position;
    this.#moveTo(grain === "micro" ? this.tick - 1 : this.starts[m > 0 ? n : Math.max(0, n - 1)], false);
  }

  /** @param {Grain} grain */
  setGrain(grain) {
    this.grain = grain;
    this.dispatchEvent(new CustomEvent(GRAIN, { detail: { grain } }));
  }

  /** @param {string | null} stackId  @param {string | null} overlayId */
  select(stackId, overlayId) {
    this.stackId = stackId;
    this.overlayId = overlayId;
    this.dispatchEvent(new CustomEvent(SELECTION, { detail: { stackId, overlayId } }));
  }

  /** Draws the present position again. */
  refresh() {
    this.#emit(true);
  }

  /**
   * What the position's own micro-ops changed: inside a step the last one alone, at a boundary the whole step.
   *
   * @returns {MicroOp[]}
   */
  latest() {
    return this.micros.slice(this.latestStart, this.tick);
  }

  /** The tick before {@link latest}. */
  get latestStart() {
    const { n, m } = this.position;
    if (this.tick === 0) return 0;
    return m > 0 ? this.tick - 1 : this.starts[n - 1];
  }

  /** The registers that {@link latest} changed, with the value each had before. @returns {Map<string, Hex>} */
  changedRegisters() {
    const before = new Map();
    for (const micro of this.latest()) {
      for (const [name, [old]] of Object.entries(micro.registers ?? {})) {
        if (!before.has(name)) before.set(name, old);
      }
    }
    for (const [name, old] of before) if (old !== null && old === this.registers.get(name)) before.delete(name);
    return before;
  }

  /** Who last wrote a word. @param {bigint} word  its address, a multiple of 8  @returns {Writer | null} */
  writerOf(word) {
    const tick = this.memory.lastWrite(word, this.tick);
    return tick === null ? null : { micro: this.micros[tick - 1], after: this.positionAt(tick) };
  }

  /** @returns {StepDetail} */
  detail(jumped = false) {
    const { n, m } = this.position;
    const index = m > 0 ? n : n - 1;
    const step = this.trace.steps[index] ?? null;
    const microIndex = m > 0 ? m - 1 : step ? step.micro.length - 1 : -1;
    return {
      position: { n, m },
      tick: this.tick,
      step,
      micro: step?.micro[microIndex] ?? null,
      microIndex,
      next: m > 0 ? null : (this.trace.steps[n] ?? null),
      jumped,
    };
  }

  /** @param {number} tick  @param {boolean} jumped */
  #moveTo(tick, jumped) {
    const target = Math.max(0, Math.min(tick, this.lastTick));
    while (this.tick < target) this.#apply(this.micros[this.tick++], 1);
    while (this.tick > target) this.#apply(this.micros[--this.tick], 0);
    this.#emit(jumped);
  }

  /** @param {MicroOp} micro  @param {0 | 1} side  0 sets what was before, 1 what is after */
  #apply(micro, side) {
    for (const [name, pair] of Object.entries(micro.registers ?? {})) this.registers.set(name, pair[side]);
    const changes = micro.memory ?? [];
    for (let i = 0; i < changes.length; i++) {
      const change = changes[side === 1 ? i : changes.length - 1 - i];
      this.memory.store(BigInt(change.address), change.size, side === 1 ? change.after : change.before);
    }
  }

  /** @param {boolean} jumped */
  #emit(jumped) {
    this.dispatchEvent(new CustomEvent(STEP, { detail: this.detail(jumped) }));
  }
}

/** The tick at which each step starts, and the last tick. @param {Step[]} steps */
function startsOf(steps) {
  const starts = [0];
  for (const step of steps) starts.push(starts[starts.length - 1] + step.micro.length);
  return starts;
}

/** The index of the last entry that is not above the value. @param {number[]} sorted  @param {number} value */
function floorIndex(sorted, value) {
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (sorted[middle] <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}
