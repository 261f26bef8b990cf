// @ts-check
import { mountThemeSwitch } from "./theme-switch.js";

/** Finds while the reader types, where the whole list is on the page; the form alone does it without this module. */
function mountFind() {
  const form = document.querySelector("[data-find]");
  const field = form?.querySelector("input");
  const found = document.querySelector("[data-found]");
  if (!(form instanceof HTMLFormElement) || !field || !found || form.querySelector("[data-all]")) return;
  const groups = [...document.querySelectorAll("[data-group]")].map((it) => /** @type {HTMLElement} */ (it));
  const show = () => {
    const wanted = field.value.trim().toUpperCase();
    let count = 0;
    for (const group of groups) {
      let here = 0;
      for (const entry of group.querySelectorAll("tbody")) {
        entry.hidden = !entry.dataset.name?.includes(wanted);
        if (!entry.hidden) here++;
      }
      group.hidden = here === 0;
      count += here;
    }
    found.textContent = count === 1 ? "1 instruction" : `${count} instructions`;
  };
  field.addEventListener("input", show);
  form.addEventListener("submit", (event) => event.preventDefault());
  show();
}

mountThemeSwitch();
mountFind();
