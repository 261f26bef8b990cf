// @ts-check
/** @typedef {import("../../../../../static/js/types.js").Trace} Trace */

/** @param {string} name  @returns {Promise<Trace>} */
async function load(name) {
  const response = await fetch(`/module-tests/${name}.json`);
  return response.json();
}

/** A page fault from user mode and back. */
export const pageFault = await load("page-fault");

/** The same with the pushed words hidden, cut before IRETQ. */
export const hiddenPageFault = await load("page-fault-hidden");

/** Index of the step that faults. */
export const FAULT = pageFault.steps.findIndex((step) => step.outcome === "event");

/** @param {string} op  @param {string} [slot]  @returns {number} m right after the faulting step's micro-op */
export function afterMicro(op, slot) {
  const index = pageFault.steps[FAULT].micro.findIndex((micro) => micro.op === op && (!slot || micro.slot === slot));
  if (index < 0) throw new Error(`the fixture has no micro-op ${op} ${slot ?? ""}`);
  return index + 1;
}
