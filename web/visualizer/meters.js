// What is heard at this moment goes in; small live meters come out, with what turns them beside.

import { driven } from "./drive.js";
import { make } from "./elements.js";

const METERS = [
  { key: "bass", words: "Bass" },
  { key: "treble", words: "Treble" },
  { key: "level", words: "Level" },
  { key: "beat", words: "Beat" },
];
const TURNED = [
  { key: "sensitivity", words: "Sensitivity", unit: "×" },
  { key: "smoothing", words: "Smoothing", unit: " s" },
];
const NOTHING = { bass: 0, treble: 0, level: 0, beat: 0 };

/**
 * @param {HTMLElement} place
 * @param {{get: Function, set: Function, on: Function}} state
 * @param {object} context with `catalog` and `editing`
 */
export function mountMeters(place, state, context) {
  const bars = Object.fromEntries(METERS.map(({ key }) => [key, make("div", { class: "meter-fill" })]));
  const columns = METERS.map(({ key, words }) =>
    make(
      "div",
      { class: `meter meter-${key}` },
      make("div", { class: "meter-track" }, bars[key]),
      make("span", {}, words),
    ),
  );
  const fields = context.catalog.schema.properties;
  const rows = TURNED.filter(({ key }) => fields[key]).map((one) =>
    turn(one, fields[one.key], state, context),
  );
  place.classList.add("meters");
  // What moves sixty times a second would only chatter in a screen reader.
  place.append(
    make("div", { class: "meters-bars", aria: { hidden: "true" } }, ...columns),
    make("div", { class: "meters-turns" }, ...rows),
  );

  const heard = createHeard(state);
  const shown = { ...NOTHING };
  const show = () => {
    const now = heard();
    for (const { key } of METERS) {
      if (Math.abs(now[key] - shown[key]) < 0.004) continue;
      shown[key] = now[key];
      bars[key].style.transform = `scaleY(${now[key].toFixed(3)})`;
    }
  };
  state.on(["position", "bands", "look", "heard", "live"], show);
  // Without beats the fourth meter shows what begins: it is called what it is.
  const name = columns.at(-1).lastElementChild;
  state.on(
    ["song", "rhythm", "live"],
    () =>
      (name.textContent =
        state.get("song") && !state.get("live") && !state.get("rhythm") ? "Onset" : "Beat"),
  );
}

/** What drives the picture now: {bass, treble, level, beat}, 0..1 each. */
function createHeard(state) {
  let made = { bands: null, sensitivity: 0, smoothing: 0, bass: null, treble: null };

  function drivenNow(bands, { sensitivity = 1, smoothing = 0 }) {
    if (made.bands !== bands || made.sensitivity !== sensitivity || made.smoothing !== smoothing) {
      made = { bands, sensitivity, smoothing, ...driven(bands, { sensitivity, smoothing }) };
    }
    return made;
  }

  return function heard() {
    if (state.get("live")) return liveNow(state.get("heard"), state.get("look"));
    const bands = state.get("bands");
    if (!bands) return NOTHING;
    const at = Math.min(Math.floor(state.get("position") * bands.fps + 1e-6), bands.bass.length - 1);
    const { bass, treble } = drivenNow(bands, state.get("look"));
    const beats = bands.beats?.length > 0;
    const beat = beats ? pulse(bands.beats, state.get("position")) : bands.onset[at];
    return { bass: bass[at], treble: treble[at], level: bands.level[at], beat };
  };
}

function liveNow(heard, { sensitivity = 1 }) {
  if (!heard) return NOTHING;
  const [bass, treble] = [heard.bass, heard.treble].map((value) => Math.min(1, value * sensitivity));
  return { bass, treble, level: heard.level, beat: heard.pulse };
}

/** 1 on a beat, falling after it. @param {Float32Array} beats ascending seconds */
function pulse(beats, seconds) {
  let [low, high] = [0, beats.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (beats[middle] <= seconds + 1e-4) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? 0 : Math.exp(-(seconds - beats[low - 1]) / 0.11);
}

function turn({ key, words, unit }, field, state, { editing }) {
  const change = (value) =>
    editing ? editing.turn(key, value) : state.set({ look: { ...state.get("look"), [key]: value } });
  const slider = make("input", {
    type: "range",
    class: "slider",
    min: String(field.minimum),
    max: String(field.maximum),
    step: "0.05",
    title: field.description,
    aria: { label: words },
    onInput: () => change(Number(slider.value)),
    onChange: () => editing?.seal(),
  });
  const said = make("output", { class: "meters-said" });
  const show = () => {
    const now = state.get("look")?.[key] ?? field.default;
    slider.value = String(now);
    slider.style.setProperty("--fill", `${(100 * (now - field.minimum)) / (field.maximum - field.minimum)}%`);
    said.textContent = `${Math.round(now * 100) / 100}${unit}`;
    slider.setAttribute("aria-valuetext", said.textContent);
  };
  state.on("look", show);
  show();
  return make(
    "div",
    { class: "meters-turn" },
    make("span", { aria: { hidden: "true" } }, words),
    slider,
    said,
  );
}
