import assert from "node:assert/strict";
import { test } from "node:test";

import { begin, canRedo, canUndo, push, redo, seal, undo } from "../../web/visualizer/history.js";

test("what was done can be undone and done again", () => {
  const history = push(push(begin("a"), "b"), "c");

  const back = undo(undo(history));
  const forth = redo(back);

  assert.equal(back.present, "a");
  assert.equal(forth.present, "b");
  assert.ok(!canUndo(back) && canRedo(back) && canUndo(forth));
});

test("a slider's drag is one step", () => {
  const dragged = [1, 2, 3, 4].reduce((history, value) => push(history, value, "glow"), begin(0));

  assert.equal(undo(dragged).present, 0);
});

test("a second drag of the same slider is a second step", () => {
  const once = seal(push(push(begin(0), 1, "glow"), 2, "glow"));

  const twice = push(once, 3, "glow");

  assert.equal(undo(twice).present, 2);
  assert.equal(undo(undo(twice)).present, 0);
});

test("another slider is another step without a seal", () => {
  const history = push(push(begin(0), 1, "glow"), 2, "size");

  assert.equal(undo(history).present, 1);
});

test("a change after undo forgets what was undone", () => {
  const history = push(undo(push(begin("a"), "b")), "c");

  assert.ok(!canRedo(history));
  assert.equal(undo(history).present, "a");
});

test("a change after undo does not join the step before, even of the same slider", () => {
  const back = undo(push(push(begin(0), 1, "glow"), 2, "size"));

  const history = push(back, 5, "glow");

  assert.equal(undo(history).present, 1);
});

test("nothing to undo or to redo changes nothing", () => {
  const history = begin("a");

  assert.equal(undo(history), history);
  assert.equal(redo(history), history);
});

test("the oldest of very many steps is forgotten", () => {
  const long = Array.from({ length: 500 }, (_, i) => i).reduce((history, value) => push(history, value), begin(-1));

  assert.equal(long.past.length, 200);
});
