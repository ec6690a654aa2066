/** The studio's start: fetch the catalog, mount every part, draw while there is something to draw. */
import { mountActions } from "./actions.js";
import { mountAspect } from "./aspect.js";
import { mountAutopilot } from "./autopilot.js";
import { mountControls } from "./controls.js";
import { mountDrop } from "./drop.js";
import { createEditing } from "./editing.js";
import { mountGallery } from "./gallery.js";
import { dress, icon } from "./icons.js";
import { mountKeys } from "./keys.js";
import { mountLive } from "./live.js";
import { createLocks } from "./locks.js";
import { complete } from "./look.js";
import { mountMeters } from "./meters.js";
import { mountNotices } from "./notices.js";
import { mountOrder } from "./order.js";
import { mountPanel } from "./panel.js";
import { createPlayer } from "./player.js";
import { mountPreview } from "./preview.js";
import { createState, untouched } from "./state.js";
import * as still from "./still.js";
import { createStore } from "./store.js";
import { mountTheme } from "./theme.js";
import { mountTransport } from "./transport.js";
import { firstLook, mountVisit } from "./visit.js";

const PATIENCE = 100; // milliseconds that the first paint may take

const element = (id) => document.getElementById(id);

start();

async function start() {
  const catalog = await (await fetch(element("catalog").href)).json();
  if (still.wanted(location)) return still.draw(element("picture"), catalog, location);
  await painted();

  const looks = Object.fromEntries(
    Object.entries(catalog.looks).map(([name, look]) => [name, complete(look, catalog.schema)]),
  );
  const store = createStore();
  const state = createState({ ...untouched(), ...firstLook(catalog.schema, looks, store) });
  const context = { catalog, looks, store, state };
  context.editing = createEditing(state, catalog.schema);
  context.locks = createLocks(store);
  context.player = createPlayer(state);
  window.oriel = context; // for tests and for the curious

  mountNotices(element("notices"), state, context);
  mountVisit(state, context);
  mountTransport(element("transport"), state, context);
  mountDrop(document.body, state, context);
  context.preview = mountPreview(element("picture"), state, context);
  mountBar(state, context);
  mountPanel(element("panel"), state, context);
  mountGallery(element("looks"), state, context);
  mountControls(element("controls"), state, context, element("hearing"));
  mountActions(element("actions"), state, context);
  mountMeters(element("meters"), state, context);
  mountLive(element("live"), state, context);
  mountAutopilot(element("autopilot"), state, context);
  mountAspect(element("aspect"), state, context);
  mountOrder(element("order"), state, context);
  mountKeys(element("keys"), state, context);
  document.body.dataset.ready = "true";
  return "service" in document.body.dataset ? openService(state, context) : undefined;
}

/** What a visitor of the studio alone does not need comes after all else. */
async function openService(state, context) {
  const { mountService } = await import("./service.js");
  await mountService(state, context);
}

/** The page is seen before its parts take hold; one that nobody looks at is not painted at all. */
function painted() {
  return new Promise((resolve) => {
    requestAnimationFrame(() => setTimeout(resolve));
    setTimeout(resolve, PATIENCE);
  });
}

function mountBar(state, context) {
  element("brand").prepend(icon("oriel", 22));
  mountTheme(element("theme"), context.store);
  dress(element("help"), "keys", "Keys", { key: "?" });
  element("make-video").addEventListener("click", () => {
    context.panel.show("Video");
    if (state.get("song") || state.get("loading")) return;
    state.set({ notice: { id: "first", kind: "info", text: "Choose a song first, or play the demo song: then its video is made here." } });
  });
}
