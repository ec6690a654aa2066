import assert from "node:assert/strict";
import { test } from "node:test";

import { sorted } from "../../web/visualizer/drop.js";

const SONG = { name: "song.mp3", type: "audio/mpeg" };
const LOOK = { name: "look.JSON", type: "application/json" };
const NOTES = { name: "notes.txt", type: "text/plain" };

test("a song and a look that are dropped together are both opened", () => {
  assert.deepEqual(sorted([LOOK, SONG]), { song: SONG, look: LOOK, left: 0 });
  assert.deepEqual(sorted([LOOK]), { song: undefined, look: LOOK, left: 0 });
});

test("a file that says it is sound goes before one that does not, and the rest is counted", () => {
  assert.deepEqual(sorted([NOTES, SONG, LOOK, LOOK]), { song: SONG, look: LOOK, left: 2 });
  assert.deepEqual(sorted([NOTES]), { song: NOTES, look: undefined, left: 0 });
});
