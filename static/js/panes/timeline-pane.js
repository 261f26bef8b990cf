// @ts-check
import { element, part } from "../format/element.js";
import { PHASE_NAMES, segmentsOf } from "../format/phases.js";
import { positionText } from "../format/position.js";
import { sliderText } from "../format/words.js";
import { STEP, TRACE } from "../store/events.js";

/** @typedef {import("../store/trace-store.js").TraceStore} TraceStore */
/** @typedef {import("../store/events.js").StepDetail} StepDetail */

/**
 * The whole trace as a strip of phases with a play head: click, drag, or move it by keys.
 *
 * @param {HTMLElement} pane
 * @param {TraceStore} store
 * @param {(position: string) => string} addressOf  the page's address of a position
 */
export function mountTimelinePane(pane, store, addressOf) {
  const slider = part(pane, "slider");
  let segments = segmentsOf(store.trace.steps);
  /** @type {HTMLElement[]} */
  let items = [];
  const lay = () => {
    segments = segmentsOf(store.trace.steps);
    items = segments.map((segment) => segmentElement(segment, addressOf));
    part(pane, "phases").replaceChildren(...items);
    slider.setAttribute("aria-valuemax", String(store.lastTick));
  };
  lay();
  slider.hidden = false;
  store.addEventListener(TRACE, lay);
  listenToPointer(slider, store);
  slider.addEventListener("keydown", (event) => {
    const tick = tickForKey(event.key, segments, store);
    if (tick === null) return;
    event.preventDefault();
    event.stopPropagation();
    store.goToTick(tick);
  });

  store.addEventListener(STEP, (event) => {
    const detail = /** @type {CustomEvent<StepDetail>} */ (event).detail;
    const current = segments.findLastIndex((segment) => segment.tick < Math.max(1, detail.tick));
    items.forEach((item, i) => item.toggleAttribute("data-current", i === current));
    slider.setAttribute("aria-valuenow", String(detail.tick));
    slider.setAttribute("aria-valuetext", sliderText(detail, store.trace));
    part(slider, "playhead").style.insetInlineStart = `${(100 * detail.tick) / Math.max(1, store.lastTick)}%`;
  });
}

/** @param {ReturnType<typeof segmentsOf>[number]} segment  @param {(position: string) => string} addressOf */
function segmentElement(segment, addressOf) {
  const at = positionText(segment.at);
  const link = element("a", { href: addressOf(at), "data-position": at }, PHASE_NAMES[segment.phase]);
  const item = element("li", { "data-phase": segment.phase }, link);
  item.style.flexGrow = String(segment.length);
  return item;
}

/** @param {HTMLElement} slider  @param {TraceStore} store */
function listenToPointer(slider, store) {
  const follow = (/** @type {PointerEvent} */ event) => {
    const box = slider.getBoundingClientRect();
    const tick = Math.round(((event.clientX - box.left) / box.width) * store.lastTick);
    store.goToTick(store.grain === "micro" ? tick : store.tickAt({ n: store.positionAt(clamp(tick, store)).n, m: 0 }));
  };
  slider.addEventListener("pointerdown", (event) => {
    slider.setPointerCapture(event.pointerId);
    follow(event);
  });
  slider.addEventListener("pointermove", (event) => {
    if (slider.hasPointerCapture(event.pointerId)) follow(event);
  });
}

/** @param {number} tick  @param {TraceStore} store */
function clamp(tick, store) {
  return Math.max(0, Math.min(tick, store.lastTick));
}

/**
 * Page keys go from phase to phase; the other keys are the stepper's own.
 *
 * @param {string} key
 * @param {ReturnType<typeof segmentsOf>} segments
 * @param {TraceStore} store
 * @returns {number | null}
 */
function tickForKey(key, segments, store) {
  if (key === "PageDown") return segments.find((segment) => segment.tick > store.tick)?.tick ?? store.lastTick;
  if (key === "PageUp") return segments.findLast((segment) => segment.tick < store.tick)?.tick ?? 0;
  return null;
}
