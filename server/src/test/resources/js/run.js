// @ts-check
import { tests } from "./testing.js";
import "./format.test.js";
import "./store.test.js";
import "./stack-rows.test.js";
import "./api.test.js";
import "./stepper.test.js";

const list = /** @type {HTMLElement} */ (document.getElementById("results"));
for (const { name, run } of tests) {
  const row = document.createElement("li");
  row.dataset.name = name;
  try {
    await run();
    row.dataset.result = "passed";
  } catch (error) {
    row.dataset.result = "failed";
    row.dataset.error = error instanceof Error ? `${error.message}\n${error.stack}` : String(error);
  }
  row.textContent = `${row.dataset.result}: ${name} ${row.dataset.error ?? ""}`;
  list.append(row);
}
list.dataset.done = String(tests.length);
