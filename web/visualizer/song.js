// State's song, and how far it is with loading, go in; a button that tells of it, and opens another, out.

import { make } from "./elements.js";
import { icon } from "./icons.js";
import { isolated } from "./isolated.js";

const LIVE = { microphone: "Microphone", tab: "Sound of a tab" };
const STEPS = { opening: "Opening…", listening: "Listening…" };
const CHANNELS = { 1: "mono", 2: "stereo" };

/**
 * @param {{get: Function, on: Function}} state
 * @param {{songs: {choose: () => void}}} context
 * @returns {HTMLElement}
 */
export function songButton(state, context) {
  const name = make("span", { class: "transport-name" });
  const about = make("span", { class: "transport-about" });
  const open = make(
    "button",
    {
      type: "button",
      class: "transport-song",
      title: "Choose another song (S)",
      onClick: () => context.songs.choose(),
    },
    icon("song"),
    make("span", { class: "transport-words" }, name, about),
  );
  const spoken = make("span", { class: "unseen", role: "status" });

  function show() {
    const loading = state.get("loading");
    [name.textContent, about.textContent] = told(state);
    open.classList.toggle("busy", Boolean(loading));
    open.style.setProperty("--share", String(loading?.share ?? 0));
  }

  function speak() {
    const [loading, song] = [state.get("loading"), state.get("song")];
    const done = song ? `${isolated(song.name)} is ready` : "";
    const words = loading ? `${isolated(loading.name)}: ${STEPS[loading.step] ?? ""}` : done;
    if (spoken.textContent !== words) spoken.textContent = words;
  }

  state.on(["song", "rhythm", "loading", "bands", "live"], show);
  state.on("loading", speak);
  show();
  return make("div", { class: "transport-title" }, open, spoken);
}

/** What plays, and a word about it: only what is known. */
function told(state) {
  const [song, loading, live] = [state.get("song"), state.get("loading"), state.get("live")];
  if (loading) return [loading.name, STEPS[loading.step] ?? ""];
  if (live) return [LIVE[live], "Live"];
  if (song) return [song.name, sound(song, state.get("rhythm"))];
  return ["No song yet", "Drop one, or choose"];
}

function sound({ buffer }, rhythm) {
  const channels = CHANNELS[buffer.numberOfChannels] ?? `${buffer.numberOfChannels} channels`;
  return rhythm?.tempo ? `${Math.round(rhythm.tempo)} bpm · ${channels}` : channels;
}
