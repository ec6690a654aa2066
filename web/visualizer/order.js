// State and what is chosen here go in; what the video will be, and the command that makes it, out.

import { formatOf, lines, lookFile } from "./command.js";
import { make } from "./elements.js";
import { estimate, fileSize } from "./estimates.js";
import { dress } from "./icons.js";
import { isolated } from "./isolated.js";
import { same } from "./look.js";
import { mountFields } from "./orderfields.js";
import { saveLook } from "./saving.js";
import { roughly } from "./times.js";

/**
 * @param {HTMLElement} place
 * @param {{get: Function, set: Function, on: Function}} state
 * @param {object} context with `looks` and `catalog`; gets `order`: {now(), show()}, its
 *   elements `fields`, `said` and `own`, and `told`, what makes the words of `said`
 */
export function mountOrder(place, state, context) {
  const fields = mountFields(state);
  const said = make("dl", { class: "order-said" });
  const own = ownComputer(state, context);

  place.classList.add("block");
  place.append(make("h2", {}, "Make video"), fields.element, said, own.element);

  const lookName = () =>
    untouched(state, context) ? state.get("lookName") : lookFile(state.get("lookName"));

  /** What is ordered, as command.js and estimates.js want it, and what is `wrong`; null without a song. */
  function now() {
    const known = state.get("song");
    return known ? { song: known.file, look: lookName(), ...fields.value() } : null;
  }

  function show() {
    const order = now();
    said.hidden = !order || "wrong" in order;
    if (!said.hidden) said.replaceChildren(...context.order.told(order).flatMap((one) => entry(...one)));
    own.show(order, untouched(state, context));
  }

  context.order = {
    now,
    show,
    told: (order) => told(order, state),
    place,
    fields,
    said,
    own: own.element,
  };
  state.on(["aspect", "song", "look", "lookName", "loop"], show);
  place.addEventListener("input", show);
  place.addEventListener("change", show);
  show();
}

/** The command that makes the video elsewhere, to copy, and the look and the song that it needs. */
function ownComputer(state, context) {
  const line = make("code", {
    class: "order-command",
    tabIndex: 0,
    id: "order-command",
    aria: { label: "The command that makes this video" },
  });
  const copy = dress(
    make("button", { type: "button", class: "secondary", onClick: () => copied(line, copy, state) }),
    "copy",
    "Copy the command",
    { seen: true },
  );
  const save = dress(
    make("button", {
      type: "button",
      class: "secondary",
      id: "save-look",
      onClick: () => saveLook(state.get("lookName"), state.get("look"), context.catalog.schema),
    }),
    "save",
    "Save the look",
    { seen: true },
  );
  const song = make("a", { class: "order-song", download: "" }, "Save the song too");
  const about = make("p", { class: "hint" });
  const how = "Oriel’s command makes it on your own computer. Run it in the folder where the song and the look are:";
  const buttons = make("div", { class: "block-row" }, copy, save, song);
  const element = make("div", { class: "order-own" }, make("p", { class: "order-how" }, how), line, buttons, about);

  function show(order, builtIn) {
    const possible = order && !order.wrong;
    for (const one of [line, copy, song]) one.hidden = !possible;
    save.hidden = builtIn;
    about.textContent = order
      ? (order.wrong ?? hint(order, builtIn))
      : "Choose a song first: then Oriel tells how long its video takes and how large it gets.";
    if (!possible) return;
    const words = lines(order).flatMap((text) => [make("span", {}, text), " "]);
    line.replaceChildren(...words.slice(0, -1));
    const { url } = state.get("song");
    song.hidden = !url;
    if (url) [song.href, song.download] = [url, order.song];
  }

  return { element, show };
}

function hint({ look }, builtIn) {
  return builtIn
    ? `“${isolated(look)}” is one of Oriel’s own looks: the command knows it by its name.`
    : `Save the look beside the song, as ${isolated(look)}.`;
}

/** Whether the look is, unchanged, one that the command knows by name. */
function untouched(state, { looks }) {
  const own = looks[state.get("lookName")];
  return Boolean(own) && same(own, state.get("look"));
}

/** What the video costs to make: [name, value, remark]. */
function told(order, state) {
  const found = estimated(order, state);
  return [
    ["Length", `${found.frames.toLocaleString("en-GB")} frames`],
    ["File", `about ${fileSize(found.bytes)}`, "Dense or grainy looks: up to three times that."],
    ["Takes", roughly(found.seconds), "Measured on two processor cores."],
  ];
}

/** As estimates.js tells, of a song's part. @returns {{frames: number, seconds: number, bytes: number, length: number}} */
export function estimated(order, state) {
  const song = state.get("song").seconds;
  const length = Math.max(0, Math.min(order.end ?? song, song) - (order.start ?? 0));
  const effects = Object.keys(state.get("look").effects ?? {}).length;
  const { sound } = formatOf(order.format);
  return { ...estimate({ ...order, fps: Number(order.fps), seconds: length, song, effects, sound }), length };
}

function entry(name, value, remark = "") {
  return [make("dt", {}, name), make("dd", {}, value, remark && make("p", { class: "hint" }, remark))];
}

async function copied(line, button, state) {
  try {
    await navigator.clipboard.writeText(line.textContent);
  } catch {
    getSelection().selectAllChildren(line); // no leave to write there: the person can
    return state.set({
      notice: { kind: "info", text: "The command is selected: copy it with Ctrl+C or ⌘C." },
    });
  }
  const words = button.querySelector("span");
  words.textContent = "Copied";
  setTimeout(() => (words.textContent = "Copy the command"), 2000);
  return undefined;
}
