// @ts-check

/** The server said no, in its own words; or it did not answer. */
export class Problem extends Error {
  /**
   * @param {string} title
   * @param {string} [detail]
   * @param {number} [status]  0 if there was no answer
   * @param {Record<string, unknown>} [said]  the whole problem+json
   */
  constructor(title, detail = "", status = 0, said = {}) {
    super(detail ? `${title}: ${detail}` : title);
    this.title = title;
    this.detail = detail;
    this.status = status;
    this.said = said;
  }
}

/**
 * Asks, and takes nothing but success for an answer.
 *
 * @param {string} url
 * @param {RequestInit} [init]
 * @returns {Promise<Response>}
 * @throws {Problem}
 */
export async function request(url, init = {}) {
  let response;
  try {
    response = await fetch(url, { ...init, headers: { Accept: "application/json", ...init.headers } });
  } catch {
    throw new Problem("The server does not answer");
  }
  if (!response.ok) throw await problemOf(response);
  return response;
}

/**
 * The JSON of an answer.
 *
 * @param {Response} response
 * @returns {Promise<any>}
 * @throws {Problem}
 */
export async function jsonOf(response) {
  try {
    return await response.json();
  } catch {
    throw new Problem("The server's answer cannot be read", "it is not JSON", response.status);
  }
}

/** @param {Response} response */
async function problemOf(response) {
  const said = await response.json().catch(() => ({}));
  const title = typeof said.title === "string" ? said.title : `The server answered ${response.status}`;
  return new Problem(title, typeof said.detail === "string" ? said.detail : "", response.status, said);
}
