// @ts-check
import { fetchTrace } from "./api/traces.js";
import { Problem } from "./api/problem.js";
import { element, part } from "./format/element.js";
import { PHASE_NAMES } from "./format/phases.js";
import { parsePosition, positionText, samePosition } from "./format/position.js";
import { whereText } from "./format/words.js";
import { mountCodePane } from "./panes/code-pane.js";
import { mountExplainPane } from "./panes/explain-pane.js";
import { mountProcessorPane } from "./panes/processor-pane.js";
import { mountRegistersPane } from "./panes/registers-pane.js";
import { mountStackPane } from "./panes/stack-pane.js";
import { mountTimelinePane } from "./panes/timeline-pane.js";
import { replaceAddressSoon, writePendingAddress } from "./store/address.js";
import { recall, remember } from "./store/choices.js";
import { GRAIN, STEP } from "./store/events.js";
import { TraceStore } from "./store/trace-store.js";

/** @typedef {import("./types.js").Grain} Grain */
/** @typedef {import("./types.js").Position} Position */
/** @typedef {import("./store/events.js").StepDetail} StepDetail */

/** Keys by what they do. They work only while the focus is in the stepper. */
const KEYS = new Map([
  ["ArrowRight", "step"],
  ["j", "step"],
  ["ArrowLeft", "back"],
  ["k", "back"],
  ["Home", "first"],
  ["End", "last"],
  ["m", "grain"],
  ["?", "help"],
]);

/**
 * Makes a stepper that the server has drawn live, in place. Where the trace is stands in `data-trace-url` and
 * `data-recipe`; `data-parameter` names the query parameter that holds its position. If the trace cannot be had the
 * server's drawing and its links stay as they are.
 */
export class TrapframeStepper extends HTMLElement {
  /** @type {TraceStore | null} */
  store = null;

  connectedCallback() {
    if (!this.store) void this.load();
  }

  /** Fetches the trace and shows it, at the present position or where the server drew it. A second time: afresh. */
  async load() {
    this.toggleAttribute("data-busy", true);
    try {
      const trace = await fetchTrace(this.dataset.traceUrl, this.dataset.recipe);
      if (this.store) this.store.replace(trace);
      else this.#mount((this.store = new TraceStore(trace)));
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      this.#showError(problem);
    } finally {
      this.toggleAttribute("data-busy", false);
    }
  }

  get parameter() {
    return this.dataset.parameter ?? "step";
  }

  /** Goes to a position as a link does: the browser's back button comes back. @param {Position} position */
  visit(position) {
    if (!this.store) return;
    if (!samePosition(position, this.store.position)) {
      writePendingAddress();
      history.pushState(null, "", this.addressOf(positionText(position)));
    }
    this.store.goTo(position);
  }

  /** Goes to the position that the page's address names, or else to the first. */
  followAddress() {
    const text = new URL(location.href).searchParams.get(this.parameter);
    this.store?.goTo(parsePosition(text) ?? parsePosition(this.dataset.start) ?? { n: 0, m: 0 });
  }

  /** This page at a position of this stepper. @param {string} position */
  addressOf(position) {
    const url = new URL(location.href);
    url.searchParams.set(this.parameter, position);
    url.hash = this.id;
    return `${url.pathname}${url.search}${url.hash}`;
  }

  /** @param {TraceStore} store */
  #mount(store) {
    const addressOf = this.addressOf.bind(this);
    mountCodePane(part(this, "code"), store);
    mountStackPane(part(this, "stack"), store, addressOf);
    mountRegistersPane(part(this, "registers"), store);
    mountProcessorPane(part(this, "processor"), store);
    mountTimelinePane(part(this, "timeline"), store, addressOf);
    mountExplainPane(part(this, "explain"), part(this, "live"), store);
    this.#mountTransport(store);
    this.addEventListener("keydown", (event) => this.#onKey(event));
    this.addEventListener("click", (event) => this.#onClick(event));
    const start = parsePosition(this.dataset.position) ?? { n: 0, m: 0 };
    store.setGrain(recall("grain") === "micro" || start.m > 0 ? "micro" : "step");
    store.goTo(start);
    part(this, "links").hidden = true;
    part(this, "transport").hidden = false;
    part(this, "error").hidden = true;
    this.toggleAttribute("data-live", true);
  }

  /** @param {TraceStore} store */
  #mountTransport(store) {
    for (const button of this.#buttons("go")) button.addEventListener("click", () => this.#do(button.dataset.go ?? ""));
    for (const button of this.#buttons("grain")) {
      button.addEventListener("click", () => this.#chooseGrain(/** @type {Grain} */ (button.dataset.grain)));
    }
    store.addEventListener(GRAIN, () => {
      for (const button of this.#buttons("grain")) {
        button.setAttribute("aria-pressed", String(button.dataset.grain === store.grain));
      }
    });
    store.addEventListener(STEP, (event) => this.#drawHead(/** @type {CustomEvent<StepDetail>} */ (event).detail));
  }

  /** @param {"go" | "grain"} kind */
  #buttons(kind) {
    return /** @type {HTMLElement[]} */ ([...part(this, "transport").querySelectorAll(`[data-${kind}]`)]);
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || isField(event.target)) return;
    const action = KEYS.get(event.key.length === 1 ? event.key.toLowerCase() : event.key);
    if (!action) return;
    event.preventDefault();
    if (event.shiftKey && action === "step") this.store?.step("step");
    else if (event.shiftKey && action === "back") this.store?.back("step");
    else this.#do(action);
  }

  /** Links to positions of this stepper move it, unless the reader asks for a new tab. @param {MouseEvent} event */
  #onClick(event) {
    const target = event.target instanceof Element ? event.target.closest("a[data-position]") : null;
    const position = target instanceof HTMLElement ? parsePosition(target.dataset.position) : null;
    if (!position || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    this.visit(position);
  }

  /** @param {string} action */
  #do(action) {
    if (action === "first") this.store?.first();
    else if (action === "back") this.store?.back();
    else if (action === "step") this.store?.step();
    else if (action === "last") this.store?.last();
    else if (action === "grain") this.#chooseGrain(this.store?.grain === "micro" ? "step" : "micro");
    else if (action === "help") this.#toggleHelp();
    else if (action === "copy") void this.#copyLink();
  }

  /** @param {Grain} grain */
  #chooseGrain(grain) {
    this.store?.setGrain(grain);
    remember("grain", grain);
  }

  #toggleHelp() {
    const help = part(this, "help");
    help.hidden = !help.hidden;
    this.querySelector("[data-go=help]")?.setAttribute("aria-expanded", String(!help.hidden));
  }

  async #copyLink() {
    const button = /** @type {HTMLElement} */ (this.querySelector("[data-go=copy]"));
    const link = new URL(this.addressOf(this.dataset.position ?? "0"), location.href).href;
    try {
      await navigator.clipboard.writeText(link);
      button.textContent = "Copied";
    } catch {
      button.textContent = "See the address bar";
    }
    button.addEventListener("blur", () => (button.textContent = "Copy link"), { once: true });
  }

  /** @param {StepDetail} detail */
  #drawHead(detail) {
    const { position, micro } = detail;
    const text = positionText(position);
    const isMove = this.dataset.position !== text;
    this.dataset.position = text;
    part(this, "where").textContent = whereText(detail, this.store?.trace.stepCount ?? 0);
    const phase = part(this, "phase");
    phase.dataset.phase = micro?.phase ?? "user";
    phase.textContent = PHASE_NAMES[micro?.phase ?? "user"];
    if (isMove) replaceAddressSoon(() => this.addressOf(this.dataset.position ?? text));
  }

  /** @param {Problem} problem */
  #showError(problem) {
    const card = part(this, "error");
    const again = element("button", { type: "button" }, "Try again");
    again.addEventListener("click", () => void this.load());
    card.replaceChildren(
      element("p", {}, element("b", {}, problem.title), problem.detail ? `: ${problem.detail}` : ""),
      element("p", {}, "The links still step, one page at a time. ", again),
    );
    card.hidden = false;
  }
}

/** @param {EventTarget | null} target */
function isField(target) {
  return target instanceof HTMLElement && target.matches("input, select, textarea");
}
