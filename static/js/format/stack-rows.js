// @ts-check
import { digits, HIDDEN, offsetText } from "./hex.js";

/** @typedef {import("../types.js").Overlay} Overlay */
/** @typedef {import("../types.js").OverlayField} OverlayField */
/** @typedef {import("../types.js").FieldCell} FieldCell */
/** @typedef {import("../types.js").Stack} Stack */
/** @typedef {import("../types.js").StackRow} StackRow */
/** @typedef {import("../types.js").Step} Step */
/** @typedef {import("../types.js").Word} Word */
/** @typedef {import("../types.js").Writer} Writer */

export const UNWRITTEN = "not yet written";
const PADDING = "padding";
const WORD = 8n;
/** So many words that nothing ever touches are folded into one line. */
const FOLD_FROM = 6;
/** A pane shows at most this many words, those around RSP. */
const MOST_WORDS = 160;

/**
 * What a stack pane is drawn from.
 *
 * @typedef {object} StackInput
 * @property {Stack} stack
 * @property {bigint | null} rsp        `null` while hidden
 * @property {Overlay[]} overlays       those that lie on this stack
 * @property {string | null} overlayId  the one whose names are shown; `null` for all, the smallest first
 * @property {(word: bigint) => Word} word
 * @property {(word: bigint) => Writer | null} writer
 * @property {(word: bigint) => boolean} wasWritten  before the position's own micro-ops
 * @property {Map<bigint, Word>} before  words that have just changed, as they were
 * @property {Set<bigint>} touched      words that the trace writes at any time
 */

/**
 * The stack that is the stage of a moment: where the frame is being pushed or popped, else where RSP points.
 *
 * @param {Stack[]} stacks
 * @param {Step | null} step
 * @param {number} microIndex
 * @param {bigint | null} rsp
 * @returns {Stack | undefined}
 */
export function stackInUse(stacks, step, microIndex, rsp) {
  const frame = frameAddress(step, microIndex);
  return (
    stacks.find((stack) => frame !== null && frame >= BigInt(stack.low) && frame < BigInt(stack.high)) ??
    stacks.find((stack) => rsp !== null && rsp > BigInt(stack.low) && rsp <= BigInt(stack.high))
  );
}

/** @param {Step | null} step  @param {number} microIndex  @returns {bigint | null} */
function frameAddress(step, microIndex) {
  const micros = step?.micro ?? [];
  const chosen = micros.findIndex((micro) => micro.op === "stack-chosen");
  if (chosen < 0 || microIndex < chosen || micros[microIndex].op === "handler-entered") return null;
  const pushed = micros.find((micro, i) => i > chosen && micro.op === "pushed");
  return pushed?.at ? BigInt(pushed.at.address) : null;
}

/** @param {Overlay[]} overlays  @param {Stack} stack */
export function overlaysOn(overlays, stack) {
  return overlays
    .filter((overlay) => start(overlay) >= BigInt(stack.low) && start(overlay) < BigInt(stack.high))
    .sort((a, b) => b.size - a.size);
}

/**
 * The rows of a stack, high addresses first: every word that the trace writes or an overlay covers, from the top down, so
 * that rows fill in and do not move.
 *
 * @param {StackInput} input
 * @returns {StackRow[]}
 */
export function stackRows(input) {
  const words = shownWords(input);
  /** @type {StackRow[]} */
  const rows = [];
  for (let i = 0; i < words.length;) {
    const quiet = quietRun(input, words, i);
    if (quiet >= FOLD_FROM) {
      rows.push(lineRow("fold", words[i], `${quiet} words, ${UNWRITTEN}`, []));
      i += quiet;
    } else {
      rows.push(...structRows(input, words[i]), wordRow(input, words[i]));
      i++;
    }
  }
  return rows;
}

/** @param {StackInput} input  @returns {bigint[]} */
function shownWords({ stack, rsp, overlays, touched }) {
  const low = BigInt(stack.low);
  const high = BigInt(stack.high);
  let lowest = high - WORD;
  for (const overlay of overlays) lowest = least(lowest, start(overlay) & ~7n);
  for (const word of touched) if (word >= low && word < high) lowest = least(lowest, word);
  if (rsp !== null && rsp >= low && rsp < high) lowest = least(lowest, rsp & ~7n);
  const count = Number((high - lowest) / WORD);
  const marker = rsp !== null && rsp >= low && rsp < high ? Number((high - WORD - (rsp & ~7n)) / WORD) : 0;
  const first = Math.max(0, Math.min(marker - MOST_WORDS / 2, count - MOST_WORDS));
  return Array.from({ length: Math.min(count, MOST_WORDS) }, (_, i) => high - WORD * BigInt(first + i + 1));
}

/** @param {bigint} a  @param {bigint} b */
function least(a, b) {
  return a < b ? a : b;
}

/** How many words from here on are never touched, not under an overlay, not at RSP. */
function quietRun(/** @type {StackInput} */ input, /** @type {bigint[]} */ words, /** @type {number} */ from) {
  let i = from;
  while (i < words.length && isQuiet(input, words[i])) i++;
  return i - from;
}

/** @param {StackInput} input  @param {bigint} word */
function isQuiet({ rsp, overlays, touched, word: read }, word) {
  const holdsNothing = !touched.has(word) && read(word).value === 0n && read(word).hidden === 0;
  return holdsNothing && !overlays.some((overlay) => covers(overlay, word)) && !(rsp !== null && holds(word, rsp));
}

/** The title lines of the structs whose highest word this is. @param {StackInput} input  @param {bigint} word */
function structRows({ overlays }, word) {
  return overlays
    .map((overlay, index) => ({ overlay, index }))
    .filter(({ overlay }) => holds(word, end(overlay) - 1n))
    .map(({ overlay, index }) =>
      lineRow("struct", word, `${overlay.title}, ${overlay.size} bytes`, coveringUpTo(overlays, word, index)),
    );
}

/** @param {Overlay[]} overlays  @param {bigint} word  @param {number} index */
function coveringUpTo(overlays, word, index) {
  return overlays.flatMap((overlay, i) => (covers(overlay, word) && i <= index ? [i] : []));
}

/** @param {"struct" | "fold"} kind  @param {bigint} address  @param {string} text  @param {number[]} brackets @returns {StackRow} */
function lineRow(kind, address, text, brackets) {
  return {
    kind,
    address,
    text,
    fields: [],
    value: "",
    state: "value",
    changed: false,
    before: null,
    writer: null,
    rsp: null,
    brackets,
  };
}

/** @param {StackInput} input  @param {bigint} address  @returns {StackRow} */
function wordRow(input, address) {
  const word = input.word(address);
  const writer = input.writer(address);
  const old = input.before.get(address);
  const unwritten = writer === null && isNothing(word);
  return {
    kind: "word",
    address,
    text: "",
    fields: fieldsOf(input, address, word, unwritten),
    value: unwritten ? UNWRITTEN : wordText(word),
    state: unwritten ? "unwritten" : word.hidden ? "hidden" : "value",
    changed: old !== undefined,
    before: old === undefined || (isNothing(old) && !input.wasWritten(address)) ? null : differing(wordText(old), word),
    writer,
    rsp: input.rsp !== null && holds(address, input.rsp) ? Number(input.rsp - address) : null,
    brackets: coveringUpTo(input.overlays, address, input.overlays.length),
  };
}

/** @param {Word} word */
function isNothing(word) {
  return word.value === 0n && word.hidden === 0;
}

/** @param {string} old  @param {Word} word */
function differing(old, word) {
  return old === wordText(word) ? null : old;
}

/** @param {Word} word */
function wordText({ value, hidden }) {
  return hidden ? HIDDEN : digits(value);
}

/** @param {StackInput} input  @param {bigint} word  @param {Word} content  @param {boolean} unwritten  @returns {FieldCell[]} */
function fieldsOf({ overlays, overlayId }, word, content, unwritten) {
  const candidates = overlays.filter((overlay) => covers(overlay, word) && (!overlayId || overlay.id === overlayId));
  const overlay = candidates[candidates.length - 1];
  if (!overlay) return [];
  return overlay.fields
    .filter((field) => start(overlay) + BigInt(field.offset) < word + WORD)
    .filter((field) => start(overlay) + BigInt(field.offset + field.size) > word)
    .map((field) => fieldCell(overlay, field, word, content, unwritten))
    .reverse();
}

/**
 * @param {Overlay} overlay
 * @param {OverlayField} field
 * @param {bigint} word
 * @param {Word} content
 * @param {boolean} unwritten
 * @returns {FieldCell}
 */
function fieldCell(overlay, field, word, content, unwritten) {
  const inside = Number(start(overlay) + BigInt(field.offset) - word);
  const whole = field.size >= 8 || inside < 0 || inside + field.size > 8;
  return {
    offset: offsetText(field.offset),
    name: field.padding ? `${PADDING}, ${field.size} bytes` : field.name,
    padding: field.padding === true,
    value: whole || unwritten || field.padding ? "" : partText(content, inside, field.size),
  };
}

/** @param {Word} word  @param {number} first  @param {number} size */
function partText({ value, hidden }, first, size) {
  const mask = ((1 << size) - 1) << first;
  return hidden & mask ? HIDDEN : digits((value >> BigInt(8 * first)) & ((1n << BigInt(8 * size)) - 1n), size);
}

/** @param {Overlay} overlay */
function start(overlay) {
  return BigInt(overlay.address);
}

/** @param {Overlay} overlay */
function end(overlay) {
  return start(overlay) + BigInt(overlay.size);
}

/** @param {Overlay} overlay  @param {bigint} word */
function covers(overlay, word) {
  return start(overlay) < word + WORD && end(overlay) > word;
}

/** @param {bigint} word  @param {bigint} byte */
function holds(word, byte) {
  return byte >= word && byte < word + WORD;
}
