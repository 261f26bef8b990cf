// @ts-check
import { recall, remember } from "./store/choices.js";

/** @typedef {"system" | "light" | "dark"} Theme */

/** @type {Theme[]} */
const THEMES = ["system", "light", "dark"];

/** The button in the header: the system's theme, light, dark, and round again. */
export function mountThemeSwitch() {
  const button = document.querySelector("[data-theme-switch]");
  if (!(button instanceof HTMLElement)) return;
  let theme = THEMES.find((it) => it === recall("theme")) ?? "system";
  button.hidden = false;
  const show = () => {
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    const name = button.querySelector("[data-theme-name]");
    if (name) name.textContent = theme;
  };
  button.addEventListener("click", () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
    remember("theme", theme);
    show();
  });
  show();
}
