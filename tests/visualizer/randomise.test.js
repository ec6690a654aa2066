import assert from "node:assert/strict";
import { test } from "node:test";

import { check, complete } from "../../web/visualizer/look.js";
import { contrast, luminance, oklch } from "../../web/visualizer/palette.js";
import { chances, randomise } from "../../web/visualizer/randomise.js";
import { SCHEMA } from "./schema.js";

const LOOK = complete({ size: 5, glowColor: "#ff0000", effects: { grain: { amount: 0.9 } } }, SCHEMA);
const SEEDS = Array.from({ length: 300 }, (_, i) => i * 7919);

test("the same seed gives the same look, another seed another one", () => {
  assert.deepEqual(randomise(LOOK, SCHEMA, 1), randomise(LOOK, SCHEMA, 1));
  assert.notDeepEqual(randomise(LOOK, SCHEMA, 1), randomise(LOOK, SCHEMA, 2));
});

test("every random look is a valid look", () => {
  for (const seed of SEEDS) {
    const found = check(randomise(LOOK, SCHEMA, seed), SCHEMA);

    assert.deepEqual(found.problems, undefined);
  }
});

test("every random look can be told from its background", () => {
  for (const seed of SEEDS) {
    const { baseColor, background, backgroundEdge } = randomise(LOOK, SCHEMA, seed);

    for (const ground of [background, backgroundEdge]) assert.ok(contrast(baseColor, ground) >= 3, `seed ${seed}`);
  }
});

test("a locked background of any grey still leaves a shape that is seen", () => {
  for (let grey = 0; grey < 256; grey += 15) {
    const ground = `#${grey.toString(16).padStart(2, "0").repeat(3)}`;
    const look = { ...LOOK, background: ground, backgroundEdge: ground };

    const made = randomise(look, SCHEMA, grey, ["background", "backgroundEdge"]);

    assert.equal(made.background, ground);
    assert.ok(contrast(made.baseColor, ground) >= 3, ground);
  }
});

test("what is locked stays, whatever the seed", () => {
  for (const seed of SEEDS.slice(0, 50)) {
    const made = randomise(LOOK, SCHEMA, seed, ["size", "glowColor", "effects.grain"]);

    assert.equal(made.size, 5);
    assert.equal(made.glowColor, "#ff0000");
    assert.deepEqual(made.effects.grain, { amount: 0.9, size: 2 });
  }
});

test("an effect that is locked while it is off stays off", () => {
  for (const seed of SEEDS.slice(0, 50)) {
    assert.ok(!("mirror" in randomise(LOOK, SCHEMA, seed, ["effects.mirror"]).effects));
  }
});

test("some looks are bright, and those do not glow", () => {
  const bright = SEEDS.map((seed) => randomise(LOOK, SCHEMA, seed)).filter((look) => luminance(look.background) > 0.5);

  assert.ok(bright.length > 5 && bright.length < 80, `${bright.length}`);
  assert.ok(bright.every((look) => look.glow === 0));
});

test("what concerns the song is never left to chance", () => {
  const { hearing, bassFrequency } = randomise(LOOK, SCHEMA, 3);

  assert.deepEqual([hearing, bassFrequency], [LOOK.hearing, LOOK.bassFrequency]);
});

test("a field that nobody thought of stays near its default", () => {
  const wide = { ...SCHEMA, properties: { ...SCHEMA.properties, fog: { type: "number", minimum: 0, maximum: 10, default: 5 } } };

  for (const seed of SEEDS.slice(0, 50)) {
    const { fog } = randomise({ ...LOOK, fog: 5 }, wide, seed);

    assert.ok(fog >= 3 && fog <= 7, `${fog}`);
  }
});

test("chance is even, and within 0 and 1", () => {
  const next = chances(42);

  const drawn = Array.from({ length: 4000 }, next);

  const mean = drawn.reduce((sum, one) => sum + one, 0) / drawn.length;
  assert.ok(drawn.every((one) => one >= 0 && one < 1));
  assert.ok(Math.abs(mean - 0.5) < 0.02);
});

test("colours of one lightness look equally light, and all exist on a screen", () => {
  const lights = Array.from({ length: 24 }, (_, i) => oklch(0.7, 0.3, 15 * i)).map(luminance);

  assert.ok(Math.max(...lights) - Math.min(...lights) < 0.16, `${lights}`);
});

test("white on black has the contrast that the standard gives", () => {
  assert.ok(Math.abs(contrast("#ffffff", "#000000") - 21) < 1e-9);
  assert.equal(oklch(1, 0, 0), "#ffffff");
  assert.equal(oklch(0, 0, 0), "#000000");
});
