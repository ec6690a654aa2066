import assert from "node:assert/strict";
import { test } from "node:test";

import { estimate, fileSize } from "../../web/visualizer/estimates.js";

const ORDER = {
  width: 1920,
  height: 1080,
  fps: 30,
  seconds: 60,
  song: 60,
  format: "h264",
  quality: "standard",
};

test("what was measured comes out as it was measured", () => {
  const { frames, seconds, bytes } = estimate(ORDER);

  assert.equal(frames, 1800);
  assert.ok(Math.abs(frames / (seconds - 1.2 - 60 / 570) - 41.5) < 1e-6);
  assert.ok(Math.abs(bytes - (12.1e6 + 192e3) * 7.5) < 1);
});

test("all effects take 1.57 times as long to draw", () => {
  const plain = estimate(ORDER).seconds;
  const effects = estimate({ ...ORDER, effects: 8 }).seconds;

  assert.ok(effects / plain > 1.3 && effects / plain < 1.57);
});

test("more pixels, more frames and better quality take longer and more room", () => {
  const base = estimate(ORDER);

  for (const more of [{ width: 3840, height: 2160 }, { fps: 60 }, { quality: "high" }, { seconds: 90 }]) {
    const other = estimate({ ...ORDER, ...more });
    assert.ok(other.seconds > base.seconds && other.bytes > base.bytes, JSON.stringify(more));
  }
});

test("every format has an estimate", () => {
  for (const format of ["h264", "hevc", "av1", "vp9", "prores"]) {
    const { seconds, bytes } = estimate({ ...ORDER, format });
    assert.ok(seconds > 0 && bytes > 0, format);
  }
});

test("a file's size has two figures and a unit", () => {
  assert.deepEqual([640e3, 45.4e6, 1.234e9, 999.9e6, 20].map(fileSize), [
    "640 kB",
    "45 MB",
    "1.2 GB",
    "1 GB",
    "0.02 kB",
  ]);
});
