import assert from "node:assert/strict";
import { test } from "node:test";

import {
  controlFor, effectWords, fromShare, label, rounded, sections, toShare, typed, typedColour, written,
} from "../../web/visualizer/fields.js";
import { SCHEMA } from "./schema.js";

const FIELDS = SCHEMA.properties;

test("each kind of field gets its control", () => {
  const kinds = Object.fromEntries(
    Object.keys(FIELDS).filter((key) => key !== "effects").map((key) => [key, controlFor(key, FIELDS[key]).kind]),
  );

  assert.equal(kinds.shape, "pictures");
  assert.equal(kinds.style, "segments");
  assert.equal(kinds.size, "slider");
  assert.equal(kinds.bassFrequency, "slider");
  assert.equal(kinds.baseColor, "colour");
  assert.equal(kinds.seed, "number");
});

test("a field of a kind that the page has never seen can still be written", () => {
  assert.equal(controlFor("mood", { type: "string", enum: ["a", "b", "c", "d", "e"], default: "a" }).kind, "select");
  assert.equal(controlFor("title", { type: "string", default: "" }).kind, "text");
  assert.equal(controlFor("looped", { type: "boolean", default: false }).kind, "switch");
});

test("a whole number whose words count its meanings is a choice of those words", () => {
  const axis = controlFor("axis", FIELDS.effects.properties.mirror.properties.axis);

  assert.equal(axis.kind, "select"); // these words do not fit side by side
  assert.deepEqual(axis.options, [
    { value: 0, words: "Left and right" }, { value: 1, words: "Top and bottom" }, { value: 2, words: "Both" },
  ]);
});

test("every field stands in exactly one section, an unknown one under More", () => {
  const wide = { properties: { ...FIELDS, fog: { type: "number", minimum: 0, maximum: 1, default: 0 } } };

  const placed = sections(wide);

  const keys = placed.flatMap((section) => section.keys);
  assert.deepEqual([...keys].sort(), Object.keys(wide.properties).filter((key) => key !== "effects").sort());
  assert.deepEqual(placed.at(-1), { name: "More", keys: ["fog"] });
});

test("a value goes to its place on the slider and back", () => {
  for (const key of ["size", "glow", "rotationSpeed", "lineWidth", "bassFrequency"]) {
    const control = controlFor(key, FIELDS[key]);
    const { minimum, maximum } = FIELDS[key];

    for (const value of [minimum, FIELDS[key].default, maximum]) {
      assert.equal(fromShare(control, toShare(control, value)), value, key);
    }
  }
});

test("a slider over very different sizes gives the small ones room", () => {
  const control = controlFor("lineWidth", FIELDS.lineWidth);

  assert.ok(control.bent);
  assert.ok(toShare(control, 0.004) > 0.45);
});

test("numbers are shown with the digits that the slider has, and more where they were typed", () => {
  const control = controlFor("glow", FIELDS.glow);

  assert.equal(written(control, 0.6), "0.60");
  assert.equal(written(control, 0.6123), "0.6123");
  assert.equal(rounded(control, 1.23456), 1.23);
});

test("what is typed is brought into the range; what is no number is nothing", () => {
  const control = controlFor("glow", FIELDS.glow);

  assert.equal(typed(control, " 1,5 "), 1.5);
  assert.equal(typed(control, "99"), 2);
  assert.equal(typed(control, "−1"), 0);
  for (const text of ["", "much", "1e999", "NaN"]) assert.equal(typed(control, text), null);
});

test("a colour may be typed as people write it", () => {
  assert.equal(typedColour("8309D5"), "#8309d5");
  assert.equal(typedColour(" #abc "), "#aabbcc");
  for (const text of ["", "red", "#12345", "#1234567"]) assert.equal(typedColour(text), null);
});

test("names are written as people write them", () => {
  assert.equal(label("glowRadius"), "Glow radius");
  assert.equal(label("rgb_shift"), "RGB shift");
  assert.equal(label("edgeColor"), "Edge colour");
});

test("an effect is called what its own first line calls it", () => {
  const words = effectWords("grain", FIELDS.effects.properties.grain);

  assert.deepEqual(words, { label: "Film grain", hint: "Fine noise that changes." });
  assert.equal(effectWords("sun_rays", {}).label, "Sun rays");
});

test("a bin is told by what it hears", () => {
  const { said } = controlFor("bassFrequency", FIELDS.bassFrequency);

  assert.equal(said(0), "around 86 Hz");
  assert.equal(said(50), "around 8.7 kHz");
  assert.equal(controlFor("size", FIELDS.size).said, undefined);
});
