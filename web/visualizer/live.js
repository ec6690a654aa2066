// A microphone or a tab's sound goes in; state's `live` and `heard` come out, once a picture.

import { make } from "./elements.js";
import { dress } from "./icons.js";
import { CannotListen, listenTo, sharesTabs } from "./listening.js";

const SOURCES = [
  { kind: "microphone", sign: "microphone", words: "Microphone", about: "Listening to the microphone" },
  { kind: "tab", sign: "screen", words: "Sound of a tab", about: "Listening to a tab" },
];

/**
 * While state's `live` is not null, `heard` holds what frames.js's `picture` wants of this moment.
 * @param {HTMLElement} place
 * @param {{get: Function, set: Function, on: Function}} state
 * @param {object} context with `player`; gets `live`: {start(kind), stop()}
 */
export function mountLive(place, state, context) {
  const buttons = SOURCES.filter(({ kind }) => kind === "microphone" || sharesTabs()).map((source) =>
    button(source, state, context),
  );
  const about = make("p", { class: "hint", role: "status" });
  place.classList.add("block");
  place.append(make("h2", {}, "Play live"), make("div", { class: "block-row" }, ...buttons), about);

  let sound = null;
  let asked = 0;
  let ticking = 0;

  async function start(kind) {
    const mine = ++asked;
    context.player.pause();
    try {
      const opened = await listenTo(kind, stop);
      if (mine !== asked) return opened.stop();
      sound?.stop();
      sound = opened;
      state.set({ live: kind });
      tick();
    } catch (error) {
      if (!(error instanceof CannotListen)) throw error;
      if (mine === asked) state.set({ notice: { kind: "error", text: error.message } });
    }
    return undefined;
  }

  function stop() {
    asked += 1;
    cancelAnimationFrame(ticking);
    sound?.stop();
    sound = null;
    state.set({ live: null, heard: null });
  }

  function tick() {
    if (!sound) return;
    state.set({ heard: sound.hear(state.get("look")) });
    ticking = requestAnimationFrame(tick);
  }

  const show = () => {
    const source = SOURCES.find(({ kind }) => kind === state.get("live"));
    about.textContent = source
      ? `${source.about}. Nothing is recorded or sent.`
      : "The picture follows what is playing in the room, or in another tab.";
    if (!source && sound) stop();
  };
  state.on("live", show);
  state.on("playing", () => state.get("playing") && sound && stop());
  show();
  context.live = { start, stop };
}

function button({ kind, sign, words }, state, context) {
  const made = make("button", {
    type: "button",
    class: "secondary",
    data: { live: kind },
    aria: { pressed: "false" },
    onClick: () => (state.get("live") === kind ? context.live.stop() : context.live.start(kind)),
  });
  const show = () => {
    const on = state.get("live") === kind;
    dress(made, on ? "close" : sign, on ? `Stop: ${words.toLowerCase()}` : words, { seen: true });
    made.setAttribute("aria-pressed", String(on));
  };
  state.on("live", show);
  show();
  return made;
}
