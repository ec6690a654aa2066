/** An address and what the browser kept in; the look that a visit begins with out. */
import { check } from "./look.js";
import { fromLink } from "./share.js";

const FIRST = "neon-knot"; // what a first visit shows
const KEPT = ["look", "lookName", "baseline"]; // for the next visit
const SOON = 400; // milliseconds after the last change until it is kept

/**
 * The look of the last visit, or one that shows what Oriel is.
 * @param {object} schema
 * @param {Record<string, object>} looks the built-in ones, complete
 * @param {{get: Function}} store
 * @returns {{look: object, lookName: string, baseline: object}}
 */
export function firstLook(schema, looks, store) {
  const kept = store.get("look", {});
  const [look, baseline] = [kept.look, kept.baseline].map((one) => check(one, schema).look);
  if (look && baseline) return { look, lookName: String(kept.lookName), baseline };
  const name = FIRST in looks ? FIRST : "default";
  return { look: looks[name], lookName: name, baseline: looks[name] };
}

/**
 * The look that an address asks for: #look=… of a shared link, or ?look=NAME or JSON.
 * @param {string} address
 * @param {object} schema
 * @param {Record<string, object>} looks
 * @returns {{look: object, name: string} | {problems: string[]} | null} null: none
 */
function askedLook(address, schema, looks) {
  const linked = fromLink(address, schema);
  if (linked) return { ...linked, name: "From a link" };
  const asked = new URL(address).searchParams.get("look");
  if (asked === null) return null;
  if (Object.hasOwn(looks, asked)) return { look: looks[asked], name: asked };
  try {
    return { ...check(JSON.parse(asked), schema), name: "From a link" };
  } catch {
    return { problems: [`There is no look ${asked.slice(0, 60)}.`] };
  }
}

/**
 * Opens the address' look, now and when another link is pasted over it, and keeps the look that is
 * shown for the next visit, unless autopilot shows it. Undo leads back to what was there before.
 */
export function mountVisit(state, { catalog, looks, editing, store }) {
  function open() {
    const asked = askedLook(location.href, catalog.schema, looks);
    if (asked?.look) editing.choose(asked.look, asked.name);
    if (asked?.problems) state.set({ notice: { kind: "error", text: asked.problems.join(" ") } });
    // A reload then shows what was made of it.
    if (location.hash.startsWith("#look=")) history.replaceState(null, "", location.pathname + location.search);
  }

  let waiting = 0;
  function keep() {
    if (!state.get("autopilot")) store.set("look", Object.fromEntries(KEPT.map((key) => [key, state.get(key)])));
  }
  state.on([...KEPT, "autopilot"], () => {
    clearTimeout(waiting);
    waiting = setTimeout(keep, SOON);
  });
  addEventListener("pagehide", keep);
  addEventListener("hashchange", open);
  open();
}
