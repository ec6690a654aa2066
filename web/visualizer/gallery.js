/** The looks that come with Oriel and one's own, each with its picture; a click chooses. */
import { make } from "./elements.js";
import { dress } from "./icons.js";
import { check, diff } from "./look.js";
import { label } from "./fields.js";
import { createThumbnails } from "./thumbnails.js";

const MOST = 60; // looks of one's own

/**
 * @param {HTMLElement} place
 * @param {{get: Function, set: Function, on: Function}} state
 * @param {object} context catalog, looks, editing, store, preview; gets `gallery`: {step}
 */
export function mountGallery(place, state, context) {
  const { catalog, looks, editing, store } = context;
  const paint = createThumbnails(context.preview?.painter ?? null, () => Boolean(state.get("loading")));
  const own = make("div", { class: "looks-grid" });
  const grid = make("div", { class: "looks-grid" });
  const keepButton = dress(make("button", { type: "button", class: "quiet-button", onClick: keep }), "keep", "Keep this look", { seen: true });
  keepButton.title = "Keep the look as it is now, in this browser";
  const yours = make("div", {}, make("h3", { class: "looks-of" }, "Yours"), own, make("h3", { class: "looks-of" }, "Built in"));
  place.append(make("div", { class: "panel-head looks-head" }, make("h2", {}, "Looks"), keepButton), yours, grid);
  let cards = [];
  let mine = readable(store.get("looks", []), catalog.schema);

  const builtIn = Object.entries(looks).map(([name, look]) => card(named(name), name, look, null));
  grid.append(...builtIn.map((one) => one.element));

  function card(words, name, look, onRemove) {
    const canvas = make("canvas", { width: 320, height: 180 });
    canvas.style.background = look.background; // until it is drawn
    const choose = make("button", { type: "button", class: "look-choose", onClick: () => editing.choose(look, name) });
    choose.append(canvas, make("span", { class: "look-name" }, words));
    const element = make("div", { class: "look", data: { look: name } }, choose);
    if (onRemove) {
      const remove = make("button", { type: "button", class: "icon-button look-remove", onClick: onRemove });
      element.append(dress(remove, "trash", `Remove ${words}`));
    }
    paint(canvas, look, onRemove !== null);
    return { name, look, element, choose };
  }

  function showOwn() {
    const made = mine.map(({ name, look }) => card(name, name, look, () => remove(name)));
    own.replaceChildren(...made.map((one) => one.element));
    yours.hidden = mine.length === 0;
    cards = [...made, ...builtIn];
    mark();
  }

  function mark() {
    for (const { name, choose } of cards) choose.setAttribute("aria-pressed", String(name === state.get("lookName")));
  }

  function save() {
    const kept = store.set("looks", mine.map(({ name, look }) => ({ name, look: diff(look, catalog.schema) })));
    const text = "This browser keeps nothing for this page: the look stays until the page is closed.";
    if (!kept) state.set({ notice: { kind: "warning", text } });
    showOwn();
  }

  /** Keeps the look that is shown under a name of its own. */
  function keep() {
    const taken = new Set(mine.map((one) => one.name));
    const name = free(`${named(state.get("lookName"))}, mine`, taken);
    const look = state.get("look");
    mine = [{ name, look }, ...mine].slice(0, MOST);
    save();
    editing.choose(look, name);
    state.set({ notice: { id: "kept", kind: "info", text: `Kept as “${name}”, in this browser.` } });
  }

  function remove(name) {
    mine = mine.filter((one) => one.name !== name);
    save();
  }

  /** The look after this one, or before it. @param {1 | -1} way */
  function step(way) {
    const at = cards.findIndex((one) => one.name === state.get("lookName"));
    const next = cards[(at + way + cards.length) % cards.length];
    editing.choose(next.look, next.name);
    next.element.scrollIntoView({ block: "nearest" });
  }

  state.on("lookName", mark);
  showOwn();
  context.gallery = { step };
}

/** "neon-knot" as people write it; names that people gave stay as they are. */
export function named(name) {
  return /^[a-z0-9-]+$/.test(name) ? label(name.replaceAll("-", " ")) : name;
}

/** A name that nobody has, counting on. @param {string} wanted @param {Set<string>} taken */
export function free(wanted, taken) {
  const stem = wanted.replace(/( \d+|, mine)+$/, "");
  const first = wanted.endsWith(", mine") ? `${stem}, mine` : wanted;
  for (let count = 1; ; count += 1) {
    const name = count === 1 ? first : `${first} ${count}`;
    if (!taken.has(name)) return name;
  }
}

/** Looks that an Oriel with other fields kept are left out. */
function readable(kept, schema) {
  if (!Array.isArray(kept)) return [];
  const found = kept.map((one) => ({ name: String(one?.name), look: check(one?.look, schema).look }));
  return found.filter((one) => one.look);
}
