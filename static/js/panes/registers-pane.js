// @ts-check
import { element, part } from "../format/element.js";
import { flagsOf } from "../format/flags.js";
import { parseHex, qword } from "../format/hex.js";
import { STEP } from "../store/events.js";

/** @typedef {import("../types.js").Hex} Hex */
/** @typedef {import("../store/trace-store.js").TraceStore} TraceStore */

/**
 * Shows the registers that have a row, marks those that have just changed with what they held before, and names the flags.
 *
 * @param {HTMLElement} pane  with a `<td data-register="rax">` per register
 * @param {TraceStore} store
 */
export function mountRegistersPane(pane, store) {
  const cells = [...pane.querySelectorAll("[data-register]")].map((cell) => /** @type {HTMLElement} */ (cell));
  store.addEventListener(STEP, () => {
    const changed = store.changedRegisters();
    for (const cell of cells) drawRegister(cell, store.registers, changed);
    drawFlags(part(pane, "flags"), store.registers.get("rflags"), changed);
  });
}

/** @param {HTMLElement} cell  @param {ReadonlyMap<string, Hex>} registers  @param {ReadonlyMap<string, Hex>} changed */
function drawRegister(cell, registers, changed) {
  const name = cell.dataset.register ?? "";
  const text = qword(registers.get(name));
  const isChanged = changed.has(name);
  cell.closest("tr")?.toggleAttribute("data-changed", isChanged);
  if (!isChanged) cell.textContent = text;
  else {
    cell.replaceChildren(
      element("del", {}, qword(changed.get(name))),
      element("span", { class: "arrow" }, " → "),
      element("ins", {}, text),
    );
  }
}

/** @param {HTMLElement} list  @param {Hex | undefined} rflags  @param {ReadonlyMap<string, Hex>} changed */
function drawFlags(list, rflags, changed) {
  const now = parseHex(rflags);
  if (now === null) return list.replaceChildren(element("li", {}, qword(rflags)));
  const old = changed.has("rflags") ? parseHex(changed.get("rflags")) : now;
  const before = old === null ? [] : flagsOf(old);
  list.replaceChildren(
    ...flagsOf(now).map((flag, i) =>
      element(
        "li",
        {
          "data-set": flag.set,
          "data-changed": before[i] !== undefined && before[i].set !== flag.set,
          title: flag.meaning,
        },
        `${flag.name} ${flag.set ? "1" : "0"}`,
      ),
    ),
  );
}
