import assert from "node:assert/strict";
import { test } from "node:test";

import { Refused, answerOf, patience, unreached } from "../../web/visualizer/ask.js";

test("an answer is its JSON", () => {
  assert.deepEqual(answerOf(202, '{"id": "R"}', null), { id: "R" });
});

test("a refusal has the server's code, sentence and details", () => {
  const error = { code: "invalid", message: "Fields are wrong.", details: { size: "is too large" } };

  assert.throws(() => answerOf(422, JSON.stringify({ error }), null), { name: "Error", status: 422, ...error });
});

test("an answer of somebody else, such as a proxy's page, is told of in words", () => {
  assert.throws(() => answerOf(502, "<h1>Bad gateway</h1>", "7"), { code: "unreadable", status: 502, wait: 7 });
});

test("what may pass is waited for, longer each time, and no more than a minute", () => {
  const waits = [1, 2, 3, 4, 5, 6].map((tries) => patience(unreached(), tries));

  assert.deepEqual(waits, [1, 2, 4, 8, 16, null]);
  assert.equal(patience(new Refused({ code: "too_many", message: "" }, 429, 3000), 1), 60);
});

test("what is the visitor's to mend, or our own mistake, is not", () => {
  assert.equal(patience(new Refused({ code: "invalid", message: "" }, 422), 1), null);
  assert.equal(patience(new TypeError("a slip"), 1), null);
});
