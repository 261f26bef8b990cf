// @ts-check
import { mountItem } from "./item.js";
import { mountThemeSwitch } from "./theme-switch.js";
import { mountContents } from "./contents.js";
import { parsePosition } from "./format/position.js";
import { dropPendingAddress } from "./store/address.js";
import { TrapframeStepper } from "./trapframe-stepper.js";

customElements.define("trapframe-stepper", TrapframeStepper);

/** @returns {TrapframeStepper[]} */
function steppers() {
  return [...document.querySelectorAll("trapframe-stepper")].filter((it) => it instanceof TrapframeStepper);
}

/** A proof link moves the stepper that its address speaks of, if that one is live. @param {MouseEvent} event */
function followProof(event) {
  const link = event.target instanceof Element ? event.target.closest("a.proof") : null;
  if (!(link instanceof HTMLAnchorElement) || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const query = new URL(link.href).searchParams;
  const inItem = [...(link.closest("[data-part=item]")?.querySelectorAll("trapframe-stepper") ?? [])];
  const stepper = [...inItem, ...steppers()].find(
    (it) => it instanceof TrapframeStepper && it.store && query.has(it.parameter),
  );
  const position = stepper instanceof TrapframeStepper ? parsePosition(query.get(stepper.parameter)) : null;
  if (!(stepper instanceof TrapframeStepper) || !position) return;
  event.preventDefault();
  stepper.visit(position);
  stepper.scrollIntoView({ block: "nearest" });
  stepper.focus({ preventScroll: true });
}

mountThemeSwitch();
mountContents();
for (const item of document.querySelectorAll("[data-part=item]")) mountItem(/** @type {HTMLElement} */ (item));
document.addEventListener("click", followProof);
window.addEventListener("popstate", () => {
  dropPendingAddress();
  for (const stepper of steppers()) stepper.followAddress();
});
