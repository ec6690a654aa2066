/** What is done with a whole look: undo, randomise, compare, share, copy, load, reset. */
import { make } from "./elements.js";
import { dress } from "./icons.js";
import { isolated } from "./isolated.js";
import { check, same } from "./look.js";
import { mountMenu } from "./menu.js";
import { named } from "./names.js";
import { randomise } from "./randomise.js";
import { lookText, saveLook } from "./saving.js";
import { toLink } from "./share.js";
import { mountTheme } from "./theme.js";

const LARGEST = 1_000_000; // bytes of a look's file
const HOLD = 300; // milliseconds: a shorter press stays until the next

/**
 * @param {HTMLElement} place a toolbar
 * @param {{get: Function, set: Function, on: Function}} state
 * @param {object} context catalog, editing, locks, gallery; gets `openLook(file)`
 */
export function mountActions(place, state, context) {
  const { editing, locks } = context;
  const { schema } = context.catalog;
  const say = (text, kind = "info") => state.set({ notice: { kind, text } });
  const json = () => lookText(state.get("look"), schema);

  const actions = {
    undo: editing.undo,
    redo: editing.redo,
    randomise: () => editing.change(randomise(state.get("look"), schema, seed(), locks.list())),
    share: () => copy(toLink(state.get("look"), schema, location.href), "Link copied: it carries this look.", say),
    copy: () => copy(json(), "Copied this look as JSON.", say),
    save: () => saveLook(state.get("lookName"), state.get("look"), schema),
    load: () => picker.click(),
    reset: () => editing.reset(),
  };
  context.openLook = openLook;

  async function openLook(opened) {
    const found = await read(opened, schema);
    if (found.look) editing.choose(found.look, opened.name.replace(/\.json$/i, ""));
    else say(found.problems.join(" "), "error");
  }

  const picker = make("input", { type: "file", accept: ".json,application/json", hidden: true, id: "look-file", "aria-label": "Look file", tabIndex: -1 });
  picker.addEventListener("change", () => {
    if (picker.files[0]) openLook(picker.files[0]);
    picker.value = "";
  });

  const undo = dress(button("icon-button", actions.undo), "undo", "Undo", { key: "Z" });
  const redo = dress(button("icon-button", actions.redo), "redo", "Redo", { key: "Shift Z" });
  const random = dress(button("quiet-button words", actions.randomise), "randomise", "Randomise", { seen: true, key: "R" });
  const compare = compareButton(state);
  const share = dress(button("quiet-button words", actions.share), "link", "Share", { seen: true });
  const { more, menu } = moreMenu(actions, context.store);
  Object.entries({ undo, redo, randomise: random, compare, share }).forEach(([name, one]) => (one.dataset.action = name));
  place.append(title(state), undo, redo, random, compare, share, more, menu, picker);

  function show() {
    undo.disabled = !state.get("canUndo");
    redo.disabled = !state.get("canRedo");
    compare.disabled = same(state.get("look"), state.get("baseline"));
    compare.setAttribute("aria-pressed", String(Boolean(state.get("comparing"))));
  }
  state.on(["look", "baseline", "canUndo", "canRedo", "comparing"], show);
  state.on("look", () => state.set({ comparing: false }));
  show();
}

/** The look's name, and whether it was changed since. */
function title(state) {
  const name = make("b");
  const changed = make("span", { class: "quiet" });
  function show() {
    name.textContent = named(state.get("lookName"));
    changed.hidden = same(state.get("look"), state.get("baseline"));
    changed.textContent = state.get("comparing") ? "before" : "changed";
  }
  state.on(["look", "lookName", "baseline", "comparing"], show);
  show();
  return make("div", { class: "look-title" }, make("span", { class: "quiet" }, "Look"), name, changed);
}

/** Shows the look as it was chosen: while it is held, or from one press to the next. */
function compareButton(state) {
  const made = dress(make("button", { type: "button", class: "quiet-button words" }), "compare", "Before", { seen: true });
  made.title = "Press or hold to see the look as you chose it (C)";
  let since = 0; // when a finger or a mouse button went down, milliseconds; 0: it is up
  let held = false;
  const compare = (on) => state.set({ comparing: on });
  made.addEventListener("pointerdown", (event) => {
    since = event.timeStamp;
    held = state.get("comparing") !== true;
    compare(true);
  });
  const release = (event) => {
    if (since && held && event.timeStamp - since > HOLD) compare(false);
    else if (since && event.type === "pointerup" && !held) compare(false);
    since = 0;
  };
  for (const type of ["pointerup", "pointerleave", "pointercancel"]) made.addEventListener(type, release);
  // A click without a pointer comes from a key, or from another part of the page.
  made.addEventListener("click", (event) => event.detail === 0 && !made.disabled && compare(!state.get("comparing")));
  return made;
}

function moreMenu(actions, store) {
  const item = (name, words, call) => {
    const made = button("", () => {
      menu.hidePopover();
      call();
    });
    made.setAttribute("role", "menuitem");
    return dress(made, name, words, { seen: true });
  };
  // Where the bar is too narrow for it, the theme's switch is here.
  const theme = make("button", { type: "button", class: "menu-theme", role: "menuitem" });
  mountTheme(theme, store, { seen: true });
  const menu = make("div", { class: "menu", id: "look-menu", popover: "auto", role: "menu", "aria-label": "Look" });
  menu.append(
    item("save", "Save as a file", actions.save),
    item("copy", "Copy as JSON", actions.copy),
    item("load", "Load a look…", actions.load),
    make("hr"),
    item("reset", "Reset changes", actions.reset),
    theme,
  );
  const more = dress(make("button", { type: "button", class: "icon-button" }), "more", "More for this look");
  more.setAttribute("aria-haspopup", "menu");
  more.popoverTargetElement = menu;
  mountMenu(menu, more);
  return { more, menu };
}

async function read(opened, schema) {
  if (opened.size > LARGEST) return { problems: [`${isolated(opened.name)} is too large for a look. Load a file that this page saved.`] };
  try {
    const found = check(JSON.parse(await opened.text()), schema);
    return found.look ? found : { problems: [`${isolated(opened.name)} is not a look that Oriel can show.`, ...found.problems] };
  } catch {
    return { problems: [`${isolated(opened.name)} is not a look: its text is not JSON. Load a file that this page saved.`] };
  }
}

async function copy(text, done, say) {
  try {
    await navigator.clipboard.writeText(text);
    say(done);
  } catch {
    say(`The browser did not let the page copy. Here it is: ${text.trim()}`, "warning");
  }
}

function seed() {
  return crypto.getRandomValues(new Uint32Array(1))[0];
}

function button(className, onClick) {
  return make("button", { type: "button", class: className, onClick });
}
