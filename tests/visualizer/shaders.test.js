// Shaders are put together from the server's files as the renderer puts them together.
import assert from "node:assert/strict";
import { test } from "node:test";

import { parts, source, uniforms } from "../../web/visualizer/programs.js";

const CATALOG = {
  header: "#version 300 es\nprecision highp float;\n",
  effects_source: "// every effect\n",
  shaders: {
    "a.frag": '#include "b.glsl"\n#include "effects.glsl"\n#include "c.glsl"\nvoid main() {}\n',
    "b.glsl": '#include "c.glsl"\n// b',
    "c.glsl": "uniform float time; // seconds\nuniform vec3 red, green;\n// c",
  },
};
const LOOK = { background: "#000000", backgroundEdge: "#000000", glow: 0, effects: {} };

test("a file is included once, wherever it is asked for", () => {
  const text = source(CATALOG, "a.frag", { "effects.glsl": '#include "c.glsl"\n// here' });

  assert.equal(text.match(/\/\/ c/g).length, 1);
  assert.match(text, /\/\/ here/);
  assert.doesNotMatch(text, /#include/);
});

test("the header comes without its version, which Three.js writes itself", () => {
  const text = source(CATALOG, "b.glsl");

  assert.ok(text.startsWith("precision highp float;\n"));
  assert.doesNotMatch(text, /#version/);
});

test("a file that is not there cannot be included", () => {
  assert.throws(() => source(CATALOG, "a.frag"), /no shader effects\.glsl/);
});

test("a look switches on what it needs and no more", () => {
  const plain = parts(CATALOG, LOOK, false)["effects.glsl"];
  const rich = { backgroundEdge: "#ff0000", glow: 1, effects: { vignette: {}, grain: {} } };
  const full = parts(CATALOG, { ...LOOK, ...rich }, true)["effects.glsl"];

  assert.equal(plain, CATALOG.effects_source);
  const defined = ["GRADIENT", "FINER", "GLOWING", "USE_grain", "USE_vignette"];
  assert.equal(full, defined.map((name) => `#define ${name}\n`).join("") + CATALOG.effects_source);
});

test("looks that differ in numbers alone share their text", () => {
  const one = parts(CATALOG, { ...LOOK, glow: 0.3, effects: { grain: { amount: 0.1 } } }, false);
  const other = parts(CATALOG, { ...LOOK, glow: 1.3, effects: { grain: { amount: 0.9 } } }, false);

  assert.deepEqual(one, other);
});

test("each uniform of a text is found with its type", () => {
  assert.deepEqual(uniforms(CATALOG.shaders["c.glsl"]), { time: "float", red: "vec3", green: "vec3" });
});
