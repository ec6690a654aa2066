// The pyramid of the bloom has the renderer's sizes, taps and shares.
import assert from "node:assert/strict";
import { test } from "node:test";

import { gathering, levelSize, spreads } from "../../web/visualizer/bloom.js";
import { halfEven } from "../../web/visualizer/rounding.js";

test("halves are rounded to the even number, as Python does", () => {
  assert.deepEqual([0.5, 1.5, 2.5, 2.4, 2.6].map(halfEven), [0, 2, 2, 2, 3]);
});

test("levels halve from 270 texels along the shorter side", () => {
  const sizes = [0, 1, 2, 6].map((level) => levelSize([640, 360], level));

  assert.deepEqual(sizes, [[480, 270], [240, 135], [120, 68], [8, 4]]);
});

test("a picture that is little more than a line keeps within what textures can be", () => {
  assert.deepEqual(levelSize([16384, 16], 0), [8192, 8]);
  assert.deepEqual(levelSize([16384, 16], 6), [128, 1]);
});

test("large pictures are gathered with enough taps that no pixel is passed over", () => {
  assert.equal(gathering([640, 360], [480, 270]).taps, 1);
  assert.equal(gathering([3840, 2160], [480, 270]).taps, 4);
  assert.deepEqual(gathering([3840, 2160], [480, 270]).spacing, [1 / 1920, 1 / 1080]);
});

test("wider levels get less and less of the light", () => {
  const shares = spreads(0.6);

  assert.equal(shares.length, 6);
  assert.ok(Math.abs(shares[0] - 0.77) < 1e-12);
  assert.ok(shares.every((share, level) => level === 0 || share < shares[level - 1]));
});
