// The preview gives way before pictures come late, and takes its resolution back when it can.
import assert from "node:assert/strict";
import { test } from "node:test";

import { SCALES, createGovernor } from "../../web/visualizer/governor.js";

const LEAST = SCALES.at(-1);

/** Draws for so many seconds; `took` says how long a picture takes at a scale, on a 60 Hz screen. */
function watched(governor, seconds, took) {
  const scales = [governor.scale()];
  for (let now = 0; now < 1000 * seconds; ) {
    const waited = Math.ceil(took(governor.scale()) / (1000 / 60)) * (1000 / 60);
    governor.waited(waited);
    now += waited;
    if (governor.scale() !== scales.at(-1)) scales.push(governor.scale());
  }
  return scales;
}

const pixels = (milliseconds) => (scale) => milliseconds * scale * scale;

test("a fast GPU draws every pixel", () => {
  const scales = watched(createGovernor(), 60, pixels(9));

  assert.deepEqual(scales, [1]);
});

test("a slow GPU draws fewer pixels, within two seconds, and then pictures are on time", () => {
  const governor = createGovernor();

  watched(governor, 2, pixels(30));

  assert.ok(pixels(30)(governor.scale()) < 1000 / 60);
});

test("a GPU that is far too slow ends at the least, not at nothing", () => {
  const scales = watched(createGovernor(), 20, pixels(200));

  assert.equal(scales[scales.length - 1], LEAST);
});

test("the resolution comes back when there is time again", () => {
  const governor = createGovernor();
  watched(governor, 3, pixels(60));
  const low = governor.scale();

  watched(governor, 60, pixels(5));

  assert.ok(low < 1);
  assert.equal(governor.scale(), 1);
});

test("a trial that fails is repeated less and less often", () => {
  const governor = createGovernor();

  const first = watched(governor, 60, pixels(30)).length;
  const later = watched(governor, 60, pixels(30)).length;

  assert.ok(first > later);
  assert.ok(later <= 5);
});

test("a GPU that is far too slow is helped soon", () => {
  const governor = createGovernor();

  watched(governor, 3, pixels(100));

  assert.equal(governor.scale(), LEAST);
});

test("a machine that is slow and busy besides is not given more to do", () => {
  const governor = createGovernor();
  watched(governor, 5, pixels(100));

  for (let shown = 0; shown < 100; shown++) governor.waited(90 + (shown % 3) * 20);

  assert.equal(governor.scale(), LEAST);
});

test("on a screen that saves power, where fewer pixels come no faster, every pixel is drawn", () => {
  const governor = createGovernor();

  watched(governor, 30, () => 33);

  assert.equal(governor.scale(), 1);
});

test("a pause is no late picture", () => {
  const governor = createGovernor();

  for (let shown = 0; shown < 200; shown++) governor.waited(1000);

  assert.equal(governor.scale(), 1);
});
