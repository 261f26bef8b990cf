// @ts-check
import { element } from "./format/element.js";

/** @typedef {import("./api/attempts.js").Comparison} Comparison */

const HEADINGS = ["slot", "yours", "solution", "the step that proves it"];

/**
 * Three columns side by side: yours, the stored solution, and the step that proves it.
 *
 * @param {Comparison[]} rows
 * @param {(position: string) => string} addressOf  the page's address of a position of the item's stepper
 */
export function comparisonElement(rows, addressOf) {
  return element(
    "table",
    { class: "comparison" },
    element("caption", { class: "visually-hidden" }, "Your answers, the stored solution, and the step that proves it"),
    element("thead", {}, element("tr", {}, ...HEADINGS.map((text) => element("th", { scope: "col" }, text)))),
    element("tbody", {}, ...rows.map((row) => rowElement(row, addressOf))),
  );
}

/** @param {Comparison} row  @param {(position: string) => string} addressOf */
function rowElement(row, addressOf) {
  const isAnswered = row.yours !== null && row.yours !== undefined;
  const word = !isAnswered ? "not answered" : row.right ? "✓ right" : "✗ wrong";
  const proof = row.proof.position;
  return element(
    "tr",
    { "data-slot": row.slot, "data-verdict": !isAnswered ? "" : row.right ? "right" : "wrong" },
    element("th", { scope: "row" }, `${row.label} `, element("code", {}, row.slot)),
    element(
      "td",
      { "data-label": "yours" },
      element("code", {}, row.yours || "—"),
      " ",
      element("span", { class: "verdict" }, word),
    ),
    element("td", { "data-label": "solution" }, element("code", {}, row.expected)),
    element(
      "td",
      { "data-label": "proof" },
      `${row.why} `,
      element("a", { class: "proof", href: addressOf(proof) }, `position ${proof}`),
    ),
  );
}
