// @ts-check
import { parseHex, toHex, HIDDEN } from "./hex.js";
import { PHASE_NAMES } from "./phases.js";

/** @typedef {import("../types.js").Trace} Trace */
/** @typedef {import("../types.js").Step} Step */
/** @typedef {import("../types.js").MicroOp} MicroOp */
/** @typedef {import("../store/events.js").StepDetail} StepDetail */

/** Where the cursor stands. @param {StepDetail} detail  @param {number} total steps in the whole trace */
export function whereText({ position: { n, m }, step }, total) {
  if (m > 0) return `step ${n + 1} of ${total} · micro-op ${m} of ${step?.micro.length} · position ${n}.${m}`;
  return n === 0 ? `start · ${total} steps · position 0` : `step ${n} of ${total} · position ${n}`;
}

/** The sentence a screen reader says. @param {StepDetail} detail  @param {Trace} trace */
export function spokenText({ position, step, micro }, trace) {
  if (!step || !micro) return `Start of the trace, ${trace.stepCount} steps.`;
  const place = `Step ${step.index + 1} of ${trace.stepCount}`;
  if (position.m === 0 && step.outcome === "retired") return `${place} done: ${instructionText(step)}.`;
  const words = micro.slot ? `: ${micro.slot} = ${valueText(micro)}` : "";
  return `${place}, ${micro.phase === "delivery" ? "the processor: " : ""}${micro.title}${words}.`;
}

/** What a step did, in one line. @param {Step} step  @returns {string} */
export function stepText(step) {
  const place = `Step ${step.index + 1}`;
  switch (step.outcome) {
    case "event":
      return `${place}: ${instructionText(step)} → ${eventText(step)}`;
    case "halted":
      return `${place}: ${instructionText(step)}, the processor halts`;
    case "shutdown":
      return `${place}: ${instructionText(step)}, the processor shuts down`;
    case "not-emulated":
      return `${place}: not emulated`;
    default:
      return `${place}: ${instructionText(step)}`;
  }
}

/** @param {Step} step */
export function instructionText(step) {
  if (step.kind === "instruction") return tidy(step.att ?? step.at);
  return step.kind === "nmi" ? "NMI before this instruction" : "interrupt before this instruction";
}

/** @param {Step} step */
function eventText({ event }) {
  if (!event) return "event";
  const code = event.errorCode === undefined ? "" : `, error code ${event.errorCode ?? HIDDEN}`;
  return `${event.name} ${event.title}${code}`;
}

/** What the explain card says. @param {StepDetail} detail  @param {Trace} trace */
export function explanation({ position, step, micro, tick }, trace) {
  const atEnd = position.n >= trace.steps.length;
  const end = atEnd ? (trace.hidden?.cutAt !== undefined ? (trace.hidden.text ?? "") : trace.end.text) : "";
  if (!step || !micro || tick === 0) {
    return {
      phase: "",
      step: trace.program.title,
      title: "Before the first instruction",
      why: "",
      source: "",
      refused: false,
      end,
    };
  }
  return {
    phase: micro.phase,
    step: stepText(step) + noteText(step, trace),
    title: micro.title,
    why: micro.why ?? "",
    source: micro.source ?? "",
    refused: micro.refused === true,
    end,
  };
}

/** The comment of the source line. @param {Step} step  @param {Trace} trace */
function noteText(step, trace) {
  const note = trace.code.find((line) => line.address === step.at)?.note;
  return note ? ` # ${note}` : "";
}

/** What the timeline's slider says. @param {StepDetail} detail  @param {Trace} trace */
export function sliderText(detail, trace) {
  const phase = detail.micro ? `, ${PHASE_NAMES[detail.micro.phase]}` : "";
  return `${whereText(detail, trace.stepCount).replaceAll(" · ", ", ")}${phase}`;
}

/** Assembly text with single blanks. @param {string} text */
export function tidy(text) {
  return text.replace(/\s+/g, " ");
}

/** @param {MicroOp} micro */
function valueText({ at }) {
  const value = parseHex(at?.value);
  return value === null ? HIDDEN : toHex(value);
}
