// @ts-check
import { parseHex, toHex, HIDDEN } from "./hex.js";
import { flagsOf, keysText } from "./flags.js";

/** @typedef {import("../types.js").Hex} Hex */
/** @typedef {import("../types.js").Trace} Trace */
/** @typedef {import("../types.js").Injection} Injection */
/** @typedef {import("../types.js").Step} Step */

/** One line of the processor pane. @typedef {{id: string, name: string, value: string, note: string}} ProcessorLine */

/**
 * @param {ReadonlyMap<string, Hex>} registers
 * @param {Trace} trace
 * @param {string | undefined} stackTitle
 * @returns {ProcessorLine[]}
 */
export function processorLines(registers, trace, stackTitle) {
  const of = (/** @type {string} */ name) => parseHex(registers.get(name));
  const text = (/** @type {string} */ name) => hexText(registers.get(name));
  const rflags = of("rflags");
  const pkrs = of("pkrs");
  const cpl = of("cpl");
  const interrupts = rflags === null ? null : flagsOf(rflags).some((flag) => flag.name === "IF" && flag.set);
  return [
    line("cpl", "CPL", cpl === null ? HIDDEN : String(cpl), cpl === 3n ? "user" : cpl === 0n ? "kernel" : ""),
    line("stack", "Stack", stackTitle ?? "outside every stack", ""),
    line("gs_base", "GS base", text("gs_base"), sideText(of("gs_base"), trace.symbols)),
    line("kernel_gs_base", "other GS base", text("kernel_gs_base"), sideText(of("kernel_gs_base"), trace.symbols)),
    line("cr2", "CR2", text("cr2"), "last page fault"),
    line("cr3", "CR3", text("cr3"), ""),
    line("pkrs", "PKRS", text("pkrs"), pkrs === null ? "" : keysText(pkrs)),
    line(
      "if",
      "IF",
      interrupts === null ? HIDDEN : interrupts ? "1" : "0",
      interrupts ? "interrupts taken" : "interrupts wait",
    ),
  ];
}

/**
 * Events that have been raised and not delivered, and why they wait.
 *
 * @param {Trace} trace
 * @param {number} n         steps done
 * @param {Step | null} step the step being done, or done last
 * @param {number} microIndex
 * @returns {string[]}
 */
export function pendingTexts(trace, n, step, microIndex) {
  const waiting = (trace.recipe?.events ?? []).filter((event) => event.at <= n);
  if (waiting.length === 0) return [];
  for (const done of trace.steps.slice(0, n)) {
    if (done.kind === "instruction") continue;
    const taken = waiting.findIndex((event) => event.kind === done.kind && matches(event, done));
    if (taken >= 0) waiting.splice(taken, 1);
  }
  const held = step?.micro.slice(0, microIndex + 1).findLast((micro) => micro.op === "event-held");
  return waiting.map((event) => `${eventText(event)} pending${held ? `: ${held.title}` : ""}`);
}

/** @param {Injection} event  @param {Step} step */
function matches(event, step) {
  return event.kind === "nmi" || event.vector === step.event?.vector;
}

/** @param {Injection} event */
function eventText(event) {
  return event.kind === "nmi" ? "NMI" : `interrupt ${event.vector}`;
}

/** @param {string} id  @param {string} name  @param {string} value  @param {string} note  @returns {ProcessorLine} */
function line(id, name, value, note) {
  return { id, name, value, note };
}

/** @param {Hex | undefined} value */
function hexText(value) {
  const number = parseHex(value);
  return number === null ? HIDDEN : toHex(number);
}

/**
 * Whose a GS base is. A kernel's per-CPU area lies in the upper half of the address space, a user's thread block in the
 * lower; a symbol at the very address says which one.
 *
 * @param {bigint | null} base
 * @param {Record<string, string>} symbols
 */
function sideText(base, symbols) {
  if (base === null) return "";
  const symbol = Object.keys(symbols).find((name) => symbols[name] === toHex(base));
  return (base >> 63n === 1n ? "kernel" : "user") + (symbol ? `, ${symbol}` : "");
}
