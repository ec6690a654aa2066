// The account's looks on the server go in; beside those of this browser in the gallery, they come out.

import { removed } from "./gallery.js";
import { check, diff } from "./look.js";
import { free } from "./names.js";

const LONGEST = 80; // letters of a name

/**
 * @param {{get: Function, set: Function, on: Function}} state
 * @param {object} context session, gallery, catalog
 */
export function mountKept(state, context) {
  const { session, gallery } = context;
  const { schema } = context.catalog;
  const say = (text, kind = "info") => state.set({ notice: { id: "kept", kind, text } });
  let kept = [];
  let whose = null;

  const show = () => gallery.showAccount(whose && kept, { keep, rename, remove, take });

  async function load() {
    const id = state.get("account")?.id ?? null;
    if (id === whose) return;
    whose = id;
    kept = [];
    if (id) await attempt(async () => void (kept = readable((await session.ask("GET", "/api/user/presets")).presets, schema)));
    show();
  }

  /** Whether it is done; else it is said why not. */
  async function attempt(work) {
    try {
      await work();
      return true;
    } catch (error) {
      const named = Object.values(error.details ?? {}).find((one) => typeof one === "string");
      say(`${error.message}${error.code === "invalid" && named ? ` The name ${named}.` : ""}`, "error");
      return false;
    }
  }

  async function keep(wanted, look) {
    const name = free(wanted.slice(0, LONGEST - 4), new Set(kept.map((one) => one.name)));
    const done = await attempt(async () => {
      const made = await session.ask("POST", "/api/user/presets", { name, look: diff(look, schema) });
      kept = [{ id: made.id, name: made.name, look }, ...kept];
    });
    show();
    return done ? name : null;
  }

  async function rename(one, name) {
    const done = await attempt(async () => {
      const body = { name, look: diff(one.look, schema) };
      const told = await session.ask("PUT", `/api/user/presets/${one.id}`, body);
      kept = kept.map((each) => (each.id === one.id ? { ...each, name: told.name } : each));
    });
    if (done && state.get("lookName") === one.name) state.set({ lookName: name });
    show();
  }

  async function remove(one) {
    const done = await attempt(() => session.ask("DELETE", `/api/user/presets/${one.id}`));
    if (done) kept = kept.filter((each) => each.id !== one.id);
    show();
    if (done) state.set({ notice: removed(one.name, () => keep(one.name, one.look)) });
  }

  /** Takes looks of this browser along; which of them are on the server now. */
  async function take(looks) {
    const taken = [];
    for (const one of [...looks].reverse()) {
      if (!(await keep(one.name, one.look))) break; // said already; the next would say the same
      taken.push(one.name);
    }
    if (taken.length > 0) say(`${taken.length === 1 ? "One look is" : `${taken.length} looks are`} in your account now.`);
    return taken;
  }

  state.on("account", load);
  return load();
}

/** Looks that an Oriel with other fields kept are left out. */
function readable(presets, schema) {
  const found = presets.map(({ id, name, look }) => ({ id, name, look: check(look, schema).look }));
  return found.filter((one) => one.look);
}
