import assert from "node:assert/strict";
import { test } from "node:test";

import { ASPECTS, aspectOf, sizeName } from "../../web/visualizer/sizes.js";

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
