// State and what is chosen here go in; what the video will be, and the command that makes it, out.

import { segmented, select } from "./choices.js";
import { FORMATS, command, formatOf, lines, lookFile } from "./command.js";
import { make } from "./elements.js";
import { estimate, fileSize } from "./estimates.js";
import { dress } from "./icons.js";
import { same } from "./look.js";
import { aspectOf, sizeName } from "./sizes.js";
import { mountPart } from "./part.js";
import { saveLook } from "./saving.js";
import { roughly } from "./times.js";

const RATES = ["24", "25", "30", "50", "60"];
const QUALITIES = [
  ["draft", "Draft"],
  ["standard", "Standard"],
  ["high", "High"],
];

/**
 * @param {HTMLElement} place
 * @param {{get: Function, set: Function, on: Function}} state
 * @param {object} context with `looks` and `catalog`; gets `order`: {now(), command()}
 */
export function mountOrder(place, state, context) {
  const size = select("Size", []);
  const fps = select(
    "Frame rate",
    RATES.map((rate) => [rate, `${rate} fps`]),
    "30",
  );
  const format = select(
    "Format",
    FORMATS.map(({ key, name }) => [key, name]),
  );
  const fits = make("p", { class: "hint order-fits" });
  const quality = segmented("Quality", QUALITIES, "standard");
  const part = mountPart(state);
  const said = make("dl", { class: "order-said" });
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

  place.classList.add("block");
  place.append(
    make("h2", {}, "Make video"),
    make("div", { class: "order-fields" }, size.row, fps.row, format.row, fits, quality.row, part.row),
    said,
    make(
      "p",
      { class: "order-how" },
      "Oriel’s command makes it on your own computer. Run it in the folder where the song and the look are:",
    ),
    line,
    make("div", { class: "block-row" }, copy, save, song),
    about,
  );

  const lookName = () =>
    untouched(state, context) ? state.get("lookName") : lookFile(state.get("lookName"));

  /** What is ordered, as command.js and estimates.js want it; null while there is no song. */
  function now() {
    const known = state.get("song");
    if (!known) return null;
    const [width, height] = size.value().split("x").map(Number);
    return {
      song: known.file,
      look: lookName(),
      width,
      height,
      fps: fps.value(),
      format: format.value(),
      quality: quality.value(),
      ...part.value(),
    };
  }

  function show() {
    const order = now();
    fits.textContent = formatOf(format.value()).about;
    for (const element of [said, line, copy, song]) element.hidden = !order;
    save.hidden = untouched(state, context);
    about.textContent = order
      ? hint(order, save.hidden)
      : "Choose a song first: then Oriel tells how long its video takes and how large it gets.";
    if (!order) return;
    line.replaceChildren(
      ...lines(order)
        .flatMap((text) => [make("span", {}, text), " "])
        .slice(0, -1),
    );
    const url = state.get("song").url;
    song.hidden = !url;
    if (url) [song.href, song.download] = [url, order.song];
    said.replaceChildren(...told(order, state));
  }

  function showSizes() {
    const { sizes } = aspectOf(state.get("aspect"));
    const named = (one) => [
      `${one[0]}x${one[1]}`,
      [`${one[0]} × ${one[1]}`, sizeName(one)].filter(Boolean).join(" · "),
    ];
    size.choose(sizes.map(named), sizes[Math.min(1, sizes.length - 1)].join("x"));
  }

  state.on("aspect", () => (showSizes(), show()));
  state.on(["song", "look", "lookName", "loop"], show);
  place.addEventListener("input", show);
  place.addEventListener("change", show);
  showSizes();
  show();
  context.order = { now, command: () => (now() ? command(now()) : "") };
}

function hint({ look }, builtIn) {
  return builtIn
    ? `“${look}” is one of Oriel’s own looks: the command knows it by its name.`
    : `Save the look beside the song, as ${look}.`;
}

/** Whether the look is, unchanged, one that the command knows by name. */
function untouched(state, { looks }) {
  const own = looks[state.get("lookName")];
  return Boolean(own) && same(own, state.get("look"));
}

function told(order, state) {
  const length = state.get("song").seconds;
  const seconds = Math.max(0, Math.min(order.end ?? length, length) - (order.start ?? 0));
  const effects = Object.keys(state.get("look").effects ?? {}).length;
  const { sound } = formatOf(order.format);
  const found = estimate({ ...order, fps: Number(order.fps), seconds, song: length, effects, sound });
  return [
    ...entry("Length", `${found.frames.toLocaleString("en-GB")} frames`),
    ...entry("File", `about ${fileSize(found.bytes)}`, "Dense or grainy looks: up to three times that."),
    ...entry("Takes", roughly(found.seconds), "Measured on two processor cores."),
  ];
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
