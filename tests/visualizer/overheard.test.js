import assert from "node:assert/strict";
import { test } from "node:test";

import { overhear } from "../../web/visualizer/overheard.js";

const SILENCE = new Uint8Array(128);
const FLAT = new Float32Array(1024);
const LOOK = { bassFrequency: 2, trebleFrequency: 50 };

/** A moment in which every bin answers `byte` and the wave has this amplitude. */
function moment(seconds, byte, amplitude, more = {}) {
  return {
    ...LOOK,
    rate: 44100,
    seconds,
    bins: SILENCE.map(() => byte),
    wave: FLAT.map((_, index) => (index % 2 ? amplitude : -amplitude)),
    ...more,
  };
}

test("silence moves nothing", () => {
  const hear = overhear();

  const heard = [0, 0.1, 0.2].map((seconds) => hear(moment(seconds, 0, 0))).at(-1);

  assert.deepEqual(heard, { time: 0.2, tick: 2, bass: 0, treble: 0, level: 0, onset: 0, pulse: 0 });
});

test("bass and treble are the mean of two neighbouring bins", () => {
  const bins = SILENCE.slice();
  [bins[2], bins[3], bins[50], bins[51]] = [255, 0, 255, 255];

  const heard = overhear()(moment(0, 0, 0.1, { bins }));

  assert.equal(heard.bass, 0.5);
  assert.equal(heard.treble, 1);
});

test("in a context of another rate the bins of the same pitch are heard", () => {
  const bins = SILENCE.slice();
  [bins[46], bins[47]] = [255, 255];

  const heard = overhear()(moment(0, 0, 0.1, { bins, rate: 48000 }));

  assert.equal(heard.treble, 1);
});

test("a strike is an onset and a pulse, and both fall", () => {
  const hear = overhear();
  hear(moment(0, 20, 0.05));

  const struck = hear(moment(0.02, 200, 0.5));
  const later = hear(moment(0.42, 200, 0.5));

  assert.equal(struck.onset, 1);
  assert.equal(struck.pulse, 1);
  assert.ok(later.onset < 0.05 && later.pulse < 0.05);
});

test("the loudest is 1, and quieter music grows back towards it", () => {
  const hear = overhear();

  const loud = hear(moment(0, 100, 0.5)).level;
  const soft = hear(moment(0.1, 100, 0.1)).level;
  const muchLater = hear(moment(60, 100, 0.1)).level;

  assert.equal(loud, 1);
  assert.ok(soft > 0.4 && soft < 0.8);
  assert.equal(muchLater, 1);
});

test("a quiet room is not blown up to a concert", () => {
  const hear = overhear();

  const murmur = [0, 60, 120].map((seconds) => hear(moment(seconds, 5, 0.001)).level).at(-1);

  assert.ok(murmur < 0.25);
});
