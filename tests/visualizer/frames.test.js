import assert from "node:assert/strict";
import { test } from "node:test";

import { linear, picture, plan, pulse, ticks } from "../../web/visualizer/frames.js";
import { assertNear, read } from "./vectors.js";

const { bands, plans } = read("frames");
const rates = read("rates");

for (const { look, size, radius, still, uniforms } of plans) {
  const named = `${look.shape}, ${Object.keys(look.effects).join(" ")}`;
  test(`the numbers of a ${look.style} ${named} at ${size.join("×")} are Python's`, () => {
    const made = plan(look, bands, { size, radius });

    assert.equal(made.length, bands.bass.length);
    assertUniforms(made.still, still);
    for (const [index, expected] of Object.entries(uniforms)) {
      assertUniforms(made.uniforms(Number(index)), { ...still, ...expected });
    }
  });
}

test("a picture of what is heard live is that of the same numbers in a song", () => {
  const { look, size, radius } = plans[3];
  const expected = plan(look, bands, { size, radius }).uniforms(37);
  const heard = { time: 37 / 30 };
  for (const name of ["tick", "bass", "treble", "level", "onset", "pulse"]) heard[name] = expected[name];

  const made = picture(look, heard, { size, radius });

  assert.deepEqual(made, expected);
});

test("sensitivity makes live sound stronger, up to 1", () => {
  const { look, size, radius } = plans[0];
  const heard = { time: 0, tick: 0, bass: 0.25, treble: 0.75, level: 0, onset: 0, pulse: 0 };

  const made = picture({ ...look, sensitivity: 2 }, heard, { size, radius });

  assert.equal(made.bass, 0.5);
  assert.equal(made.treble, 1);
});

test("ticks are exact at any frame rate", () => {
  for (const { rate, ticks: expected } of rates.fractions) {
    assert.deepEqual(rates.indices.map((index) => ticks(index, rate)), expected);
  }
});

test("pulses leap on the beat and fall as Python's do", () => {
  const found = rates.times.map((time) => pulse(time, rates.beats));

  assertNear(found, rates.pulses, "pulse");
});

test("half of sRGB is a fifth of the light", () => {
  assertNear(linear("#808080"), [0.2158605, 0.2158605, 0.2158605], "light", 1e-6);
});

function assertUniforms(actual, expected) {
  assert.deepEqual(Object.keys(actual).sort(), Object.keys(expected).sort());
  for (const [name, value] of Object.entries(expected)) {
    const [found, wanted] = [actual[name], value].map((one) => [one].flat());
    assertNear(ArrayBuffer.isView(actual[name]) ? actual[name] : found, wanted, name);
  }
}
