// State's position, song and looks go in; looks that change by themselves come out, blended.

import { make } from "./elements.js";
import { barSeconds, lookAt, turnAt, turns } from "./schedule.js";

const BARS = [2, 4, 8, 16, 32];
const AN_HOUR = 3600; // seconds: how far ahead turns are reckoned where there is no song's end

/**
 * While state's `autopilot` is {bars, looks} and time runs, the look changes on a bar's first beat,
 * and `blend` is {look, share}: the look that it was, and how far the new one has come in, 0..1. A
 * bar before that `blend` names the look to come with a share of 1: time to fetch what it needs.
 * @param {HTMLElement} place
 * @param {{get: Function, set: Function, on: Function}} state
 * @param {object} context with `looks`; gets `autopilot`: {toggle()}
 */
export function mountAutopilot(place, state, context) {
  const drive = createDrive(state, context);
  const bars = make(
    "select",
    {
      class: "select",
      aria: { label: "How often looks change" },
      onChange: () => state.get("autopilot") && start(),
    },
    ...BARS.map((count) =>
      make("option", { value: String(count), selected: count === 8 }, `Every ${count} bars`),
    ),
  );
  const onOff = make("input", {
    type: "checkbox",
    class: "switch",
    role: "switch",
    onChange: () => (onOff.checked ? start() : stop()),
  });
  const about = make("p", { class: "hint" });
  place.classList.add("block");
  place.append(
    make("h2", {}, "Autopilot"),
    make(
      "div",
      { class: "block-row" },
      make("label", { class: "block-switch" }, onOff, make("span", {}, "Change looks")),
      bars,
    ),
    about,
  );

  const start = () =>
    state.set({ autopilot: { bars: Number(bars.value), looks: Object.keys(context.looks) } });
  const stop = () => state.set({ autopilot: null });
  const show = () => {
    onOff.checked = state.get("autopilot") !== null;
    about.textContent =
      state.get("rhythm") && !state.get("live")
        ? "On the beat: each look blends into the next on a bar’s first beat."
        : "No beats are known here, so a bar counts as two seconds.";
  };
  state.on(["autopilot", "song", "rhythm", "live"], show);
  state.on(["autopilot", "song", "rhythm", "live"], drive.restart);
  state.on(["position", "heard"], drive.follow);
  show();
  context.autopilot = { toggle: () => (state.get("autopilot") ? stop() : start()) };
}

/** Follows the time, however it jumps. @returns {{restart: () => void, follow: () => void}} */
export function createDrive(state, { looks }) {
  let plan = null; // {times, bar, first, names}, first: what was shown, with its changes
  let done = 0; // turns that are state's look already

  const now = () => (state.get("live") ? (state.get("heard")?.time ?? 0) : state.get("position"));

  function restart() {
    const wanted = state.get("autopilot");
    plan = null;
    done = 0;
    if (state.get("blend")) state.set({ blend: null });
    if (!wanted) return;
    const live = state.get("live");
    const { beats = null, tempo = 0, downbeat = 0 } = (!live && state.get("rhythm")) || {};
    const { seconds = AN_HOUR } = (!live && state.get("song")) || {};
    const from = now();
    const times = turns({ bars: wanted.bars, from, until: Math.max(seconds, from + 1), beats, tempo, downbeat });
    plan = { times, bar: barSeconds(beats, tempo), first: shown(), names: wanted.looks };
  }

  const shown = () => Object.fromEntries(["look", "lookName", "baseline"].map((key) => [key, state.get(key)]));

  /** What a turn shows: a look, or what was there when it began. */
  function turned(turn) {
    const name = lookAt(plan.names, turn, plan.first.lookName);
    if (name === plan.first.lookName) return plan.first;
    return { look: looks[name], lookName: name, baseline: looks[name] };
  }

  function follow() {
    if (!plan) return;
    const at = now();
    const { turn, share } = turnAt(plan.times, at, plan.bar);
    if (turn !== done) arrive(turn, share);
    else if (share < 1) fade(share);
    else announce(plan.times[turn] - at < plan.bar ? turned(turn + 1).look : null);
  }

  function arrive(turn, share) {
    done = turn;
    const blend = share < 1 ? { look: state.get("look"), share } : null;
    state.set({ ...turned(turn), blend });
  }

  function fade(share) {
    const before = state.get("blend");
    if (before) state.set({ blend: { ...before, share } });
  }

  function announce(look) {
    const blend = state.get("blend");
    if (!look && blend) state.set({ blend: null });
    if (look && blend?.look !== look) state.set({ blend: { look, share: 1 } });
  }

  return { restart, follow };
}
