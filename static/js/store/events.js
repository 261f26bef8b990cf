// @ts-check
// Every event of the store, with the type of its detail. Facts, named as facts.

/** @typedef {import("../types.js").Hex} Hex */
/** @typedef {import("../types.js").Position} Position */
/** @typedef {import("../types.js").Step} Step */
/** @typedef {import("../types.js").MicroOp} MicroOp */
/** @typedef {import("../types.js").Grain} Grain */

/** The store holds another trace; a {@link STEP} follows. No detail. */
export const TRACE = "trace";

/** The cursor is at another position (or is drawn for the first time). Detail: {@link StepDetail}. */
export const STEP = "step";

/** The grain changed. Detail: {@link GrainDetail}. */
export const GRAIN = "grain";

/** Another stack or overlay is to be shown. Detail: {@link SelectionDetail}. */
export const SELECTION = "selection";

/**
 * @typedef {object} StepDetail
 * @property {Position} position
 * @property {number} tick        micro-ops done since position 0
 * @property {Step | null} step   the step that is being done, or was done last; `null` at position 0
 * @property {MicroOp | null} micro  the micro-op done last
 * @property {number} microIndex  its index in `step`, -1 at position 0
 * @property {Step | null} next   the step that comes next, `null` inside a step and at the end
 * @property {boolean} jumped     true if the reader asked for a place (link, slider) and not for a step
 */

/** @typedef {{grain: Grain}} GrainDetail */

/** @typedef {{stackId: string | null, overlayId: string | null}} SelectionDetail */

export {};
