// @ts-check
/** @typedef {import("../types.js").Position} Position */

/**
 * @param {string | null | undefined} text  `12` or `12.5`
 * @returns {Position | null} `null` if it is no position
 */
export function parsePosition(text) {
  const match = /^(\d{1,9})(?:\.(\d{1,9}))?$/.exec(text ?? "");
  return match ? { n: Number(match[1]), m: Number(match[2] ?? 0) } : null;
}

/** @param {Position} position  @returns {string} `12`, `12.5` */
export function positionText({ n, m }) {
  return m === 0 ? String(n) : `${n}.${m}`;
}

/** @param {Position} a  @param {Position} b */
export function samePosition(a, b) {
  return a.n === b.n && a.m === b.m;
}
