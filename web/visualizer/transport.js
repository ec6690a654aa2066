// State goes in; the song's controls come out: play, time, loop, volume, delay, full screen.

import { mountDelay } from "./delay.js";
import { make } from "./elements.js";
import { mountFullScreen, onFull, toggleFullScreen } from "./fullscreen.js";
import { dress } from "./icons.js";
import { clamp } from "./loops.js";
import { songButton } from "./song.js";
import { barsFrom } from "./steps.js";
import { clock, duration } from "./times.js";
import { mountWaveform } from "./waveform.js";

const KEPT = { volume: [0, 1], latency: [-100, 500] };

/**
 * @param {HTMLElement} place
 * @param {{get: Function, set: Function, on: Function}} state
 * @param {object} context with `player` and `songs`; gets `transport`: what the keys do too
 */
export function mountTransport(place, state, context) {
  recall(state, context.store);
  context.transport = actions(state, context);
  const wave = make("div", { class: "transport-wave" });
  const left = make(
    "div",
    { class: "transport-group" },
    toStart(context),
    playButton(state, context),
    time(state),
  );
  const right = make(
    "div",
    { class: "transport-group" },
    loopButton(state, context),
    volume(state, context),
    mountDelay(state),
    fullScreen(state, context),
  );
  place.append(wave, make("div", { class: "transport-row" }, left, songButton(state, context), right));
  place.classList.add("transport");
  mountWaveform(wave, state, context);
  enable(place, state);
}

/** What buttons and keys share. */
function actions(state, { player }) {
  let before = 0.8;
  return {
    toggle: () => player.toggle(),
    loop() {
      const song = state.get("song");
      if (song) state.set({ loop: state.get("loop") ? null : barsFrom(player.position(), { ...song, ...state.get("rhythm") }) });
    },
    mute() {
      const now = state.get("volume");
      if (now > 0) before = now;
      state.set({ volume: now > 0 ? 0 : before });
    },
    louder: (by) => state.set({ volume: clamp(Math.round((state.get("volume") + by) * 100) / 100, 0, 1) }),
    fullScreen: () => toggleFullScreen(),
  };
}

function button(name, words, key, onClick, more = {}) {
  const made = make("button", { type: "button", class: "icon-button", onClick, ...more });
  return dress(made, name, words, { key });
}

function toStart({ player }) {
  return button("start", "To the beginning", "Home", () => player.seek(0), {
    class: "icon-button transport-start",
    data: { song: "" },
  });
}

function playButton(state, { player }) {
  const play = button("play", "Play", "Space", () => player.toggle(), {
    id: "play",
    class: "icon-button transport-play",
    data: { song: "" },
  });
  state.on("playing", () =>
    state.get("playing")
      ? dress(play, "pause", "Pause", { key: "Space" })
      : dress(play, "play", "Play", { key: "Space" }),
  );
  return play;
}

function time(state) {
  const now = make("span", { class: "transport-now" }, "0:00");
  const all = make("span", { class: "transport-all" }, "0:00");
  const said = make(
    "div",
    { class: "transport-time" },
    now,
    make("span", { class: "transport-slash", aria: { hidden: "true" } }, "/"),
    all,
  );
  state.on(["position", "song"], () => {
    const text = clock(state.get("position"));
    if (now.textContent !== text) now.textContent = text;
  });
  state.on("song", () => (all.textContent = duration(state.get("song")?.seconds)));
  return said;
}

function loopButton(state, context) {
  const loop = button("loop", "Loop eight bars from here", "L", () => context.transport.loop(), {
    data: { song: "" },
    aria: { pressed: "false" },
  });
  state.on("loop", () => {
    loop.setAttribute("aria-pressed", String(state.get("loop") !== null));
    loop.title = state.get("loop") ? "Stop looping (L)" : "Loop eight bars from here (L)";
  });
  return loop;
}

function volume(state, context) {
  const mute = button("volume", "Sound off", "M", () => context.transport.mute());
  const slider = make("input", {
    type: "range",
    min: "0",
    max: "1",
    step: "0.01",
    class: "slider",
    aria: { label: "Volume" },
    onInput: () => state.set({ volume: Number(slider.value) }),
  });
  const show = () => {
    const now = state.get("volume");
    slider.value = String(now);
    slider.style.setProperty("--fill", `${100 * now}%`);
    slider.setAttribute("aria-valuetext", `${Math.round(100 * now)} %`);
    if (now > 0) dress(mute, "volume", "Sound off", { key: "M" });
    else dress(mute, "mute", "Sound on", { key: "M" });
  };
  state.on("volume", show);
  show();
  return make("div", { class: "transport-volume" }, mute, make("div", { class: "transport-loudness" }, slider));
}

function fullScreen(state, { transport }) {
  const full = button("fullscreen", "Full screen", "F", () => transport.fullScreen());
  onFull((on) =>
    on
      ? dress(full, "leave", "Leave full screen", { key: "F" })
      : dress(full, "fullscreen", "Full screen", { key: "F" }),
  );
  mountFullScreen(state);
  return full;
}

function enable(place, state) {
  const show = () => {
    for (const element of place.querySelectorAll("[data-song]")) element.disabled = !state.get("song");
  };
  state.on("song", show);
  show();
}

/** Volume and delay belong to this person's ears and loudspeaker: the browser keeps them. */
function recall(state, store) {
  for (const [key, [low, high]] of Object.entries(KEPT)) {
    const kept = store?.get(key);
    if (Number.isFinite(kept)) state.set({ [key]: clamp(kept, low, high) });
    state.on(key, () => store?.set(key, state.get(key)));
  }
}
