// @ts-check
import { jsonOf, request } from "./problem.js";

/**
 * One slot of a closed attempt: yours, the stored solution, and the step that proves it.
 *
 * @typedef {object} Comparison
 * @property {string} slot
 * @property {string} label
 * @property {string | null} [yours]
 * @property {string} expected
 * @property {boolean} right
 * @property {string} why
 * @property {{position: string}} proof
 */

/**
 * @typedef {object} TryAnswer
 * @property {Record<string, {right: boolean}>} slots
 * @property {number} right
 * @property {number} of
 * @property {number} triesLeft
 * @property {"open" | "closed"} state
 * @property {string} [closedBecause]
 * @property {Comparison[]} [comparison]
 */

/**
 * @typedef {object} Attempt
 * @property {string} attempt
 * @property {number} triesAllowed
 * @property {number} triesLeft
 * @property {"open" | "closed"} state
 * @property {string} [closedBecause]
 * @property {{slot: string, label: string, points: number}[]} slots
 * @property {Comparison[]} [comparison]
 */

/**
 * Asks the server about attempts in the name of one learner. The token goes with every request once there is one; the
 * first answer of somebody new brings it.
 */
export class Attempts {
  /** @param {string} token  empty for nobody */
  constructor(token) {
    this.token = token;
  }

  /** @param {string} itemId  @returns {Promise<Attempt>} */
  open(itemId) {
    return this.#post(`/api/v1/items/${encodeURIComponent(itemId)}/attempts`);
  }

  /**
   * @param {string} attempt
   * @param {Record<string, string>} answers  slot to what was typed
   * @param {string} key  the same for the same try, so that a lost answer costs no second one
   * @returns {Promise<TryAnswer>}
   */
  submitTry(attempt, answers, key) {
    return this.#post(`/api/v1/attempts/${encodeURIComponent(attempt)}/tries`, { answers }, { "Idempotency-Key": key });
  }

  /** @param {string} attempt  @returns {Promise<Attempt>} */
  giveUp(attempt) {
    return this.#post(`/api/v1/attempts/${encodeURIComponent(attempt)}/give-up`);
  }

  /** @param {string} attempt  @returns {string} */
  traceUrl(attempt) {
    return `/api/v1/attempts/${encodeURIComponent(attempt)}/trace`;
  }

  /** @param {string} url  @param {object} [body]  @param {Record<string, string>} [more] */
  async #post(url, body, more = {}) {
    /** @type {Record<string, string>} */
    const headers = { ...more };
    if (this.token) headers["X-CSRF-Token"] = this.token;
    if (body) headers["Content-Type"] = "application/json";
    const response = await request(url, { method: "POST", headers, body: body && JSON.stringify(body) });
    this.token = response.headers.get("X-CSRF-Token") ?? this.token;
    return jsonOf(response);
  }
}
