import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { cancelling, details, newer, shown, stage, title } from "../../web/visualizer/stages.js";

const BACK = "Stop it and give the credit back";
const SPENT = "Stop it; its credit is spent";
const RENDER = { id: "A", status: "queued", version: 1, queue_position: 3, frames: 0, width: 1280, height: 720 };

test("the place in the queue is told by how many come before", () => {
  const places = [3, 1, null].map((queue_position) => details({ ...RENDER, queue_position }));

  assert.deepEqual(places, ["2 before it", "next", ""]);
});

test("speed and time left are told once they are known", () => {
  const drawing = { ...RENDER, status: "drawing", frames_per_second: 41.6, seconds_left: 100 };

  assert.equal(stage(drawing), "Drawing");
  assert.equal(details(drawing), "42 frames/s · about 2 minutes left");
  assert.equal(details({ ...drawing, frames_per_second: null, seconds_left: null }), "");
});

test("a failure says why and what became of the credit", () => {
  const failed = { ...RENDER, status: "failed", error: { code: "bad_audio", message: "It is silent" } };

  assert.equal(details({ ...failed, credit: "returned" }), "It is silent. Your credit is back.");
  assert.equal(details({ ...failed, credit: null }), "It is silent.");
});

test("what was cancelled says whether the credit is back, spent, or was none", () => {
  const ended = (credit) => details({ ...RENDER, status: "cancelled", credit });

  assert.equal(ended("returned"), "Your credit is back.");
  assert.equal(ended("refunded"), "Its payment was refunded.");
  assert.equal(ended("spent"), "Its drawing had begun, so its credit is spent.");
  assert.equal(ended(null), "It cost no credit.");
});

test("the button that stops a render says what that does to its credit", () => {
  const words = ["queued", "preparing", "drawing", "finishing"].map((status) => cancelling({ status }));

  assert.deepEqual(words, [BACK, BACK, SPENT, SPENT]);
});

test("a render's own page says the same", async () => {
  const page = await readFile(new URL("../../oriel/web/templates/account/video.html", import.meta.url), "utf8");
  const credits = ["returned", "refunded", "spent", null].map((credit) => details({ ...RENDER, status: "cancelled", credit }));

  for (const words of [...credits, stage({ status: "cancelled" }), ...[BACK, SPENT].flatMap((one) => one.split("Stop it"))]) {
    assert.ok(page.includes(words), words);
  }
});

test("a render is called by its song's title, or by its file's name", () => {
  const song = { name: "my.song.mp3", title: null };

  assert.equal(title({ ...RENDER, song }), "\u2068my.song\u2069, 1280 × 720");
  assert.equal(title({ ...RENDER, song: { ...song, title: "Tide" } }), "\u2068Tide\u2069, 1280 × 720");
  assert.equal(title({ ...RENDER, song: null }), "\u2068Your song\u2069, 1280 × 720");
});

test("a name that is read from the right leaves the size as it is", () => {
  assert.equal(title({ ...RENDER, song: { name: "שיר.mp3" } }), "\u2068שיר\u2069, 1280 × 720");
});

test("news that come late change nothing", () => {
  const later = { ...RENDER, version: 5 };

  assert.equal(newer(later, RENDER), later);
  assert.equal(newer(RENDER, later), later);
  assert.equal(newer(undefined, RENDER), RENDER);
});

test("what is under way is shown, and what ended since somebody looked", () => {
  const renders = ["queued", "done", "failed"].map((status, index) => ({ id: String(index), status }));

  assert.deepEqual(shown(renders, ["2"]).map(({ id }) => id), ["0", "2"]);
});
