import assert from "node:assert/strict";
import { test } from "node:test";

import { createDrive } from "../../web/visualizer/autopilot.js";
import { createEditing, placed } from "../../web/visualizer/editing.js";
import { complete } from "../../web/visualizer/look.js";
import { createState } from "../../web/visualizer/state.js";
import { SCHEMA } from "./schema.js";

function studio() {
  const look = complete({}, SCHEMA);
  const state = createState({ look, lookName: "default", baseline: look });
  return { state, editing: createEditing(state, SCHEMA) };
}

test("turning a field changes the look and nothing else of it", () => {
  const { state, editing } = studio();

  editing.turn("glow", 1.5);

  assert.deepEqual(state.get("look"), { ...complete({}, SCHEMA), glow: 1.5 });
  assert.ok(state.get("canUndo"));
});

test("an effect that is put on has its parameters, and none when it is taken away", () => {
  const { state, editing } = studio();

  editing.turn("effects.grain", {});
  const on = state.get("look").effects;
  editing.turn("effects.grain", undefined);

  assert.deepEqual(on, { grain: { amount: 0.3, size: 2 } });
  assert.deepEqual(state.get("look").effects, {});
});

test("undo brings a chosen look's name back with the look", () => {
  const { state, editing } = studio();
  const other = complete({ shape: "ring" }, SCHEMA);

  editing.choose(other, "ring");
  editing.turn("glow", 1);
  editing.undo();
  editing.undo();

  assert.equal(state.get("lookName"), "default");
  assert.equal(state.get("look").shape, "cube");
  assert.ok(state.get("canRedo"));
});

test("reset goes back to the look as it was chosen, and can be undone", () => {
  const { state, editing } = studio();
  editing.turn("glow", 1);

  editing.reset();
  const reset = state.get("look").glow;
  editing.undo();

  assert.equal(reset, 0.6);
  assert.equal(state.get("look").glow, 1);
});

test("looks that come by themselves are one step, and the next change starts from the last", () => {
  const { state, editing } = studio();

  state.set({ look: complete({ shape: "cone" }, SCHEMA) });
  state.set({ look: complete({ shape: "ring" }, SCHEMA) });
  editing.turn("glow", 1);
  editing.undo();
  const last = state.get("look");
  editing.undo();

  assert.equal(last.shape, "ring");
  assert.equal(state.get("look").shape, "cube");
  assert.ok(!state.get("canUndo"));
});

test("autopilot begins with the look as it was changed, comes back to it, and is undone to it", () => {
  const { state, editing } = studio();
  state.set({ position: 0, song: { seconds: 20 }, autopilot: { bars: 1, looks: ["default", "ring"] } });
  const looks = { default: state.get("look"), ring: complete({ shape: "ring" }, SCHEMA) };
  const drive = createDrive(state, { looks });
  editing.turn("glow", 1.5);
  const changed = state.get("look");
  const at = (position) => {
    state.set({ position });
    drive.follow();
    return state.get("look");
  };

  drive.restart();
  const shown = [at(2.5), at(0), at(3.9), at(6.5)];
  const baseline = state.get("baseline");
  editing.undo();

  assert.deepEqual(shown.map(({ shape }) => shape), ["ring", "cube", "ring", "ring"]);
  assert.equal(shown[1], changed);
  assert.equal(baseline.shape, "ring");
  assert.equal(state.get("look"), changed);
  assert.equal(state.get("baseline"), looks.default);
});

test("turning a field to what it is makes no step", () => {
  const { state, editing } = studio();

  editing.turn("glow", 0.6);

  assert.ok(!state.get("canUndo"));
});

test("placing a value leaves the look that was untouched", () => {
  const look = { effects: { grain: { amount: 0.1 } } };

  const next = placed(look, ["effects", "grain", "amount"], 0.9);

  assert.equal(next.effects.grain.amount, 0.9);
  assert.equal(look.effects.grain.amount, 0.1);
});
