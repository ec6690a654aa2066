import assert from "node:assert/strict";
import { test } from "node:test";

import { hear, listen } from "../../web/visualizer/bands.js";
import { assertNear, read, sound } from "./vectors.js";

const COLUMNS = ["bass", "treble", "level", "onset"];

for (const expected of read("bands")) {
  const { fps, hearing, bassFrequency, trebleFrequency } = expected.options;
  const asked = `${hearing}, ${bassFrequency} and ${trebleFrequency}, at ${fps}`;
  test(`the bands of ${expected.sound} (${asked}) are Python's`, () => {
    const heard = hear(sound(expected.sound));

    const bands = listen(heard, expected.options);

    assert.equal(bands.seconds, expected.seconds);
    const precise = hearing === "precise" ? COLUMNS : COLUMNS.slice(2);
    for (const name of precise) assertNear(bands[name], expected[name], name);
    bands.spectrum.forEach((band, i) => assertNear(band, expected.spectrum[i], `spectrum ${i}`));
    assert.equal(bands.fine.length, expected.fine.length);
    bands.fine.forEach((band, i) => assertNear(band, expected.fine[i], `fine ${i}`));
    if (hearing === "classic") assertClassic(bands, expected);
  });
}

// Where a magnitude lies on the border of two bytes, single precision may choose the other one.
function assertClassic(bands, expected) {
  for (const name of ["bass", "treble"]) {
    const apart = bands[name].filter((value, i) => Math.abs(value - expected[name][i]) > 1e-4);

    assertNear(bands[name], expected[name], name, 1.01 / 510);
    assert.ok(apart.length <= bands[name].length / 50, `${name}: ${apart.length} apart`);
  }
}

test("a song without a sample is refused in words", () => {
  assert.throws(() => hear(new Float32Array(0)), /nothing to hear/);
});

test("what is no number counts as silence, and what is absurdly loud is held", () => {
  const broken = sound("noise");
  broken.set([NaN, Infinity, -Infinity, 1e30], 9_000);
  const mended = sound("noise");
  mended.set([0, 0, 0, 65_536], 9_000);

  const bands = listen(hear(broken), { fps: 30 });

  assert.deepEqual(bands, listen(hear(mended), { fps: 30 }));
  assert.ok(bands.bass.every((value) => value >= 0 && value <= 1));
});

test("progress rises to the end", () => {
  const shares = [];

  hear(new Float32Array(44_100 * 20), (share) => shares.push(share));

  assert.ok(shares.length >= 3);
  assert.deepEqual(shares, [...shares].sort());
  assert.equal(shares.at(-1), 1);
});

test("what is asked for again is given again, in arrays of its own", () => {
  const heard = hear(sound("noise"));

  const first = listen(heard, { fps: 30, bassFrequency: 7 });
  const other = listen(heard, { fps: 30, bassFrequency: 9 });
  const again = listen(heard, { fps: 30, bassFrequency: 7 });

  assert.deepEqual(again, first);
  assert.notDeepEqual(other.bass, first.bass);
  assert.deepEqual(other.treble, first.treble);
  for (const name of ["bass", "level", "onset", "beat"]) assert.notEqual(again[name], first[name]);
});

test("four minutes are heard in about two seconds, and another bass is heard at once", () => {
  const noise = sound("noise");
  const song = Float32Array.from({ length: 44_100 * 240 }, (_, i) => noise[i % noise.length]);

  const [hearing, heard] = timed(() => hear(song), 6_000);
  listen(heard, { fps: 60 });
  let bassFrequency = 9;
  const [listening] = timed(() => listen(heard, { fps: 60, bassFrequency: bassFrequency++ }), 300);

  assert.ok(hearing < 6_000, `${hearing} ms, three times what it takes on a slow machine`);
  assert.ok(listening < 300, `${listening} ms`);
});

/** Milliseconds of the processor, and the result; tried again where something else was in the way. */
function timed(work, most) {
  for (let tries = 5; ; tries -= 1) {
    const began = process.cpuUsage();
    const result = work();
    const { user, system } = process.cpuUsage(began);
    const milliseconds = (user + system) / 1000;
    if (milliseconds < most || tries === 1) return [milliseconds, result];
  }
}
