// The page, where the service is beside it, goes in; accounts, orders and renders on it come out.

import { mountAccount } from "./account.js";
import { goOn } from "./continued.js";
import { mountKept } from "./kept.js";
import { complete } from "./look.js";
import { mountRemembered } from "./remembered.js";
import { mountRenders } from "./renders.js";
import { createSession } from "./session.js";
import { mountShop } from "./shop.js";

const element = (id) => document.getElementById(id);

/**
 * @param {{get: Function, set: Function, on: Function}} state
 * @param {object} context what the other parts of the page gave it
 */
export async function mountService(state, context) {
  const session = createSession(state);
  context.session = session;
  context.whole = (look) => complete(look, context.catalog.schema);
  mountAccount(element("bar-end"), state, context);
  mountRenders(element("renders"), state, context);
  mountRemembered(state, context);
  try {
    const [shop] = await Promise.all([session.ask("GET", "/api/payments/tiers"), session.look()]);
    mountShop(state, context, shop);
    await Promise.all([mountKept(state, context), context.renders.look()]);
    arrive(state, context).catch((error) => state.set({ notice: { kind: "error", text: error.message } }));
  } catch (error) {
    state.set({ notice: { kind: "warning", text: `${error.message} Orders have to wait; all else goes on.` } });
  }
  document.body.dataset.service = "ready";
  followAccount(state, context);
  addEventListener("pageshow", (event) => event.persisted && context.checkout?.resume({ left: true }));
}

/** Another account has other renders; news of its credits do not matter here. */
function followAccount(state, { renders }) {
  let whose = state.get("account")?.id;
  state.on("account", () => {
    const id = state.get("account")?.id;
    if (id !== whose) renders.look().catch(() => {}); // said when something is asked for
    whose = id;
  });
}

/** What an address brings back: from the page to pay on, or to a render's song and look. */
async function arrive(state, context) {
  const asked = new URLSearchParams(location.search);
  const [payment, render] = [asked.get("payment"), asked.get("render")];
  const left = asked.has("left");
  if (payment || render) {
    for (const key of ["payment", "left", "render"]) asked.delete(key);
    history.replaceState(null, "", location.pathname + (asked.size ? `?${asked}` : "") + location.hash);
  }
  if (render) return goOn(render, state, context);
  return context.checkout.resume({ payment, left });
}
