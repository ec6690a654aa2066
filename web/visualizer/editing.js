/** Every change of the look goes through here: it is shown, it can be undone, and it is kept. */
import * as history from "./history.js";
import { complete, same } from "./look.js";

const BY_ITSELF = Symbol("by itself"); // no field's path

/**
 * @param {{get: Function, set: Function, on: Function}} state `look`, `lookName` and `baseline`,
 *   the look as it was chosen
 * @param {object} schema
 */
export function createEditing(state, schema) {
  let steps = history.begin(now());
  let ours = false;

  function now() {
    return { look: state.get("look"), lookName: state.get("lookName"), baseline: state.get("baseline") };
  }

  function show(next) {
    steps = next;
    ours = true;
    state.set({ ...steps.present, canUndo: history.canUndo(steps), canRedo: history.canRedo(steps) });
    ours = false;
  }

  /** Looks that come by themselves, such as autopilot's, are one step: undo brings back what was before. */
  state.on("look", () => {
    if (!ours) show(history.push(steps, now(), BY_ITSELF));
  });

  return {
    /**
     * Turns one field, or one parameter as "effects.grain.amount", or an effect as "effects.grain"
     * (undefined takes it away).
     * @param {string} path @param {any} value
     */
    turn(path, value) {
      const look = placed(state.get("look"), path.split("."), value);
      if (same(look, state.get("look"))) return;
      show(history.push(steps, { ...steps.present, look: complete(look, schema) }, path));
    },
    /** The end of a drag: what comes next is a step of its own. */
    seal() {
      steps = history.seal(steps);
    },
    /** Another look altogether. @param {object} look complete @param {string} lookName */
    choose(look, lookName) {
      if (same(look, state.get("look")) && lookName === state.get("lookName")) return;
      show(history.push(steps, { look, lookName, baseline: look }));
    },
    /** Another look that is still the one that was chosen, but changed. */
    change(look) {
      if (!same(look, state.get("look"))) show(history.push(steps, { ...steps.present, look }));
    },
    reset() {
      this.change(state.get("baseline"));
    },
    undo() {
      show(history.undo(steps));
    },
    redo() {
      show(history.redo(steps));
    },
  };
}

/** The look with one value elsewhere; undefined takes it away. Pure. */
export function placed(look, [key, ...rest], value) {
  const next = { ...look };
  if (rest.length > 0) next[key] = placed(look[key] ?? {}, rest, value);
  else if (value === undefined) delete next[key];
  else next[key] = value;
  return next;
}
