import assert from "node:assert/strict";
import { test } from "node:test";

import { ASPECTS, aspectOf, nearestSize, sizeName, usualSize } from "../../web/visualizer/sizes.js";

test("every size has even sides and its aspect's shape", () => {
  for (const { key, ratio, sizes } of ASPECTS) {
    for (const [width, height] of sizes) {
      assert.ok(width % 2 === 0 && height % 2 === 0, `${key} ${width}x${height}`);
      assert.ok(Math.abs(width / height / ratio - 1) < 0.002, `${key} ${width}x${height}`);
    }
  }
});

test("only what has a name is named", () => {
  assert.deepEqual(
    [
      [1920, 1080],
      [1080, 1920],
      [1080, 1080],
      [2560, 1080],
    ].map(sizeName),
    ["Full HD", "Full HD", "", ""],
  );
});

test("an unknown aspect is the usual one", () => {
  assert.equal(aspectOf("5:4").key, "16:9");
});

test("the usual size of each aspect is as high as Full HD", () => {
  const usual = ASPECTS.map((aspect) => usualSize(aspect).join("x"));

  assert.deepEqual(usual, ["1920x1080", "1080x1920", "1080x1080", "1080x1350", "2560x1080"]);
});

test("each aspect has a size that is as high as 720p or less, as every tier includes", () => {
  for (const { key, sizes } of ASPECTS) {
    assert.ok(
      sizes.some((size) => Math.max(...size) <= 1280 && Math.min(...size) <= 720),
      key,
    );
  }
});

test("the nearest size is the one of the nearest height, whichever way it lies", () => {
  const { sizes } = aspectOf("9:16");

  assert.deepEqual(nearestSize(sizes, [1920, 1080]), [1080, 1920]);
  assert.deepEqual(nearestSize(sizes.slice(0, 1), [3840, 2160]), [720, 1280]);
});
