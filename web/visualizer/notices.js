// State's notice goes in; a quiet message comes out, seen and read out, that leaves by itself.

import { make } from "./elements.js";
import { icon } from "./icons.js";

const SHOWN = 6000; // milliseconds, and longer for long sentences
const A_LETTER = 45; // milliseconds it takes to read one, slowly
const MOST = 3; // at once

/** What is said while WebGL 2 is missing: nothing can be drawn at all. */
export const NO_WEBGL = {
  id: "webgl",
  kind: "error",
  lasting: true,
  text: "This browser cannot draw the picture: WebGL 2 is missing or turned off. A current Chrome, Edge, Firefox or Safari has it; if yours is one, turn graphics acceleration on.",
};

const LOST = {
  id: "webgl",
  kind: "warning",
  lasting: true,
  text: "The graphics card took a break, so the picture rests. The song goes on, and the picture comes back by itself.",
};

const GONE = {
  id: "server",
  kind: "warning",
  lasting: true,
  text: "Oriel's server does not answer. What you see goes on; shapes not seen before have to wait.",
};

const ASKED = 20000; // milliseconds between two questions whether the server is there

/**
 * Shows state's `notice`: {kind: "info" | "warning" | "error", text, id?, lasting?, action?: {label,
 * run}}. One with the id of another takes its place; `{id, gone: true}` takes that one away.
 * @param {HTMLElement} place
 * @param {{get: Function, set: Function, on: Function}} state
 */
export function mountNotices(place, state) {
  place.classList.add("notices");
  place.setAttribute("role", "region");
  place.setAttribute("aria-label", "Messages");
  // Regions that are there from the start are read out reliably; one is polite, one interrupts.
  const calm = make("div", { role: "status", aria: { live: "polite" } });
  const urgent = make("div", { role: "alert" });
  place.append(urgent, calm);

  state.on("notice", () => {
    const notice = state.get("notice");
    if (!notice) return;
    if (notice.id)
      for (const old of place.querySelectorAll(`[data-id="${CSS.escape(notice.id)}"]`)) old.remove();
    if (!notice.gone) show(notice);
    state.set({ notice: null }); // so that the same words may be said again
  });

  function show(notice) {
    const all = place.querySelectorAll(".notice:not(.notice-lasting)");
    if (all.length >= MOST) all[0].remove();
    const twin = [...all].find((one) => one.dataset.text === notice.text);
    twin?.remove();
    const card = made(notice);
    (notice.kind === "error" ? urgent : calm).append(card);
    if (!notice.lasting) leaves(card, SHOWN + A_LETTER * notice.text.length);
  }

  watchPicture(state);
  watchServer(state);
}

function made({ kind = "info", text, id = "", lasting = false, action = null }) {
  const card = make(
    "div",
    { class: `notice notice-${kind}${lasting ? " notice-lasting" : ""}`, data: { id, text } },
    make("p", {}, text),
  );
  if (action) {
    card.append(
      make(
        "button",
        { type: "button", class: "notice-action", onClick: () => (action.run(), card.remove()) },
        action.label,
      ),
    );
  }
  card.append(
    make(
      "button",
      {
        type: "button",
        class: "notice-close",
        aria: { label: "Close this message" },
        onClick: () => card.remove(),
      },
      icon("close"),
    ),
  );
  return card;
}

/** Goes after a while, but not from under a pointer or the keyboard's focus. */
function leaves(card, milliseconds) {
  let timer = 0;
  const wait = () => (timer = setTimeout(() => card.remove(), milliseconds));
  const stay = () => clearTimeout(timer);
  card.addEventListener("pointerenter", stay);
  card.addEventListener("focusin", stay);
  card.addEventListener("pointerleave", wait);
  card.addEventListener("focusout", wait);
  wait();
}

function watchPicture(state) {
  const canvas = document.getElementById("picture");
  if (!("WebGL2RenderingContext" in globalThis)) state.set({ notice: NO_WEBGL });
  canvas?.addEventListener("webglcontextlost", () => state.set({ notice: LOST }));
  canvas?.addEventListener("webglcontextrestored", () => state.set({ notice: { id: "webgl", gone: true } }));
}

function watchServer(state) {
  let there = true;
  async function ask() {
    if (document.hidden) return;
    const answers = await fetch("/health", { cache: "no-store" }).then(
      (response) => response.ok,
      () => false,
    );
    if (answers !== there) state.set({ notice: answers ? { id: "server", gone: true } : GONE });
    there = answers;
  }
  setInterval(ask, ASKED);
  document.addEventListener("visibilitychange", ask);
  addEventListener("offline", ask);
  addEventListener("online", ask);
}
