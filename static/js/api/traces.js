// @ts-check
import { jsonOf, Problem, request } from "./problem.js";

/** @typedef {import("../types.js").Trace} Trace */

/**
 * Fetches a trace: by its address, which anyone may cache, and where the server has forgotten the recipe by posting it.
 *
 * @param {string | undefined} url     of the trace
 * @param {string | undefined} recipe  JSON
 * @returns {Promise<Trace>}
 * @throws {Problem}
 */
export async function fetchTrace(url, recipe) {
  try {
    if (url) return await jsonOf(await request(url));
  } catch (problem) {
    if (!(problem instanceof Problem && problem.status === 404 && recipe)) throw problem;
  }
  if (!recipe) throw new Problem("This stepper names no trace");
  const posted = { method: "POST", headers: { "Content-Type": "application/json" }, body: recipe };
  return jsonOf(await request("/api/v1/traces", posted));
}
