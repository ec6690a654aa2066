import assert from "node:assert/strict";
import { test } from "node:test";

import { barSeconds, lookAt, turnAt, turns } from "../../web/visualizer/schedule.js";

const BEATS = Array.from({ length: 65 }, (_, index) => 1 + index * 0.5);

test("looks change on a bar's first beat, every so many bars", () => {
  const times = turns({ bars: 4, from: 0, until: 30, beats: BEATS });

  assert.deepEqual(times, [9, 17, 25]);
});

test("a bar begins on the downbeat, which need not be the first beat", () => {
  const times = turns({ bars: 4, from: 0, until: 30, beats: BEATS, downbeat: 3 });

  assert.deepEqual(times, [10.5, 18.5, 26.5]);
});

test("begun in the middle of a bar, bars are counted from that bar's first beat", () => {
  const times = turns({ bars: 4, from: 3.2, until: 20, beats: BEATS });

  assert.deepEqual(times, [11, 19]);
});

test("beyond the last beat bars go on at the length they had", () => {
  const times = turns({ bars: 4, from: 0, until: 50, beats: BEATS });

  assert.deepEqual(times, [9, 17, 25, 33, 41, 49]);
});

test("without beats a bar is two seconds", () => {
  assert.equal(barSeconds(null), 2);
  assert.deepEqual(turns({ bars: 2, from: 1, until: 10 }), [5, 9]);
});

test("one beat alone tells nothing", () => {
  assert.equal(barSeconds([3]), 2);
});

test("a turn is a function of the time alone, so a jump lands right", () => {
  const times = [4, 8];

  assert.deepEqual(turnAt(times, 0, 2), { turn: 0, share: 1 });
  assert.deepEqual(turnAt(times, 4, 2), { turn: 1, share: 0 });
  assert.deepEqual(turnAt(times, 4.5, 2), { turn: 1, share: 0.5 });
  assert.deepEqual(turnAt(times, 7.9, 2), { turn: 1, share: 1 });
  assert.deepEqual(turnAt(times, 100, 2), { turn: 2, share: 1 });
});

test("looks come in turn, and none follows itself", () => {
  const names = ["a", "b", "c"];

  const shown = [0, 1, 2, 3, 4, 5, 6].map((turn) => lookAt(names, turn, "b"));

  assert.deepEqual(shown, ["b", "a", "c", "b", "a", "c", "b"]);
});

test("with nothing to change to, the look stays", () => {
  assert.equal(lookAt([], 3, "x"), "x");
  assert.equal(lookAt(["x"], 3, "x"), "x");
});
