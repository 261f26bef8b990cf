// @ts-check
import { element, part } from "../format/element.js";
import { parseHex, stackAddress } from "../format/hex.js";
import { writerText } from "../format/phases.js";
import { positionText } from "../format/position.js";
import { overlaysOn, stackInUse, stackRows } from "../format/stack-rows.js";
import { SELECTION, STEP, TRACE } from "../store/events.js";
import { Memory } from "../store/memory.js";

/** @typedef {import("../types.js").Overlay} Overlay */
/** @typedef {import("../types.js").Stack} Stack */
/** @typedef {import("../types.js").StackRow} StackRow */
/** @typedef {import("../types.js").Word} Word */
/** @typedef {import("../store/trace-store.js").TraceStore} TraceStore */

/**
 * Draws the stack in use, high addresses on top: what every word is, what it holds and held, and who wrote it.
 *
 * @param {HTMLElement} pane
 * @param {TraceStore} store
 * @param {(position: string) => string} addressOf  the page's address of a position
 */
export function mountStackPane(pane, store, addressOf) {
  let touched = new Set(store.memory.writes.keys());
  const stackSelect = mountSelect(part(pane, "stack-select"), (id) => store.select(id, null));
  const overlaySelect = mountSelect(part(pane, "overlay-select"), (id) => store.select(store.stackId, id));
  fillSelect(stackSelect, "in use", store.trace.stacks);

  const draw = () => {
    const { step, microIndex } = store.detail();
    const rsp = parseHex(store.registers.get("rsp"));
    const inUse = stackInUse(store.trace.stacks, step, microIndex, rsp);
    const stack = store.trace.stacks.find(({ id }) => id === store.stackId) ?? inUse;
    part(pane, "stack-title").textContent = stack?.title ?? "RSP is outside every stack";
    if (!stack) return part(pane, "rows").replaceChildren();
    const overlays = overlaysOn(store.trace.overlays, stack);
    fillSelect(overlaySelect, "all structs", overlays);
    stackSelect.value = store.stackId ?? "";
    overlaySelect.value = store.overlayId ?? "";
    const rows = stackRows({
      stack,
      rsp,
      overlays,
      overlayId: store.overlayId,
      word: (word) => store.memory.word(word),
      writer: (word) => store.writerOf(word),
      wasWritten: (word) => store.memory.lastWrite(word, store.latestStart) !== null,
      before: wordsBefore(store),
      touched,
    });
    const atTop = rsp === BigInt(stack.high);
    part(pane, "rows").replaceChildren(topRow(stack, atTop), ...rows.map((row) => rowElement(row, addressOf)));
  };
  store.addEventListener(STEP, () => {
    draw();
    keepInSight(pane);
  });
  store.addEventListener(SELECTION, draw);
  store.addEventListener(TRACE, () => (touched = new Set(store.memory.writes.keys())));
}

/** The words that the position's own micro-ops changed, as they were. @param {TraceStore} store  @returns {Map<bigint, Word>} */
function wordsBefore(store) {
  const changes = store.latest().flatMap((micro) => micro.memory ?? []);
  if (changes.length === 0) return new Map();
  const old = new Memory([]);
  for (const { address, size } of changes) {
    for (let word = BigInt(address) & ~7n; word < BigInt(address) + BigInt(size); word += 8n) {
      old.words.set(word, store.memory.word(word));
    }
  }
  for (const { address, size, before } of changes.reverse()) old.store(BigInt(address), size, before);
  return old.words;
}

/** @param {Stack} stack  @param {boolean} atTop */
function topRow(stack, atTop) {
  return element(
    "tr",
    { class: "edge", "data-rsp": atTop },
    element("td", { class: "brackets" }),
    element("th", { scope: "row", colspan: "2" }, "high addresses, stack grows down"),
    element("td", { class: "address" }, stackAddress(BigInt(stack.high)), ...rspMark(atTop ? 0 : null)),
    element("td", { class: "who" }),
  );
}

/** @param {StackRow} row  @param {(position: string) => string} addressOf */
function rowElement(row, addressOf) {
  if (row.kind !== "word") {
    return element(
      "tr",
      { class: row.kind },
      bracketsCell(row),
      element("th", { colspan: "4", scope: row.kind === "struct" ? "rowgroup" : "row" }, row.text),
    );
  }
  return element(
    "tr",
    {
      class: "word",
      "data-address": `0x${row.address.toString(16)}`,
      "data-phase": row.writer?.micro.phase,
      "data-state": row.state,
      "data-changed": row.changed,
      "data-rsp": row.rsp !== null,
    },
    bracketsCell(row),
    element("th", { scope: "row" }, ...fieldElements(row)),
    element("td", { class: "value" }, ...valueElements(row)),
    element("td", { class: "address" }, stackAddress(row.address), ...rspMark(row.rsp)),
    element("td", { class: "who" }, ...writerElements(row, addressOf)),
  );
}

/** @param {StackRow} row */
function bracketsCell(row) {
  const bars = row.brackets.map((index) => element("i", { class: `bracket bracket-${index % 3}` }));
  return element("td", { class: "brackets" }, element("span", { class: "bars" }, ...bars));
}

/** @param {StackRow} row */
function fieldElements(row) {
  // A row header is never empty: where no struct names the word, its address does.
  if (row.fields.length === 0) {
    return [element("span", { class: "visually-hidden" }, `word ${stackAddress(row.address)}`)];
  }
  return row.fields.map((field) =>
    element(
      "span",
      { class: field.padding ? "field padding" : "field" },
      element("span", { class: "offset" }, field.offset),
      ` ${field.name}`,
      ...(field.value ? [` ${field.value}`] : []),
    ),
  );
}

/** @param {StackRow} row */
function valueElements(row) {
  if (row.before === null) return [element("span", {}, row.value)];
  return [element("del", {}, row.before), element("span", { class: "arrow" }, " → "), element("ins", {}, row.value)];
}

/** A stack pointer that is no multiple of 8 points into a word. @param {number | null} inside */
function rspMark(inside) {
  if (inside === null) return [];
  return [element("strong", { class: "rsp" }, inside === 0 ? " ◀ RSP" : ` ◀ RSP, byte ${inside}`)];
}

/** @param {StackRow} row  @param {(position: string) => string} addressOf */
function writerElements(row, addressOf) {
  if (!row.writer) return [];
  const at = positionText(row.writer.after);
  return [
    element(
      "a",
      { href: addressOf(at), "data-position": at, title: row.writer.micro.title },
      element("span", { class: "who-word" }, writerText(row.writer.micro)),
      element("span", { class: "who-at" }, ` ${at}`),
    ),
  ];
}

/** @param {HTMLElement} label  @param {(id: string | null) => void} chosen  @returns {HTMLSelectElement} */
function mountSelect(label, chosen) {
  label.hidden = false;
  const select = /** @type {HTMLSelectElement} */ (label.querySelector("select"));
  select.addEventListener("change", () => chosen(select.value || null));
  return select;
}

/** @param {HTMLSelectElement} select  @param {string} all  @param {(Stack | Overlay)[]} choices */
function fillSelect(select, all, choices) {
  const options = [
    element("option", { value: "" }, all),
    ...choices.map((it) => element("option", { value: it.id }, it.title)),
  ];
  const same = options.length === select.options.length && options.every((o, i) => o.value === select.options[i].value);
  if (!same) select.replaceChildren(...options);
}

/** Scrolls the box to the row that changed, else to RSP. @param {HTMLElement} pane */
function keepInSight(pane) {
  const box = part(pane, "scroll");
  const row = pane.querySelector("tr[data-changed]") ?? pane.querySelector("tr[data-rsp]");
  if (!(row instanceof HTMLElement)) return;
  const top = row.offsetTop;
  if (top < box.scrollTop || top + row.offsetHeight > box.scrollTop + box.clientHeight) {
    box.scrollTop = top - box.clientHeight / 2;
  }
}
