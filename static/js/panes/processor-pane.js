// @ts-check
import { element, part } from "../format/element.js";
import { parseHex } from "../format/hex.js";
import { pendingTexts, processorLines } from "../format/processor.js";
import { stackInUse } from "../format/stack-rows.js";
import { STEP } from "../store/events.js";

/** @typedef {import("../store/trace-store.js").TraceStore} TraceStore */
/** @typedef {import("../store/events.js").StepDetail} StepDetail */

/**
 * Shows what the processor is in the middle of: privilege, stack, GS, page tables, keys, interrupts, and what waits.
 *
 * @param {HTMLElement} pane
 * @param {TraceStore} store
 */
export function mountProcessorPane(pane, store) {
  store.addEventListener(STEP, (event) => {
    const { position, step, microIndex } = /** @type {CustomEvent<StepDetail>} */ (event).detail;
    const stack = stackInUse(store.trace.stacks, step, microIndex, parseHex(store.registers.get("rsp")));
    const changed = store.changedRegisters();
    const lines = processorLines(store.registers, store.trace, stack?.title);
    part(pane, "state").replaceChildren(
      ...lines.map(({ id, name, value, note }) =>
        element(
          "div",
          { "data-changed": changed.has(id), "data-line": id },
          element("dt", {}, name),
          element(
            "dd",
            {},
            element("span", { class: "fact" }, value),
            ...(note ? [element("small", {}, ` ${note}`)] : []),
          ),
        ),
      ),
    );
    const pending = pendingTexts(store.trace, position.n, step, microIndex);
    part(pane, "pending").replaceChildren(
      ...(pending.length ? pending : ["nothing pending"]).map((text) => element("li", {}, text)),
    );
  });
}
