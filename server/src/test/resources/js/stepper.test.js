// @ts-check
import { comparisonElement } from "/js/comparison.js";
import { element } from "/js/format/element.js";
import { equal, ok, test } from "./testing.js";

test("element: text enters as text", () => {
  const made = element("p", { title: "a", hidden: false }, "<img src=x onerror=alert(1)>");
  equal(made.children.length, 0);
  equal(made.textContent, "<img src=x onerror=alert(1)>");
  equal(made.hasAttribute("hidden"), false);
});

test("comparison: yours, solution and proof stand side by side, with words as well as colour", () => {
  const rows = [
    {
      slot: "frame.ss",
      label: "SS",
      yours: "2b",
      expected: "0x2b",
      right: true,
      why: "w",
      proof: { position: "4.12" },
    },
    {
      slot: "frame.cs",
      label: "CS",
      yours: null,
      expected: "0x33",
      right: false,
      why: "v",
      proof: { position: "4.15" },
    },
  ];
  const table = comparisonElement(rows, (position) => `?item-step=${position}`);
  const cells = [...table.querySelectorAll("tbody tr")].map((row) => [...row.children].map((cell) => cell.textContent));
  equal(cells[0], ["SS frame.ss", "2b ✓ right", "0x2b", "w position 4.12"]);
  equal(cells[1], ["CS frame.cs", "— not answered", "0x33", "v position 4.15"]);
  ok(table.querySelector("a.proof")?.getAttribute("href") === "?item-step=4.12", "the proof is a link");
});
