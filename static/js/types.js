// @ts-check
// The shapes of docs/trace-format.md. Types only: nothing here runs.

/** A 64-bit value: `0x` and lower-case hex without leading zeros; `null` where it is hidden until the answer.
 * @typedef {string | null} Hex
 */

/** A position: `n` steps done, and `m` micro-ops of the next one.
 * @typedef {{n: number, m: number}} Position
 */

/** @typedef {"user" | "delivery" | "entry" | "c" | "exit" | "return"} Phase */

/** @typedef {"step" | "micro"} Grain */

/** Bytes that changed: little-endian values of `size` bytes.
 * @typedef {{address: string, size: number, before: Hex, after: Hex}} MemoryChange
 */

/** @typedef {{address: string, size: number, value: Hex, access: "read" | "write"}} MemoryAccess */

/**
 * @typedef {object} MicroOp
 * @property {string} op
 * @property {Phase} phase
 * @property {string} title
 * @property {string} [why]
 * @property {string} [source]
 * @property {string} [rule]
 * @property {boolean} [refused]
 * @property {Record<string, [Hex, Hex]>} [registers]
 * @property {MemoryChange[]} [memory]
 * @property {MemoryAccess} [at]
 * @property {string} [slot]
 */

/** @typedef {{vector: number, name: string, title: string, errorCode?: Hex}} EventRaised */

/**
 * @typedef {object} Step
 * @property {number} index
 * @property {string} at
 * @property {string} [bytes]
 * @property {string} [att]
 * @property {string} [intel]
 * @property {"retired" | "event" | "halted" | "shutdown" | "not-emulated"} outcome
 * @property {"instruction" | "interrupt" | "nmi"} kind
 * @property {EventRaised} [event]
 * @property {MicroOp[]} micro
 */

/** @typedef {{name: string, offset: number, size: number, slot?: string, padding?: boolean}} OverlayField */

/**
 * @typedef {object} Overlay
 * @property {string} id
 * @property {string} struct
 * @property {string} title
 * @property {string} address
 * @property {number} size
 * @property {OverlayField[]} fields
 */

/** @typedef {{id: string, title: string, low: string, high: string}} Stack */

/**
 * @typedef {object} CodeLine
 * @property {string} address
 * @property {string} bytes
 * @property {string} att
 * @property {string} intel
 * @property {string[]} [labels]
 * @property {string} [file]
 * @property {number} [line]
 * @property {string} [note]
 * @property {Phase} [phase]
 */

/** @typedef {{at: number, kind: "interrupt" | "nmi", vector?: number}} Injection */

/**
 * @typedef {object} Trace
 * @property {string} [recipeId]
 * @property {number} revision
 * @property {{events?: Injection[]}} [recipe]
 * @property {{name: string, sha256?: string, title: string}} program
 * @property {number} stepCount
 * @property {number} [from]
 * @property {{kind: string, text: string}} end
 * @property {Record<string, Hex>} registers
 * @property {Stack[]} stacks
 * @property {{address: string, bytes: string}[]} memory
 * @property {Overlay[]} overlays
 * @property {Record<string, string>} symbols
 * @property {CodeLine[]} code
 * @property {Step[]} steps
 * @property {{slots: string[], cutAt?: number, text?: string}} [hidden]
 */

/** One 8-byte word of memory at a position: `hidden` has a bit per byte, bit 0 for the lowest address.
 * @typedef {{value: bigint, hidden: number}} Word
 */

/** The micro-op that last wrote a word, and the position right after it.
 * @typedef {{micro: MicroOp, after: Position}} Writer
 */

/** A field of an overlay where it meets one word of a stack.
 * @typedef {object} FieldCell
 * @property {string} offset   offset in its struct, for example `+80`
 * @property {string} name
 * @property {boolean} padding
 * @property {string} value    text, empty where the field is the whole word
 */

/** One row of the stack pane, high addresses first.
 * @typedef {object} StackRow
 * @property {"word" | "struct" | "fold"} kind
 * @property {bigint} address
 * @property {string} text         title of a struct, or what is folded
 * @property {FieldCell[]} fields
 * @property {string} value        the word as text, or why it has none
 * @property {"value" | "unwritten" | "hidden"} state
 * @property {boolean} changed     the word has just been written
 * @property {string | null} before  what a changed word held, if anything had been written there and it differs
 * @property {Writer | null} writer
 * @property {number | null} rsp   the byte of the word that RSP points to
 * @property {number[]} brackets   which overlays cover the word, as indices into the stack's overlays
 */

export {};
