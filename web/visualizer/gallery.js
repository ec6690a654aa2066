/** The looks that come with Oriel and one's own, each with its picture; a click chooses. */
import { make } from "./elements.js";
import { dress } from "./icons.js";
import { isolated } from "./isolated.js";
import { check, diff } from "./look.js";
import { free, named } from "./names.js";
import { createThumbnails } from "./thumbnails.js";

const MOST = 60; // looks of one's own

/**
 * @param {HTMLElement} place
 * @param {{get: Function, set: Function, on: Function}} state
 * @param {object} context catalog, looks, editing, store, preview; gets `gallery`: {step, showAccount}
 */
export function mountGallery(place, state, context) {
  const { catalog, looks, editing, store } = context;
  const paint = createThumbnails(context.preview?.painter ?? null, () => Boolean(state.get("loading")));
  const own = make("div", { class: "looks-grid" });
  const grid = make("div", { class: "looks-grid" });
  const keepButton = dress(make("button", { type: "button", class: "quiet-button", onClick: keep }), "keep", "Keep this look", { seen: true });
  const offer = make("p", { class: "looks-offer" });
  const yours = make("div", {}, make("h3", { class: "looks-of" }, "Yours"), own, make("h3", { class: "looks-of" }, "Built in"));
  place.append(make("div", { class: "panel-head looks-head" }, make("h2", {}, "Looks"), keepButton), offer, yours, grid);
  let cards = [];
  let theirs = null; // the looks of the account, where somebody is signed in
  let account = null; // what keeps those
  let mine = readable(store.get("looks", []), catalog.schema);

  const builtIn = Object.entries(looks).map(([name, look]) => card(named(name), name, look, null));
  grid.append(...builtIn.map((one) => one.element));

  function card(words, name, look, onRemove, { onRename = null, where = "" } = {}) {
    const canvas = make("canvas", { width: 320, height: 180 });
    canvas.style.background = look.background; // until it is drawn
    const choose = make("button", { type: "button", class: "look-choose", onClick: () => editing.choose(look, name) });
    choose.append(canvas, make("span", { class: "look-name" }, words, where && make("span", { class: "look-where" }, where)));
    const element = make("div", { class: "look", data: { look: name } }, choose);
    if (onRemove) {
      const remove = make("button", { type: "button", class: "icon-button look-remove", onClick: onRemove });
      element.append(dress(remove, "trash", `Remove ${words}`));
    }
    if (onRename) {
      const rename = make("button", { type: "button", class: "icon-button look-remove look-rename", onClick: () => ask(element, words, onRename) });
      element.append(dress(rename, "pen", `Rename ${words}`));
    }
    paint(canvas, look, onRemove !== null);
    return { name, look, element, choose };
  }

  function showOwn() {
    const where = theirs ? "in this browser" : "";
    const made = [
      ...(theirs ?? []).map((one) => card(one.name, one.name, one.look, () => account.remove(one), { onRename: (name) => account.rename(one, name) })),
      ...mine.map(({ name, look }) => card(name, name, look, () => remove(name), { onRename: (to) => rename(name, to), where })),
    ];
    put(made.map((one) => one.element));
    yours.hidden = made.length === 0;
    keepButton.title = `Keep the look as it is now, ${theirs ? "in your account" : "in this browser"}`;
    showOffer();
    cards = [...made, ...builtIn];
    mark();
  }

  /** The keyboard's focus stays in its place, where another look may be by then. */
  function put(elements) {
    const at = [...own.children].indexOf(document.activeElement?.closest(".look"));
    own.replaceChildren(...elements);
    if (at < 0) return;
    const there = elements[Math.min(at, elements.length - 1)]?.querySelector(".look-choose") ?? keepButton;
    there.focus({ preventScroll: true });
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

  /** Looks that are in this browser alone can come along into the account. */
  function showOffer() {
    if (offer.contains(document.activeElement)) keepButton.focus({ preventScroll: true });
    offer.hidden = !theirs || mine.length === 0;
    const words = mine.length === 1 ? "One look is in this browser only." : `${mine.length} looks are in this browser only.`;
    offer.replaceChildren(words, make("button", { type: "button", class: "quiet-button", onClick: take }, "Take along to my account"));
  }

  async function take() {
    const taken = await account.take(mine);
    mine = mine.filter((one) => !taken.includes(one.name));
    save();
  }

  /** Shows what an account keeps; null where nobody is signed in. @param {object[] | null} looks @param {object} keeper */
  function showAccount(looks, keeper) {
    [theirs, account] = [looks, keeper];
    showOwn();
  }

  /** Keeps the look that is shown under a name of its own, in the account if it can be. */
  async function keep() {
    const taken = new Set([...mine, ...(theirs ?? [])].map((one) => one.name));
    const name = free(`${named(state.get("lookName"))}, mine`, taken);
    const look = state.get("look");
    if (!theirs) return keepHere(name, look);
    const kept = await account.keep(name, look);
    if (!kept) return undefined;
    editing.choose(look, kept);
    return state.set({ notice: { id: "kept", kind: "info", text: `Kept as “${isolated(kept)}”, in your account.` } });
  }

  function keepHere(name, look) {
    mine = [{ name, look }, ...mine].slice(0, MOST);
    save();
    editing.choose(look, name);
    state.set({ notice: { id: "kept", kind: "info", text: `Kept as “${isolated(name)}”, in this browser.` } });
  }

  /** A name that another look of one's own has already gets a number. */
  function rename(name, wanted) {
    const others = [...mine, ...(theirs ?? [])].map((one) => one.name).filter((one) => one !== name);
    const to = free(wanted, new Set([...others, ...builtIn.map((one) => one.name)]));
    mine = mine.map((one) => (one.name === name ? { ...one, name: to } : one));
    save();
    if (state.get("lookName") === name) state.set({ lookName: to });
  }

  function remove(name) {
    const at = mine.findIndex((one) => one.name === name);
    const [gone] = mine.splice(at, 1);
    save();
    state.set({ notice: removed(name, () => (mine.splice(at, 0, gone), save())) });
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
  context.gallery = { step, showAccount };
}

/** What is said when a look is gone, with the way to have it back. @param {string} name @param {() => void} run */
export function removed(name, run) {
  const text = `“${isolated(name)}” is removed.`;
  return { id: "kept", kind: "info", text, action: { label: "Undo", run } };
}

/** Looks that an Oriel with other fields kept are left out. */
function readable(kept, schema) {
  if (!Array.isArray(kept)) return [];
  const found = kept.map((one) => ({ name: String(one?.name), look: check(one?.look, schema).look }));
  return found.filter((one) => one.look);
}

/** A look's name becomes a field; Enter gives the new name, Escape leaves the old one. */
function ask(element, name, onRename) {
  const input = make("input", { class: "input look-renaming", value: name, maxLength: 80, aria: { label: `New name of ${name}` } });
  const leave = () => element.querySelector(".look-rename").focus();
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") leave();
    if (event.key !== "Enter" || !input.value.trim() || input.readOnly) return;
    if (input.value.trim() === name) return leave();
    input.readOnly = true;
    onRename(input.value.trim());
  });
  input.addEventListener("blur", () => input.remove());
  element.append(input);
  input.select();
}
