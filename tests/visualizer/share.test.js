import assert from "node:assert/strict";
import { test } from "node:test";

import { complete } from "../../web/visualizer/look.js";
import { decoded, encoded, fromLink, toLink } from "../../web/visualizer/share.js";
import { SCHEMA } from "./schema.js";

const PAGE = "http://localhost:8000/?song=/demo/song.wav#old";

test("a link carries the look there and back", () => {
  const look = complete({ shape: "torusKnot", glow: 1.25, effects: { mirror: { axis: 2 } } }, SCHEMA);

  const link = toLink(look, SCHEMA, PAGE);

  assert.match(link, /^http:\/\/localhost:8000\/#look=[\w-]+$/);
  assert.deepEqual(fromLink(link, SCHEMA), { look });
});

test("the default look makes a short link", () => {
  assert.equal(toLink(complete({}, SCHEMA), SCHEMA, PAGE), "http://localhost:8000/#look=e30");
});

test("an address without a look has none", () => {
  assert.equal(fromLink("http://localhost:8000/#about", SCHEMA), null);
});

test("a link that lost its end says so", () => {
  const link = toLink(complete({ glow: 1.25 }, SCHEMA), SCHEMA, PAGE);

  const { problems } = fromLink(link.slice(0, -5), SCHEMA);

  assert.match(problems[0], /cannot be read/);
});

test("a link with a look of another Oriel names what is wrong", () => {
  const link = `http://localhost:8000/#look=${encoded('{"glow": 9}')}`;

  assert.match(fromLink(link, SCHEMA).problems[0], /glow is 9/);
});

test("any text survives a link", () => {
  for (const text of ["", "a", "ab", "abc", "ä → 𝄞", "\u0000?>/+"]) {
    assert.equal(decoded(encoded(text)), text);
    assert.match(encoded(text), /^[\w-]*$/);
  }
});
