// @ts-check
// Bits of RFLAGS and of the protection-key registers.
// Source: Intel SDM Vol. 1, "EFLAGS Register"; Vol. 3A, "Protection Keys".

/** Name, bit and meaning, in the order in which the page shows them. */
const FLAGS = /** @type {const} */ ([
  ["CF", 0, "carry"],
  ["PF", 2, "parity"],
  ["AF", 4, "auxiliary carry"],
  ["ZF", 6, "zero"],
  ["SF", 7, "sign"],
  ["OF", 11, "overflow"],
  ["DF", 10, "direction"],
  ["IF", 9, "interrupts enabled"],
  ["TF", 8, "single-step trap"],
  ["NT", 14, "nested task"],
  ["RF", 16, "resume"],
  ["AC", 18, "alignment check, SMAP override"],
]);

/**
 * @param {bigint} rflags
 * @returns {{name: string, meaning: string, set: boolean}[]}
 */
export function flagsOf(rflags) {
  return FLAGS.map(([name, bit, meaning]) => ({ name, meaning, set: ((rflags >> BigInt(bit)) & 1n) === 1n }));
}

/**
 * What a protection-key register permits, keys with the same rights taken together.
 *
 * @param {bigint} register  PKRS or PKRU: two bits per key, access disable and write disable
 * @returns {string} `key 0: open, keys 1 to 15: no access`
 */
export function keysText(register) {
  const parts = [];
  for (let first = 0; first < 16;) {
    const rights = rightsOf(register, first);
    let last = first;
    while (last < 15 && rightsOf(register, last + 1) === rights) last++;
    parts.push(`${first === last ? `key ${first}` : `keys ${first} to ${last}`}: ${rights}`);
    first = last + 1;
  }
  return parts.join(", ");
}

/** @param {bigint} register  @param {number} key */
function rightsOf(register, key) {
  const bits = Number((register >> BigInt(2 * key)) & 3n);
  return bits & 1 ? "no access" : bits & 2 ? "read only" : "open";
}
