// @ts-check

/** The server said no, in its own words; or it did not answer. */
export class Problem extends Error {
  /** @param {string} title  @param {string} [detail]  @param {number} [status]  0 if there was no answer */
  constructor(title, detail = "", status = 0) {
    super(detail ? `${title}: ${detail}` : title);
    this.title = title;
    this.detail = detail;
    this.status = status;
  }
}

/**
 * Asks for JSON.
 *
 * @param {string} url
 * @param {RequestInit} [init]
 * @returns {Promise<any>}
 * @throws {Problem}
 */
export async function requestJson(url, init = {}) {
  let response;
  try {
    response = await fetch(url, { ...init, headers: { Accept: "application/json", ...init.headers } });
  } catch {
    throw new Problem("The server does not answer");
  }
  if (!response.ok) throw await problemOf(response);
  return response.json().catch(() => {
    throw new Problem("The server's answer cannot be read", "it is not JSON", response.status);
  });
}

/** @param {Response} response */
async function problemOf(response) {
  const said = await response.json().catch(() => ({}));
  const title = typeof said.title === "string" ? said.title : `The server answered ${response.status}`;
  return new Problem(title, typeof said.detail === "string" ? said.detail : "", response.status);
}
