// A pressed key goes in; what it does is done. `?` opens a sheet that tells them all.

import { make } from "./elements.js";
import { dress } from "./icons.js";
import { SHEET, actionOf, belongsTo } from "./keymap.js";
import { nextBeat, JUMP } from "./steps.js";
import { loopOf } from "./loops.js";

const LOUDER = 0.05;

/**
 * @param {HTMLDialogElement} dialog the sheet of keys
 * @param {{get: Function, set: Function, on: Function}} state
 * @param {object} context with what the other parts gave it
 */
export function mountKeys(dialog, state, context) {
  const actions = actionsOf(state, context, dialog);
  fillSheet(dialog);
  document.addEventListener("keydown", (event) => {
    const action = actionOf(event);
    const done = actions[action];
    if (
      !done ||
      event.defaultPrevented ||
      document.querySelector("dialog[open]") ||
      belongsTo(event, focusOf(document.activeElement))
    )
      return;
    if (event.repeat && !REPEATED.has(action)) return event.preventDefault();
    if (done() !== false) event.preventDefault();
  });
  document.getElementById("help")?.addEventListener("click", actions.keys);
}

const REPEATED = new Set([
  "back",
  "ahead",
  "step back",
  "step ahead",
  "louder",
  "quieter",
  "undo",
  "redo",
  "next look",
  "previous look",
]);

function focusOf(element) {
  if (!element || element === document.body) return { tag: "BODY" };
  return {
    tag: element.tagName,
    type: element.type,
    role: element.getAttribute("role"),
    editable: element.isContentEditable,
    seen: element.matches(":focus-visible"),
  };
}

/** Each returns false where there is nothing to do, so that the key stays the browser's. */
function actionsOf(state, context, dialog) {
  const { player, transport, editing, songs } = context;
  const withSong = (act) => () => (state.get("song") ? act(state.get("song")) : false);
  const seek = (to) => withSong((song) => player.seek(to(song)));
  const step = (direction) => seek(() => nextBeat(state.get("rhythm")?.beats, player.position(), direction));
  const press = (selector) => () => document.querySelector(selector)?.click() ?? undefined;
  const bound = (index) =>
    withSong((song) =>
      state.set({ loop: bounded(state.get("loop"), index, player.position(), song.seconds) }),
    );
  return {
    toggle: withSong(() => player.toggle()),
    back: seek(() => player.position() - JUMP),
    ahead: seek(() => player.position() + JUMP),
    "step back": step(-1),
    "step ahead": step(1),
    start: seek(() => 0),
    end: seek((song) => song.seconds),
    louder: () => transport.louder(LOUDER),
    quieter: () => transport.louder(-LOUDER),
    mute: () => transport.mute(),
    loop: withSong(() => transport.loop()),
    "loop from": bound(0),
    "loop to": bound(1),
    "full screen": () => void transport.fullScreen(),
    randomise: press('[data-action="randomise"]'),
    undo: () => editing?.undo(),
    redo: () => editing?.redo(),
    compare: press('[data-action="compare"]'),
    "next look": () => context.gallery.step(1),
    "previous look": () => context.gallery.step(-1),
    autopilot: () => context.autopilot.toggle(),
    aspect: () => context.aspect.next(),
    open: () => songs.choose(),
    "make video": press("#make-video"),
    keys: () => dialog.showModal(),
  };
}

/** The loop with one end here; where that leaves nothing, from here to the end or from the start. */
function bounded(loop, index, at, length) {
  const other = loop?.[1 - index] ?? (index === 0 ? length : 0);
  const kept = index === 0 ? other > at : other < at;
  const far = kept ? other : index === 0 ? length : 0;
  return loopOf(at, far, length) ?? loop;
}

function fillSheet(dialog) {
  const close = dress(
    make("button", { type: "button", class: "icon-button", onClick: () => dialog.close() }),
    "close",
    "Close",
    { key: "Esc" },
  );
  const groups = SHEET.map(({ group, keys }) =>
    make("section", {}, make("h3", {}, group), make("dl", {}, ...keys.map(entry))),
  );
  dialog.append(
    make("header", { class: "keys-head" }, make("h2", {}, "Keys"), close),
    make("div", { class: "keys-groups" }, ...groups),
  );
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
}

function entry({ keys, words }) {
  return make("div", {}, make("dt", {}, ...keys.map((key) => make("kbd", {}, key))), make("dd", {}, words));
}
