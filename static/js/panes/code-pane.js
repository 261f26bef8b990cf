// @ts-check
import { element, part } from "../format/element.js";
import { shortAddress } from "../format/hex.js";
import { kindText } from "../format/phases.js";
import { labelsByAddress, targetText } from "../format/targets.js";
import { instructionText } from "../format/words.js";
import { STEP, TRACE } from "../store/events.js";

/** @typedef {import("../types.js").CodeLine} CodeLine */
/** @typedef {import("../types.js").MicroOp} MicroOp */
/** @typedef {import("../types.js").Step} Step */
/** @typedef {import("../store/events.js").StepDetail} StepDetail */
/** @typedef {import("../store/trace-store.js").TraceStore} TraceStore */

/**
 * Shows the whole listing, marks the line done and the line next, and opens the micro-ops of the step that is being done.
 *
 * @param {HTMLElement} pane  with an `<ol data-part="listing">` in a scrolling box
 * @param {TraceStore} store
 */
export function mountCodePane(pane, store) {
  const listing = part(pane, "listing");
  /** @type {Map<string, HTMLElement>} */
  const lines = new Map();
  /** @type {HTMLElement[]} */
  let marked = [];
  /** @type {HTMLElement[]} */
  let inserted = [];
  const list = () => {
    marked = inserted = [];
    lines.clear();
    const labels = labelsByAddress(store.trace.code);
    listing.replaceChildren(...store.trace.code.flatMap((line) => linesOf(line, lines, targetText(line.att, labels))));
  };
  list();
  mountSyntaxSwitch(pane);
  store.addEventListener(TRACE, list);

  store.addEventListener(STEP, (event) => {
    const detail = /** @type {CustomEvent<StepDetail>} */ (event).detail;
    for (const line of marked) unmark(line);
    for (const row of inserted) row.remove();
    marked = markLines(lines, detail);
    inserted = insertMicroOps(lines, listing, detail);
    keepInSight(part(pane, "scroll"), inserted.find(isCurrent) ?? marked[marked.length - 1]);
  });
}

/** @param {CodeLine} line  @param {Map<string, HTMLElement>} lines  @param {string} target */
function linesOf(line, lines, target) {
  const labels = (line.labels ?? []).map((label) => element("li", { class: "label" }, `${label}:`));
  const row = element(
    "li",
    { class: "line", "data-address": line.address, "data-phase": line.phase },
    element("span", { class: "mark", "data-part": "mark" }),
    element("span", { class: "address" }, shortAddress(BigInt(line.address))),
    element("code", { class: "att" }, line.att),
    element("code", { class: "intel" }, line.intel),
    ...(target ? [element("span", { class: "target" }, target)] : []),
    ...(line.note ? [element("span", { class: "line-note" }, line.note)] : []),
  );
  lines.set(line.address, row);
  return [...labels, row];
}

/** @param {Map<string, HTMLElement>} lines  @param {StepDetail} detail */
function markLines(lines, { position, step, next }) {
  const marks = position.m > 0 ? [mark(lines, step, "now")] : [mark(lines, step, "done"), mark(lines, next, "next")];
  return marks.filter((line) => line !== undefined);
}

/** @param {Map<string, HTMLElement>} lines  @param {Step | null} step  @param {string} word */
function mark(lines, step, word) {
  const line = step ? lines.get(step.at) : undefined;
  if (!line) return undefined;
  line.classList.add(`is-${word}`);
  if (word !== "done") line.setAttribute("aria-current", "step");
  part(line, "mark").textContent = line.classList.contains("is-done") && word === "next" ? "again" : word;
  return line;
}

/** @param {HTMLElement} line */
function unmark(line) {
  line.classList.remove("is-done", "is-next", "is-now");
  line.removeAttribute("aria-current");
  part(line, "mark").textContent = "";
}

/** @param {Map<string, HTMLElement>} lines  @param {HTMLElement} listing  @param {StepDetail} detail  @returns {HTMLElement[]} */
function insertMicroOps(lines, listing, { position, step, microIndex }) {
  if (!step || (position.m === 0 && step.outcome === "retired")) return [];
  const line = lines.get(step.at);
  const rows = step.micro.map((micro, i) => microRow(micro, i - microIndex));
  if (step.kind !== "instruction") {
    const title = element("li", { class: "micro-title" }, instructionText(step));
    const all = [title, ...rows];
    if (line) line.before(...all);
    else listing.prepend(...all);
    return all;
  }
  if (line) line.after(...rows);
  else listing.prepend(...rows);
  return rows;
}

/** @param {MicroOp} micro  @param {number} ahead  0 for the one done last, above 0 for those to come */
function microRow(micro, ahead) {
  return element(
    "li",
    {
      class: "micro",
      "data-phase": micro.phase,
      "data-state": ahead === 0 ? "current" : ahead < 0 ? "done" : "todo",
      "data-refused": micro.refused === true,
      "aria-current": ahead === 0 ? "true" : undefined,
    },
    element("span", { class: "micro-kind" }, kindText(micro)),
    element("span", { class: "micro-text" }, micro.title),
    ...(micro.refused ? [element("strong", { class: "refused" }, "✗ refused")] : []),
  );
}

/** @param {HTMLElement} row */
function isCurrent(row) {
  return row.dataset.state === "current";
}

/** Scrolls the box, never the page. @param {HTMLElement} box  @param {HTMLElement | undefined} row */
function keepInSight(box, row) {
  if (!row) return;
  const top = row.offsetTop;
  const margin = box.clientHeight / 4;
  if (top < box.scrollTop + margin || top + row.offsetHeight > box.scrollTop + box.clientHeight - margin) {
    box.scrollTop = top - box.clientHeight / 2.5;
  }
}

/** @param {HTMLElement} pane */
function mountSyntaxSwitch(pane) {
  const group = part(pane, "syntax");
  group.hidden = false;
  const buttons = [...group.querySelectorAll("button")];
  for (const button of buttons) {
    button.addEventListener("click", () => {
      pane.dataset.syntax = button.value;
      for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
    });
  }
}
