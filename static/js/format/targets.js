// @ts-check
/** @typedef {import("../types.js").CodeLine} CodeLine */

/** A direct call or jump, in either syntax: the last word is its address. */
const BRANCH = /^(?:call|jmp|j[a-z]{1,3})\s+(?:0x)?([0-9a-f]+)$/;

/** The first label at each address. @param {CodeLine[]} code  @returns {Map<string, string>} */
export function labelsByAddress(code) {
  return new Map(code.flatMap(({ address, labels }) => (labels?.length ? [[address, labels[0]]] : [])));
}

/**
 * Where a direct call or jump goes, by name.
 *
 * @param {string} att
 * @param {ReadonlyMap<string, string>} labels
 * @returns {string} `<error_entry>`, or empty
 */
export function targetText(att, labels) {
  const match = BRANCH.exec(att);
  const label = match ? labels.get(`0x${match[1]}`) : undefined;
  return label ? `<${label}>` : "";
}
