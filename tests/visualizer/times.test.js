import assert from "node:assert/strict";
import { test } from "node:test";

import { clock, duration, exact, readTime, roughly, spoken } from "../../web/visualizer/times.js";

test("a clock shows minutes and seconds, and hours only where there are any", () => {
  const shown = [0, 7.99, 65, 3723, -3, NaN].map((seconds) => clock(seconds));

  assert.deepEqual(shown, ["0:00", "0:07", "1:05", "1:02:03", "0:00", "0:00"]);
});

test("how long a song lasts is told to the nearest second, as by the server", () => {
  assert.deepEqual([204.7, 204.2, 59.6, undefined].map(duration), ["3:25", "3:24", "1:00", "0:00"]);
});

test("tenths do not round up into a second that is not there yet", () => {
  assert.equal(clock(59.99, true), "0:59.9");
  assert.equal(clock(60, true), "1:00.0");
});

test("a screen reader hears words", () => {
  const said = [0, 1, 65, 3600].map(spoken);

  assert.deepEqual(said, ["0 seconds", "1 second", "1 minute 5 seconds", "1 hour"]);
});

test("an estimate does not pretend to be exact", () => {
  const said = [3, 42, 64, 200, 8000].map(roughly);

  assert.deepEqual(said, [
    "a few seconds",
    "about 40 seconds",
    "about 1 minute",
    "about 3 minutes",
    "about 2 hours",
  ]);
});

test("a time is read as the shell command reads it", () => {
  const read = ["90", "1:30", " 1:02:03.5 ", "0:75"].map(readTime);

  assert.deepEqual(read, [90, 90, 3723.5, 75]);
});

test("what is no time is refused", () => {
  for (const text of ["", "a", "1:", ":30", "-3", "1e3", "1:2:3:4"]) assert.equal(readTime(text), null, text);
});

test("a time for the shell has at most three digits and no needless noughts", () => {
  assert.deepEqual([12.5, 7, 1 / 3, 0].map(exact), ["12.5", "7", "0.333", "0"]);
});
