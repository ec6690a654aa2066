// An account's renders go in; cards that follow those under way, and say what came of them, come out.

import { make } from "./elements.js";
import { follow } from "./follow.js";
import { dress } from "./icons.js";
import { ENDED, cancelling, details, newer, shown, stage, title } from "./stages.js";

const AT_ONCE = 30; // of the newest renders
const FOLLOWED = "renders"; // where the browser keeps which were seen under way

/**
 * @param {HTMLElement} place
 * @param {{get: Function, set: Function, on: Function}} state
 * @param {object} context session, store; gets `renders`: {begin(renders), look()}
 */
export function mountRenders(place, state, context) {
  const { session, store } = context;
  const cards = new Map();
  const list = make("ol", { class: "renders" });
  const spoken = make("p", { class: "unseen", role: "status" });
  place.append(make("h2", {}, "Your videos"), spoken, list);
  place.classList.add("block");
  place.hidden = true;

  const followed = () => store.get(FOLLOWED, []);
  const remember = (ids) => store.set(FOLLOWED, [...new Set(ids)].slice(-AT_ONCE));

  function show(render, { fresh = false } = {}) {
    const card = cards.get(render.id) ?? added(render, fresh);
    card.render = newer(card.render, render);
    card.fill();
    place.hidden = cards.size === 0;
  }

  function added(render, fresh) {
    const card = createCard(render, { cancel, retry, dismiss, download });
    cards.set(render.id, card);
    if (fresh) list.prepend(card.element);
    else list.append(card.element);
    if (ENDED.has(render.status)) return card;
    remember([...followed(), render.id]);
    card.stop = follow(render.id, {
      look: () => session.ask("GET", `/api/jobs/${render.id}/status`),
      onState: (told) => changed(card, told),
      onLost: () => dismiss(render.id),
    });
    return card;
  }

  function changed(card, told) {
    const before = card.render.status;
    show(told);
    if (before !== told.status) spoken.textContent = `${title(told)}: ${stage(told)}. ${details(told)}`;
    if (before === told.status || !ENDED.has(told.status)) return;
    session.look().catch(() => {}); // for the credits, which are shown
    if (told.status === "done") context.remembered.look(); // its song was heard meanwhile
    if (told.status !== "cancelled") announce(told);
  }

  function announce(render) {
    const done = render.status === "done";
    const open = { label: "Open", run: () => location.assign(`/videos/${render.id}`) };
    const text = done ? `${title(render)} is ready.` : `${title(render)}: ${stage(render)}. ${details(render)}`;
    state.set({ notice: { kind: done ? "info" : "error", text, lasting: true, id: render.id, action: done ? open : null } });
  }

  async function cancel(id) {
    const told = await session.ask("POST", `/api/jobs/${id}/cancel`).catch((error) => complain(error, state));
    if (told) changed(cards.get(id), told);
  }

  async function retry(id) {
    const made = await session.ask("POST", `/api/jobs/${id}/retry`).catch((error) => complain(error, state));
    if (!made) return;
    dismiss(id);
    await begin(made.renders);
  }

  function dismiss(id) {
    cards.get(id)?.stop();
    cards.get(id)?.element.remove();
    cards.delete(id);
    remember(followed().filter((one) => one !== id));
    state.set({ notice: { id, gone: true } });
    place.hidden = cards.size === 0;
  }

  async function download(id) {
    await session.look().catch(() => {}); // a link is followed with the cookie that is there
    location.assign(`/api/jobs/${id}/download`);
  }

  /** Renders that were just ordered. @param {{id: string}[]} renders */
  async function begin(renders) {
    for (const { id } of renders) {
      remember([...followed(), id]);
      show(await session.ask("GET", `/api/jobs/${id}/status`), { fresh: true });
    }
    place.scrollIntoView({ block: "start" });
    await session.look().catch(() => {});
  }

  /** What is under way, and what ended while nobody looked. */
  async function look() {
    if (!state.get("account")) return;
    const told = await session.ask("GET", `/api/jobs?limit=${AT_ONCE}`);
    for (const render of shown(told.renders, followed())) show(render);
  }

  state.on("account", () => {
    if (state.get("account")) return;
    for (const id of [...cards.keys()]) dismiss(id);
  });
  context.renders = { begin, look };
}

function complain(error, state) {
  state.set({ notice: { kind: "error", text: error.message } });
}

function createCard(render, { cancel, retry, dismiss, download }) {
  const { id } = render;
  const name = make("a", { class: "render-name", href: `/videos/${id}` });
  const bar = make("progress", { max: 100, aria: { label: "How far it is" } });
  const said = make("p", { class: "render-stage" });
  const stop = press("close", "Stop it", () => cancel(id));
  const again = press("reset", "Try again", () => retry(id));
  const open = make("a", { class: "open", href: `/videos/${id}` }, "Watch and share");
  const save = press("save", "Download", () => download(id), "primary");
  const close = dress(make("button", { type: "button", class: "icon-button render-close", onClick: () => dismiss(id) }), "close", "Take this away from here");
  const buttons = make("div", { class: "block-row" }, save, open, again, stop);
  const element = make("li", { class: "render", data: { render: id } }, make("div", { class: "render-head" }, name, close), bar, said, buttons);

  function fill() {
    const now = card.render;
    const ended = ENDED.has(now.status);
    name.textContent = title(now);
    element.dataset.status = now.status;
    bar.value = now.percent;
    bar.hidden = ended;
    const percent = now.status === "drawing" ? ` ${Math.floor(now.percent)} %` : "";
    said.textContent = [`${stage(now)}${percent}`, details(now)].filter(Boolean).join(" · ");
    stop.hidden = ended;
    stop.querySelector("span").textContent = stop.title = cancelling(now);
    close.hidden = !ended;
    save.hidden = open.hidden = now.status !== "done";
    again.hidden = !["failed", "cancelled"].includes(now.status);
  }

  const card = { render, element, fill, stop: () => {} };
  return card;
}

function press(icon, words, onClick, look = "secondary") {
  return dress(make("button", { type: "button", class: look, onClick }), icon, words, { seen: true });
}
