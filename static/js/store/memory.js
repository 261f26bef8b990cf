// @ts-check
/** @typedef {import("../types.js").Hex} Hex */
/** @typedef {import("../types.js").Word} Word */
/** @typedef {import("../types.js").MicroOp} MicroOp */

const WORD_BYTES = 8;

/** @type {Word} */
const ZERO = { value: 0n, hidden: 0 };

/** Memory at the cursor, as 8-byte words, and when each word was written. Bytes that nobody named are zero. */
export class Memory {
  /** @param {{address: string, bytes: string}[]} initial */
  constructor(initial) {
    /** @type {Map<bigint, Word>} */
    this.words = new Map();
    /** @type {Map<bigint, number[]>} ticks right after the micro-ops that wrote a word, rising */
    this.writes = new Map();
    for (const { address, bytes } of initial) this.#load(BigInt(address), bytes);
  }

  /** @param {bigint} address  a multiple of 8  @returns {Word} */
  word(address) {
    return this.words.get(address) ?? ZERO;
  }

  /** @param {bigint} address  @param {number} size  1 to 8  @param {Hex} value */
  store(address, size, value) {
    const number = value === null ? 0n : BigInt(value);
    for (let i = 0; i < size;) {
      const at = address + BigInt(i);
      const first = Number(at & 7n);
      const count = Math.min(WORD_BYTES - first, size - i);
      this.#storeInWord(at - BigInt(first), first, count, value === null, number >> BigInt(8 * i));
      i += count;
    }
  }

  /** Remembers every write of a trace, so that "who wrote this" is a search and not a replay. @param {MicroOp[]} micros */
  index(micros) {
    micros.forEach((micro, i) => {
      for (const { address, size } of writesOf(micro)) {
        const first = BigInt(address) & ~7n;
        for (let word = first; word < BigInt(address) + BigInt(size); word += 8n) this.#noteWrite(word, i + 1);
      }
    });
  }

  /** The tick right after the last write of a word that is not later than `tick`. @param {bigint} word  @param {number} tick */
  lastWrite(word, tick) {
    const ticks = this.writes.get(word);
    if (!ticks) return null;
    let found = null;
    for (let low = 0, high = ticks.length - 1; low <= high;) {
      const middle = (low + high) >> 1;
      if (ticks[middle] <= tick) {
        found = ticks[middle];
        low = middle + 1;
      } else high = middle - 1;
    }
    return found;
  }

  /** @param {bigint} address  @param {string} bytes  hex pairs, `??` where hidden */
  #load(address, bytes) {
    for (let i = 0; i < bytes.length; i += 2) {
      const pair = bytes.slice(i, i + 2);
      if (pair !== "00") this.store(address + BigInt(i / 2), 1, pair === "??" ? null : `0x${pair}`);
    }
  }

  /** @param {bigint} word  @param {number} first  @param {number} count  @param {boolean} hidden  @param {bigint} value */
  #storeInWord(word, first, count, hidden, value) {
    const old = this.word(word);
    const bits = (1n << BigInt(8 * count)) - 1n;
    const shift = BigInt(8 * first);
    const bytes = ((1 << count) - 1) << first;
    this.words.set(word, {
      value: (old.value & ~(bits << shift)) | ((hidden ? 0n : value & bits) << shift),
      hidden: hidden ? old.hidden | bytes : old.hidden & ~bytes,
    });
  }

  /** @param {bigint} word  @param {number} tick */
  #noteWrite(word, tick) {
    const ticks = this.writes.get(word);
    if (!ticks) this.writes.set(word, [tick]);
    else if (ticks[ticks.length - 1] !== tick) ticks.push(tick);
  }
}

/**
 * What a micro-op wrote: the bytes it changed, and those it stored with the value they had.
 *
 * @param {MicroOp} micro
 * @returns {{address: string, size: number}[]}
 */
function writesOf(micro) {
  const stored = micro.at?.access === "write" ? [micro.at] : [];
  return [...(micro.memory ?? []), ...stored];
}
