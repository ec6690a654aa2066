import assert from "node:assert/strict";
import { test } from "node:test";

import { free, named } from "../../web/visualizer/names.js";

test("built-in names are written as people write them, and one's own stay as they are", () => {
  assert.deepEqual([named("neon-knot"), named("My LOOK-1")], ["Neon knot", "My LOOK-1"]);
});

test("a name that is taken is counted on", () => {
  const taken = new Set(["Neon knot, mine", "Neon knot, mine 2"]);

  assert.equal(free("Neon knot, mine", taken), "Neon knot, mine 3");
  assert.equal(free("Neon knot, mine 2, mine", taken), "Neon knot, mine 3");
  assert.equal(free("Meadow", taken), "Meadow");
});
