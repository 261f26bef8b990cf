// @ts-check
import { part } from "../format/element.js";
import { explanation, spokenText } from "../format/words.js";
import { STEP } from "../store/events.js";

/** @typedef {import("../store/trace-store.js").TraceStore} TraceStore */
/** @typedef {import("../store/events.js").StepDetail} StepDetail */

/**
 * Says what the last micro-op did, why, and where that stands; and says it once, politely, to a screen reader.
 *
 * @param {HTMLElement} pane
 * @param {HTMLElement} live  the element that assistive technology listens to
 * @param {TraceStore} store
 */
export function mountExplainPane(pane, live, store) {
  let first = true;
  store.addEventListener(STEP, (event) => {
    const detail = /** @type {CustomEvent<StepDetail>} */ (event).detail;
    const { phase, step, title, why, source, refused, end } = explanation(detail, store.trace);
    pane.dataset.phase = phase;
    for (const [name, text] of Object.entries({ step, title, why, source, end })) {
      const place = part(pane, `explain-${name}`);
      place.textContent = text;
      place.hidden = text === "";
    }
    part(pane, "explain-refused").hidden = !refused;
    if (!first) live.textContent = spokenText(detail, store.trace);
    first = false;
  });
}
