import assert from "node:assert/strict";
import { test } from "node:test";

import { SHEET, actionOf, belongsTo } from "../../web/visualizer/keymap.js";

const BODY = { tag: "BODY" };

test("no key does two things", () => {
  const presses = SHEET.flatMap(({ keys }) => keys.flatMap(({ press }) => press));

  assert.equal(new Set(presses).size, presses.length);
});

test("keys do what the sheet says, with and without capitals", () => {
  assert.equal(actionOf({ key: " " }), "toggle");
  assert.equal(actionOf({ key: "L" }), "loop");
  assert.equal(actionOf({ key: "z", metaKey: true }), "undo");
  assert.equal(actionOf({ key: "Z", ctrlKey: true, shiftKey: true }), "redo");
  assert.equal(actionOf({ key: "ArrowLeft", shiftKey: true }), "step back");
});

test("a sign is found however a keyboard makes it", () => {
  assert.equal(actionOf({ key: "?", shiftKey: true }), "keys");
  assert.equal(actionOf({ key: "?" }), "keys");
});

test("the browser's own keys stay its own", () => {
  for (const key of ["r", "l", "f", "s", "a", "c"]) assert.equal(actionOf({ key, ctrlKey: true }), null, key);
  assert.equal(actionOf({ key: "ArrowLeft", altKey: true }), null);
});

test("keys typed into a field are that field's", () => {
  for (const type of ["text", "number", "search"]) assert.ok(belongsTo({ key: "m" }, { tag: "INPUT", type }));
  assert.ok(belongsTo({ key: " " }, { tag: "DIV", editable: true }));
  assert.ok(belongsTo({ key: "?" }, { tag: "TEXTAREA" }));
});

test("sliders keep their arrows and leave the letters", () => {
  const range = { tag: "INPUT", type: "range" };

  assert.ok(belongsTo({ key: "ArrowLeft" }, range));
  assert.ok(!belongsTo({ key: " " }, range));
  assert.ok(!belongsTo({ key: "m" }, range));
  assert.ok(belongsTo({ key: "ArrowLeft" }, { tag: "DIV", role: "slider" }));
});

test("the space bar presses a button that has the focus for all to see, and else plays", () => {
  assert.ok(belongsTo({ key: " " }, { tag: "BUTTON", seen: true }));
  assert.ok(!belongsTo({ key: " " }, { tag: "BUTTON", seen: false }));
  assert.ok(!belongsTo({ key: " " }, BODY));
  assert.ok(!belongsTo({ key: "l" }, { tag: "BUTTON", seen: true }));
});
