/** The studio's start: fetch the catalog, mount every part, draw while there is something to draw. */
import { mountActions } from "./actions.js";
import { mountControls } from "./controls.js";
import { mountDrop } from "./drop.js";
import { createEditing } from "./editing.js";
import { mountGallery } from "./gallery.js";
import { dress, icon } from "./icons.js";
import { createLocks } from "./locks.js";
import { complete } from "./look.js";
import { mountNotices } from "./notices.js";
import { mountPanel } from "./panel.js";
import { createPlayer } from "./player.js";
import { mountPreview } from "./preview.js";
import { fromLink } from "./share.js";
import { createState, untouched } from "./state.js";
import * as still from "./still.js";
import { createStore } from "./store.js";
import { mountTheme } from "./theme.js";
import { mountTransport } from "./transport.js";

const FIRST = "neon-knot"; // what a first visit shows

const element = (id) => document.getElementById(id);

start();

async function start() {
  const catalog = await (await fetch(element("catalog").href)).json();
  if (still.wanted(location)) return still.draw(element("picture"), catalog, location);

  const looks = Object.fromEntries(
    Object.entries(catalog.looks).map(([name, look]) => [name, complete(look, catalog.schema)]),
  );
  const store = createStore();
  const first = firstLook(catalog.schema, looks, store);
  const state = createState({ ...untouched(), ...first.known });
  const context = { catalog, looks, store, state };
  context.editing = createEditing(state, catalog.schema);
  context.locks = createLocks(store);
  context.player = createPlayer(state);
  window.oriel = context; // for tests and for the curious

  mountNotices(element("notices"), state, context);
  if (first.problems) state.set({ notice: { kind: "error", text: first.problems.join(" ") } });
  mountTransport(element("transport"), state, context);
  mountDrop(document.body, state, context);
  context.preview = mountPreview(element("picture"), state, context);
  mountBar(context);
  mountPanel(element("panel"), state, context);
  mountGallery(element("looks"), state, context);
  mountControls(element("controls"), state, context, element("hearing"));
  mountActions(element("actions"), state, context);
  await mount("./meters.js", "mountMeters", element("meters"), context);
  await mount("./live.js", "mountLive", element("live"), context);
  await mount("./autopilot.js", "mountAutopilot", element("autopilot"), context);
  await mount("./aspect.js", "mountAspect", element("aspect"), context);
  await mount("./order.js", "mountOrder", element("order"), context);
  await mount("./keys.js", "mountKeys", element("keys"), context);
  follow(state, context);
  document.body.dataset.ready = "true";
  return undefined;
}

/** The look of the link, else that of the last visit, else one that shows what Oriel is. */
function firstLook(schema, looks, store) {
  const linked = fromLink(location.href, schema);
  if (linked?.look) return { known: based(linked.look, "From a link") };
  const name = FIRST in looks ? FIRST : "default";
  const known = recalled(store.get("look"), schema) ?? based(looks[name], name);
  return { known, problems: linked?.problems };
}

function based(look, lookName) {
  return { look, lookName, baseline: look };
}

function recalled(kept, schema) {
  try {
    const { look, lookName, baseline } = kept;
    return { look: complete(look, schema), lookName: String(lookName), baseline: complete(baseline, schema) };
  } catch {
    return null; // nothing was kept, or by an Oriel with other fields
  }
}

/** Keeps what is shown for the next visit, and opens links that are pasted over this one. */
function follow(state, { catalog, editing, store }) {
  state.on(["look", "lookName", "baseline"], () => {
    const { look, lookName, baseline } = { look: state.get("look"), lookName: state.get("lookName"), baseline: state.get("baseline") };
    store.set("look", { look, lookName, baseline });
  });
  addEventListener("hashchange", () => {
    const linked = fromLink(location.href, catalog.schema);
    if (linked?.look) editing.choose(linked.look, "From a link");
    if (linked?.problems) state.set({ notice: { kind: "error", text: linked.problems.join(" ") } });
  });
  state.on("aspect", () => (element("frame").dataset.aspect = state.get("aspect")));
}

function mountBar(context) {
  element("brand").prepend(icon("oriel", 22));
  mountTheme(element("theme"), context.store);
  dress(element("help"), "keys", "Keys", { key: "?" });
  element("make-video").addEventListener("click", () => context.panel.show("Video"));
}

/** While parts are being built: one that is not there yet is left out. */
async function part(path) {
  try {
    return await import(path);
  } catch (error) {
    console.warn(path, error.message);
    return null;
  }
}

async function mount(path, name, place, context) {
  const module = await part(path);
  module?.[name]?.(place, context.state, context);
}
