// @ts-check
/** @typedef {import("../types.js").Hex} Hex */

/** What stands in place of a value that the server does not send before the answer. */
export const HIDDEN = "hidden until you answer";

/**
 * @param {Hex | undefined} text
 * @returns {bigint | null} `null` for a hidden or missing value
 */
export function parseHex(text) {
  return text === null || text === undefined ? null : BigInt(text);
}

/** @param {bigint} value  @returns {string} `0x2b` */
export function toHex(value) {
  return `0x${value.toString(16)}`;
}

/**
 * All the digits of a value; a blank-free gap in the middle of eight bytes makes them readable.
 *
 * @param {bigint} value
 * @param {number} bytes  1 to 8
 * @returns {string} `00007ffd_5e10f0c8`, `002b`
 */
export function digits(value, bytes = 8) {
  const text = value.toString(16).padStart(bytes * 2, "0");
  return bytes === 8 ? `${text.slice(0, 8)}_${text.slice(8)}` : text;
}

/**
 * @param {Hex | undefined} text
 * @returns {string} the eight bytes' digits, or the words for a hidden value
 */
export function qword(text) {
  const value = parseHex(text);
  return value === null ? HIDDEN : digits(value);
}

/**
 * The low digits of an address: enough to tell neighbours apart.
 *
 * @param {bigint} address
 * @returns {string} `…81000b40`, `401012`
 */
export function shortAddress(address) {
  const text = address.toString(16);
  return text.length <= 8 ? text : `…${text.slice(-8)}`;
}

/**
 * Within one stack four digits are enough.
 *
 * @param {bigint} address
 * @returns {string} `…2ff8`
 */
export function stackAddress(address) {
  return `…${address.toString(16).padStart(4, "0").slice(-4)}`;
}

/** @param {number} offset  @returns {string} `+a0` */
export function offsetText(offset) {
  return `+${offset.toString(16).padStart(2, "0")}`;
}
