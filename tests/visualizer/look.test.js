import assert from "node:assert/strict";
import { test } from "node:test";

import { check, complete, defaults, diff, same } from "../../web/visualizer/look.js";
import { SCHEMA } from "./schema.js";

function problemsOf(document) {
  return check(document, SCHEMA).problems?.join(" ");
}

test("a look that says nothing is the default", () => {
  const { look } = check({}, SCHEMA);

  assert.deepEqual(look, defaults(SCHEMA));
  assert.equal(look.glowColor, "#8309d5");
});

test("an effect that is only named gets all its parameters", () => {
  const { look } = check({ effects: { grain: { amount: 0.5 } } }, SCHEMA);

  assert.deepEqual(look.effects, { grain: { amount: 0.5, size: 2 } });
});

test("colours come out in lower case", () => {
  const { look } = check({ baseColor: "#ABCDEF" }, SCHEMA);

  assert.equal(look.baseColor, "#abcdef");
});

test("a key that no look has is named, with the nearest that there is", () => {
  const said = problemsOf({ colour: "#fff" , sise: 3 });

  assert.match(said, /A look has no key "colour"/);
  assert.match(said, /"sise" \(did you mean size\?\)/);
});

test("a value out of range is told with what is allowed", () => {
  assert.equal(problemsOf({ glow: 7 }), "glow is 7 but must be a number from 0 to 2.");
  assert.equal(problemsOf({ seed: 1.5 }), "seed is 1.5 but must be a whole number from 0 to 2147483647.");
  assert.match(problemsOf({ style: "solidd" }), /must be one of wireframe, solid, points/);
  assert.match(problemsOf({ baseColor: "red" }), /a colour such as "#8309d5"/);
});

test("an effect's faults are told with its name", () => {
  assert.match(problemsOf({ effects: { grian: {} } }), /no effect "grian" \(did you mean grain\?\)/);
  assert.match(problemsOf({ effects: { grain: { amount: "much" } } }), /effects.grain.amount is "much"/);
  assert.match(problemsOf({ effects: [] }), /effects must be an object/);
  assert.match(problemsOf({ effects: { grain: 1 } }), /object of its parameters/);
});

test("what is no object is no look", () => {
  for (const document of [null, 3, "cube", ["cube"]]) {
    assert.match(problemsOf(document), /must be a JSON object/);
  }
});

test("names that every object has are no keys of a look", () => {
  const said = problemsOf(JSON.parse('{"__proto__": 1, "constructor": 2, "effects": {"toString": {}}}'));

  assert.match(said, /"constructor"/);
  assert.match(said, /no effect "toString"/);
});

test("a hundred faults are told as five", () => {
  const faults = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`key${i}`, i]));

  assert.equal(check(faults, SCHEMA).problems.length, 5);
});

test("the difference of a look, made complete again, is the look", () => {
  const look = complete({ size: 5, effects: { grain: { size: 3 }, mirror: {} } }, SCHEMA);

  const small = diff(look, SCHEMA);

  assert.deepEqual(small, { size: 5, effects: { grain: { size: 3 }, mirror: {} } });
  assert.ok(same(complete(small, SCHEMA), look));
});

test("looks are the same in whatever order their keys stand", () => {
  assert.ok(same({ a: 1, b: { c: 2, d: 3 } }, { b: { d: 3, c: 2 }, a: 1 }));
  assert.ok(!same({ a: 1 }, { a: 2 }));
});

test("a document of very many mistakes is refused at once", () => {
  const many = Object.fromEntries(Array.from({ length: 200_000 }, (_, at) => [`key${at}`, at]));
  const times = [];

  while (times.length < 5 && !(times.at(-1) < 2000)) { // other programs take their time too
    const begun = performance.now();
    const told = [check(many, SCHEMA), check({ effects: many }, SCHEMA), check({ effects: { grain: many } }, SCHEMA)];
    times.push(performance.now() - begun);
    for (const { problems } of told) assert.equal(problems.length, 5);
  }

  assert.ok(times.at(-1) < 2000, `${times} ms`);
});

test("a value that is nested without end is refused in a sentence", () => {
  const nested = JSON.parse(`${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}`);

  assert.match(check({ shape: nested }, SCHEMA).problems[0], /^shape is too deep or too long but must be one of /);
});
