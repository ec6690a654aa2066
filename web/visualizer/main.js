/** The studio's start: fetch the catalog, mount every part, draw while there is something to draw. */
import { createState, untouched } from "./state.js";
import { complete } from "./look.js";

const element = (id) => document.getElementById(id);

start();

async function start() {
  const catalog = await (await fetch(element("catalog").href)).json();
  const looks = {};
  for (const [name, look] of Object.entries(catalog.looks)) looks[name] = complete(look, catalog.schema);

  const still = await part("./still.js");
  if (still?.wanted(location)) return still.draw(element("picture"), catalog, location);

  const state = createState({ ...untouched(), look: looks.default });
  const context = { catalog, looks, state };
  window.oriel = context; // for tests and for the curious

  await mount("./player.js", "mountPlayer", document.body, context);
  await mount("./drop.js", "mountDrop", document.body, context);
  await mount("./transport.js", "mountTransport", element("transport"), context);
  await mount("./meters.js", "mountMeters", element("meters"), context);
  await mount("./live.js", "mountLive", element("live"), context);
  await mount("./autopilot.js", "mountAutopilot", element("autopilot"), context);
  await mount("./aspect.js", "mountAspect", element("aspect"), context);
  await mount("./order.js", "mountOrder", element("order"), context);
  await mount("./notices.js", "mountNotices", element("notices"), context);
  await mount("./keys.js", "mountKeys", element("keys"), context);
  return undefined;
}

/** While parts are being built: one that is not there yet is left out. */
async function part(path) {
  try {
    return await import(path);
  } catch (error) {
    console.warn(path, error);
    return null;
  }
}

async function mount(path, name, place, context) {
  const module = await part(path);
  module?.[name]?.(place, context.state, context);
}
