// What an address asks for when it asks for one picture, and what is wrong with one that cannot be.
import assert from "node:assert/strict";
import { test } from "node:test";

import { asked, wantsStill } from "../../web/visualizer/asked.js";

const PAGE = "http://localhost:8000/";
const ROOM = [800, 600];
const SCHEMA = {
  properties: {
    shape: { type: "string", enum: ["cube", "torus"], default: "cube" },
    size: { type: "number", minimum: 0.1, maximum: 12, default: 4 },
    effects: { type: "object", default: {}, properties: {} },
  },
};
const CATALOG = { schema: SCHEMA, looks: { default: {}, calm: { shape: "torus" } } };

const ask = (query) => asked(`${PAGE}?${query}&still`, CATALOG, ROOM);

test("only an address that says so asks for a still", () => {
  assert.ok(wantsStill("?look=calm&still"));
  assert.ok(!wantsStill("?look=calm"));
});

test("everything may be asked for", () => {
  const wish = ask("song=/songs/a.mp3&look=calm&at=12.5&size=640x360");

  assert.equal(wish.song, "http://localhost:8000/songs/a.mp3");
  assert.deepEqual(wish.look, { shape: "torus", size: 4, effects: {} });
  assert.equal(wish.at, 12.5);
  assert.deepEqual(wish.size, [640, 360]);
});

test("what is not asked for is the demo song's beginning, as it is, in the window's size", () => {
  const wish = ask("");

  assert.equal(wish.song, "http://localhost:8000/demo/song.wav");
  assert.equal(wish.look.shape, "cube");
  assert.equal(wish.at, 0);
  assert.deepEqual(wish.size, ROOM);
});

test("a look may be JSON, and is made whole", () => {
  const wish = ask(`look=${encodeURIComponent('{"size": 2}')}`);

  assert.deepEqual(wish.look, { shape: "cube", size: 2, effects: {} });
});

for (const [query, sentence] of [
  ["song=http://elsewhere.example/a.mp3", /own server/],
  ["song=//elsewhere.example/a.mp3", /own server/],
  ["song=data:audio/wav;base64,AAAA", /own server/],
  ["look=nosuch", /no look “nosuch”; choose one of default, calm/],
  ["look=toString", /no look “toString”/],
  ["look={", /not JSON/],
  [`look=${encodeURIComponent('{"size": 99}')}`, /size is 99 but must be/],
  ["at=-1", /no picture at “-1”/],
  ["at=soon", /no picture at “soon”/],
  ["at=", /no picture at “”/],
  ["at=Infinity", /no picture at/],
  ["size=huge", /“huge” is no size/],
  ["size=0x360", /is no size/],
  ["size=20000x20", /too large/],
]) {
  test(`${query} is refused in words`, () => {
    assert.throws(() => ask(query), sentence);
  });
}
