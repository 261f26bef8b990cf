// @ts-check
import { Attempts } from "/js/api/attempts.js";
import { Problem } from "/js/api/problem.js";
import { fetchTrace } from "/js/api/traces.js";
import { equal, ok, rejects, test } from "./testing.js";

/** @typedef {{url: string, init: RequestInit}} Call */

/**
 * Answers requests in turn, and gives back what was asked.
 *
 * @param {(Response | Error)[]} answers
 * @param {() => Promise<unknown>} action
 * @returns {Promise<Call[]>}
 */
async function withAnswers(answers, action) {
  const real = globalThis.fetch;
  /** @type {Call[]} */
  const calls = [];
  globalThis.fetch = async (url, init = {}) => {
    calls.push({ url: String(url), init });
    const answer = answers.shift();
    if (answer instanceof Response) return answer;
    throw answer ?? new Error("no answer left");
  };
  try {
    await action();
    return calls;
  } finally {
    globalThis.fetch = real;
  }
}

/** @param {object} body  @param {number} status  @param {Record<string, string>} headers */
function json(body, status = 200, headers = {}) {
  return new Response(JSON.stringify(body), { status, headers });
}

test("traces: asks by address, and posts the recipe only if the server has forgotten it", async () => {
  const first = await withAnswers([json({})], () => fetchTrace("/t", "{}"));
  equal(
    first.map(({ url }) => url),
    ["/t"],
  );
  const again = await withAnswers([json({ title: "gone" }, 404), json({})], () => fetchTrace("/t", '{"a":1}'));
  equal(again[1].url, "/api/v1/traces");
  equal(again[1].init.method, "POST");
  equal(again[1].init.body, '{"a":1}');
});

test("traces: a refusal is told in the server's words", async () => {
  const answers = [json({ title: "Too many requests", detail: "Wait 5 s." }, 429)];
  await withAnswers(answers, async () => {
    const problem = await rejects(() => fetchTrace("/t", "{}"));
    ok(problem instanceof Problem, "a Problem");
    equal([problem.title, problem.detail, problem.status], ["Too many requests", "Wait 5 s.", 429]);
  });
});

test("traces: no answer at all is told, too", async () => {
  await withAnswers([new TypeError("offline")], async () => {
    const problem = await rejects(() => fetchTrace("/t", undefined));
    equal([problem.title, problem.status], ["The server does not answer", 0]);
  });
});

test("attempts: a try carries key and token, and a new token is kept", async () => {
  const attempts = new Attempts("");
  const calls = await withAnswers([json({}, 200, { "X-CSRF-Token": "t1" }), json({})], async () => {
    await attempts.submitTry("a1", { "frame.ss": "0x2b" }, "k1");
    await attempts.giveUp("a1");
  });
  equal(calls[0].url, "/api/v1/attempts/a1/tries");
  equal(calls[0].init.body, '{"answers":{"frame.ss":"0x2b"}}');
  const headers = calls.map(({ init }) => /** @type {Record<string, string>} */ (init.headers));
  equal([headers[0]["Idempotency-Key"], headers[0]["X-CSRF-Token"]], ["k1", undefined]);
  equal(headers[1]["X-CSRF-Token"], "t1");
});
