import assert from "node:assert/strict";
import { test } from "node:test";

import { hear, listen } from "../../web/visualizer/bands.js";
import { createEars } from "../../web/visualizer/ears.js";
import { createState, untouched } from "../../web/visualizer/state.js";
import { assertNear, read, sound } from "./vectors.js";

const LOOK = { hearing: "classic", bassFrequency: 2, trebleFrequency: 50 };

// A browser's Worker, as far as ears.js speaks to it; it hears as worker.js does, and at once.
globalThis.Worker = class {
  postMessage({ kind, id, samples, options }) {
    if (kind === "hear") this.heard = hear(samples);
    const bands = kind === "listen" && listen(this.heard, options);
    queueMicrotask(() => this.onmessage({ data: bands ? { kind: "bands", id, bands } : { kind: "heard", id } }));
  }

  terminate() {}
};

/** A studio that has heard the demo song with this look. */
async function studio(look, rhythm = null) {
  const state = createState({ ...untouched(), look, rhythm });
  const ears = createEars(state);
  const song = { samples: sound("demo") };
  state.set({ song });
  await ears.heard(song);
  return state;
}

test("classic hearing is that of the video: it is heard at the frame rate that is ordered", async () => {
  const isClassic = ({ sound, options }) => sound === "demo" && options.hearing === "classic" && options.fps === "30";
  const video = read("bands").find(isClassic);

  const state = await studio(LOOK);
  const usual = state.get("bands");
  state.set({ fps: 24 });
  await new Promise((resolve) => setTimeout(resolve));

  for (const name of ["bass", "treble"]) assertNear(usual[name], video[name], name, 1.01 / 510);
  assert.equal(usual.fps, 30);
  assert.equal(state.get("bands").fps, 24);
});

test("precise hearing is smooth at any rate, and not heard anew", async () => {
  const state = await studio({ ...LOOK, hearing: "precise" });
  const before = state.get("bands");

  state.set({ fps: 24 });
  await new Promise((resolve) => setTimeout(resolve));

  assert.equal(before.fps, 60);
  assert.equal(state.get("bands"), before);
});

test("the rhythm that a server told learns where its bars begin, once", async () => {
  const clicks = [0.3, 0.8, 1.3, 1.8, 2.3, 2.8, 3.3, 3.8];
  const heard = hear(sound("demo"));
  const beats = [0, 1, 2, 3].map((left) => clicks.slice(left)).find((some) => listen(heard, { beats: some }).downbeat > 0);
  const { downbeat } = listen(heard, { beats });

  const state = await studio({ ...LOOK, hearing: "precise" }, { beats, tempo: 120 });
  const told = state.get("rhythm");
  state.set({ look: { ...LOOK, hearing: "precise", bassFrequency: 3 } });
  await new Promise((resolve) => setTimeout(resolve));

  assert.ok(downbeat > 0);
  assert.deepEqual(told, { beats, tempo: 120, downbeat });
  assert.equal(state.get("rhythm"), told);
});
