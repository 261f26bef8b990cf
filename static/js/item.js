// @ts-check
import { Attempts } from "./api/attempts.js";
import { Problem } from "./api/problem.js";
import { comparisonElement } from "./comparison.js";
import { element, part } from "./format/element.js";
import { TrapframeStepper } from "./trapframe-stepper.js";

/** @typedef {import("./api/attempts.js").Comparison} Comparison */
/** @typedef {import("./api/attempts.js").TryAnswer} TryAnswer */

/** Why an attempt is closed, in words. @type {Record<string, string>} */
const REASONS = {
  right: "All right.",
  "out-of-tries": "That was the last try.",
  "given-up": "You asked for the solution.",
};

/** Makes an item's form answer in place. @param {HTMLElement} section */
export function mountItem(section) {
  const form = section.querySelector("form");
  if (form) new ItemForm(section, form);
}

/** One item's form while its attempt is open. */
class ItemForm {
  /** @param {HTMLElement} section  @param {HTMLFormElement} form */
  constructor(section, form) {
    this.section = section;
    this.form = form;
    this.attempts = new Attempts(form.querySelector("input[name=csrf]")?.getAttribute("value") ?? "");
    this.attempt = section.dataset.attempt ?? "";
    this.isNew = section.dataset.state === "new";
    this.key = newKey();
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const isGiveUp = event.submitter === part(form, "give-up");
      void this.#guard(() => (isGiveUp ? this.#giveUp() : this.#try()));
    });
  }

  async #try() {
    await this.#openIfNew();
    const answer = await this.attempts.submitTry(this.attempt, this.#answers(), this.key);
    this.key = newKey();
    this.#showVerdicts(answer);
    if (answer.state === "closed") this.#close(answer.comparison ?? [], answer.right, answer.of, answer.closedBecause);
  }

  async #giveUp() {
    await this.#openIfNew();
    const closed = await this.attempts.giveUp(this.attempt);
    const points = new Map(closed.slots.map(({ slot, points }) => [slot, points]));
    const sum = (/** @type {Comparison[]} */ rows) => rows.reduce((all, { slot }) => all + (points.get(slot) ?? 0), 0);
    const rows = closed.comparison ?? [];
    this.#close(rows, sum(rows.filter((row) => row.right)), sum(rows), closed.closedBecause);
  }

  async #openIfNew() {
    if (!this.isNew) return;
    const opened = await this.attempts.open(this.section.dataset.item ?? "");
    this.attempt = opened.attempt;
    this.isNew = false;
    const stepper = this.#stepper();
    if (stepper) stepper.dataset.traceUrl = this.attempts.traceUrl(this.attempt);
    const url = new URL(location.href);
    url.searchParams.set("attempt", this.attempt);
    history.replaceState(history.state, "", url);
  }

  /** @returns {Record<string, string>} */
  #answers() {
    return Object.fromEntries(
      this.#rows().map((row) => [row.dataset.slot ?? "", row.querySelector("input")?.value ?? ""]),
    );
  }

  #rows() {
    return /** @type {HTMLElement[]} */ ([...this.form.querySelectorAll("[data-slot]")]);
  }

  #stepper() {
    const stepper = this.section.querySelector("trapframe-stepper");
    return stepper instanceof TrapframeStepper ? stepper : null;
  }

  /** @param {TryAnswer} answer */
  #showVerdicts({ slots, right, of, triesLeft }) {
    for (const row of this.#rows()) this.#showVerdict(row, slots[row.dataset.slot ?? ""]?.right);
    this.#say(`${right} of ${of} right.`);
    part(this.form, "tries").textContent = `${triesLeft} ${triesLeft === 1 ? "try" : "tries"} left`;
    this.form.querySelector("[aria-invalid=true]")?.scrollIntoView({ block: "nearest" });
  }

  /** @param {HTMLElement} row  @param {boolean | undefined} right */
  #showVerdict(row, right) {
    row.dataset.verdict = right === undefined ? "" : right ? "right" : "wrong";
    part(row, "verdict").textContent = right === undefined ? "" : right ? "✓ right" : "✗ wrong";
    if (right === false) row.querySelector("input")?.setAttribute("aria-invalid", "true");
    else row.querySelector("input")?.removeAttribute("aria-invalid");
  }

  /** @param {Comparison[]} rows  @param {number} right  @param {number} of  @param {string} [reason] */
  #close(rows, right, of, reason = "") {
    const stepper = this.#stepper();
    const result = element(
      "p",
      { class: "result", "data-part": "result", tabindex: "-1" },
      element("b", {}, `${right} of ${of}.`),
      ` ${REASONS[reason] ?? ""}`,
    );
    const table = comparisonElement(rows, (position) => stepper?.addressOf(position) ?? `?item-step=${position}`);
    this.section.dataset.state = "closed";
    const again = element("a", { class: "button", href: this.section.dataset.againUrl ?? "" }, "Answer again");
    const actions = element("p", { class: "actions" }, again);
    this.form.replaceWith(element("div", { class: "closed", "data-part": "closed" }, result, table, actions));
    result.focus({ preventScroll: true });
    void stepper?.load();
  }

  /** Runs one request at a time, and shows what the server says if it fails. @param {() => Promise<void>} action */
  async #guard(action) {
    const buttons = [...this.form.querySelectorAll("button")];
    for (const button of buttons) button.disabled = true;
    this.#say("Sending …");
    try {
      await action();
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      this.#showProblem(problem);
    } finally {
      for (const button of buttons) button.disabled = false;
    }
  }

  /** @param {Problem} problem */
  #showProblem(problem) {
    this.#say(problem.status === 0 ? `${problem.title}. Your answers are still here; try again.` : problem.message);
    if (problem.status === 422) this.key = newKey();
    const row = this.#rows().find((it) => problem.said.pointer === `/answers/${it.dataset.slot}`);
    if (!row) return;
    this.#showVerdict(row, false);
    part(row, "verdict").textContent = `✗ ${problem.detail}`;
    row.querySelector("input")?.focus();
  }

  /** @param {string} text */
  #say(text) {
    part(this.form, "message").textContent = text;
  }
}

function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
