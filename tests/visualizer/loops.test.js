import assert from "node:assert/strict";
import { test } from "node:test";

import { RATE, entersLoop, headAt, loopOf, startAt } from "../../web/visualizer/loops.js";

test("without a loop the playhead runs to the end and stays there", () => {
  const heads = [0, 4, 100].map((elapsed) => headAt(2, elapsed, null, 10));

  assert.deepEqual(heads, [2, 6, 10]);
});

test("a loop is entered from before it and then not left", () => {
  const heads = [0, 3, 4, 4.5, 6, 8.25].map((elapsed) => headAt(0, elapsed, [2, 4], 10));

  assert.deepEqual(heads, [0, 3, 2, 2.5, 2, 2.25]);
});

test("from behind a loop the song plays on", () => {
  assert.equal(entersLoop(5, [2, 4]), false);
  assert.equal(headAt(5, 3, [2, 4], 10), 8);
});

test("a thousand rounds later the loop is still on its sample", () => {
  const loop = loopOf(1.23456, 2.34567, 10);
  const width = loop[1] - loop[0];

  const head = headAt(loop[0], 1000 * width + 0.25, loop, 10);

  assert.ok(Math.abs(head - loop[0] - 0.25) < 0.1 / RATE);
});

test("time that has not begun to be heard does not turn the playhead back", () => {
  assert.equal(headAt(3, -0.2, null, 10), 3);
});

test("a loop may be drawn in either direction, ends on samples and stays in the song", () => {
  const [from, to] = loopOf(12, 3.00001, 10);

  assert.equal(to, 10);
  assert.ok(Math.abs(from * RATE - Math.round(from * RATE)) < 1e-6);
});

test("a loop too short to hear is none", () => {
  assert.equal(loopOf(3, 3.01, 10), null);
});

test("play at the end begins anew, in the loop if there is one", () => {
  assert.equal(startAt(10, null, 10), 0);
  assert.equal(startAt(10, [2, 4], 10), 2);
  assert.equal(startAt(5, null, 10), 5);
  assert.equal(startAt(-1, null, 10), 0);
});
