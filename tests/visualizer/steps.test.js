import assert from "node:assert/strict";
import { test } from "node:test";

import { barsFrom } from "../../web/visualizer/steps.js";

const BEATS = Array.from({ length: 100 }, (_, index) => index / 2);

test("eight bars are looped from the downbeat of the bar that is playing", () => {
  const loops = [0, 1.5, 4.2].map((at) => barsFrom(at, { seconds: 60, beats: BEATS, downbeat: 3 }));

  assert.deepEqual(loops, [[0, 15.5], [1.5, 17.5], [3.5, 19.5]]);
});

test("without a downbeat bars begin with the first beat", () => {
  assert.deepEqual(barsFrom(2.6, { seconds: 60, beats: BEATS }), [2, 18]);
});
