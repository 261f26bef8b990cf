// @ts-check
// Assertions and a list of tests: all that the modules' tests need.

/** @typedef {{name: string, run: () => void | Promise<void>}} Test */

/** @type {Test[]} */
export const tests = [];

/** @param {string} name  a sentence  @param {() => void | Promise<void>} run */
export function test(name, run) {
  tests.push({ name, run });
}

/** @param {unknown} actual  @param {unknown} expected  @param {string} [about] */
export function equal(actual, expected, about = "") {
  const [left, right] = [text(actual), text(expected)];
  if (left !== right) throw new Error(`${about ? `${about}: ` : ""}expected ${right} but was ${left}`);
}

/** @param {unknown} value  @param {string} about */
export function ok(value, about) {
  if (!value) throw new Error(about);
}

/** @param {() => Promise<unknown>} action  @returns {Promise<any>} what it threw */
export async function rejects(action) {
  try {
    await action();
  } catch (error) {
    return error;
  }
  throw new Error("expected a failure, but there was none");
}

/** @param {unknown} value  @returns {string} */
function text(value) {
  if (value === undefined) return "undefined";
  return JSON.stringify(value, (_key, it) => {
    if (typeof it === "bigint") return `${it}n`;
    if (it instanceof Map) return { map: [...it].map(([key, at]) => [String(key), at]).sort() };
    return it;
  });
}
