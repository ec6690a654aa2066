import assert from "node:assert/strict";
import { test } from "node:test";

import { hear, listen } from "../../web/visualizer/bands.js";
import { sound } from "./vectors.js";

// A worker's global, as far as worker.js speaks to it.
const sent = [];
globalThis.self = Object.assign(new EventTarget(), {
  postMessage: (message, moved = []) => sent.push(structuredClone(message, { transfer: moved })),
});
await import("../../web/visualizer/worker.js");

function tell(data) {
  sent.length = 0;
  self.dispatchEvent(Object.assign(new Event("message"), { data }));
  return [...sent];
}

test("before a song is heard, its bands are refused in words", () => {
  const answers = tell({ kind: "listen", id: 1, options: { fps: 30 } });

  assert.deepEqual(answers, [{ kind: "error", id: 1, message: "No song has been heard yet." }]);
});

test("a song is heard with progress, and then as often as a look asks", () => {
  const samples = sound("demo");
  const options = { fps: 30, hearing: "precise", bassFrequency: 3, trebleFrequency: 40 };

  const heard = tell({ kind: "hear", id: 2, samples });
  const [bands] = tell({ kind: "listen", id: 3, options });
  const [again] = tell({ kind: "listen", id: 4, options });

  assert.deepEqual(heard.at(0), { kind: "progress", id: 2, share: 1 });
  assert.deepEqual(heard.at(-1), { kind: "heard", id: 2, seconds: samples.length / 44_100 });
  assert.deepEqual(bands, { kind: "bands", id: 3, bands: listen(hear(samples), options) });
  assert.deepEqual(again.bands, bands.bands);
});

test("a song without a sample is an error, and the one before is forgotten", () => {
  const [refused] = tell({ kind: "hear", id: 5, samples: new Float32Array(0) });
  const [forgotten] = tell({ kind: "listen", id: 6, options: {} });

  assert.deepEqual([refused.kind, refused.id], ["error", 5]);
  assert.match(refused.message, /nothing to hear/);
  assert.equal(forgotten.kind, "error");
});
