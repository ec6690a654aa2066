import assert from "node:assert/strict";
import { test } from "node:test";

import { partOf } from "../../web/visualizer/part.js";

test("a part is its seconds, without the ends that are the song's own", () => {
  assert.deepEqual(partOf("0:30", "1:30", 200), { start: 30, end: 90 });
  assert.deepEqual(partOf("0:00", "90", 200), { end: 90 });
  assert.deepEqual(partOf("0:30", "9:00", 200), { start: 30 });
});

test("times that are no part are told of, and never the whole song", () => {
  const outside = "The part must end after it begins, within the song.";

  assert.deepEqual(partOf("1:30", "1:00", 200), { wrong: outside });
  assert.deepEqual(partOf("3:30", "4:00", 200), { wrong: outside });
  assert.deepEqual(partOf("0:30", "1:30,5", 200), { wrong: "Write a time as 90 or 1:30." });
});
