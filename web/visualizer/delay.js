// State's `latency` in and out: a button, and a sheet on which the loudspeaker's delay is set.

import { make } from "./elements.js";
import { dress } from "./icons.js";
import { clamp } from "./loops.js";

const [LEAST, MOST] = [-100, 500]; // milliseconds

/**
 * @param {{get: Function, set: Function, on: Function}} state
 * @returns {HTMLElement} the button, with the sheet that it opens
 */
export function mountDelay(state) {
  const slider = make("input", {
    type: "range",
    class: "slider",
    id: "latency",
    min: String(LEAST),
    max: String(MOST),
    step: "5",
    aria: { label: "Delay of the loudspeaker in milliseconds" },
    onInput: () => state.set({ latency: Number(slider.value) }),
  });
  const said = make("output", { class: "delay-said" });
  const none = make(
    "button",
    { type: "button", class: "quiet-button", onClick: () => state.set({ latency: 0 }) },
    "No delay",
  );
  const sheet = make(
    "div",
    {
      id: "delay",
      class: "sheet",
      popover: "auto",
      role: "dialog",
      aria: { label: "Delay of the loudspeaker" },
    },
    make("h2", {}, "Delay of the loudspeaker"),
    make(
      "p",
      {},
      "Bluetooth is heard late. Turn until the picture moves with what you hear; 150 to 250 ms is usual. Your video needs none of this.",
    ),
    make("div", { class: "delay-row" }, slider, said),
    none,
  );
  const open = dress(
    make("button", {
      type: "button",
      class: "icon-button",
      popoverTargetElement: sheet,
      aria: { haspopup: "dialog" },
    }),
    "delay",
    "Delay of the loudspeaker",
  );
  sheet.addEventListener("toggle", () => placeBy(sheet, open));

  const show = () => {
    const now = state.get("latency");
    slider.value = String(now);
    slider.style.setProperty("--fill", `${(100 * (now - LEAST)) / (MOST - LEAST)}%`);
    said.textContent = `${now} ms`;
    none.disabled = now === 0;
    open.classList.toggle("delayed", now !== 0);
  };
  state.on("latency", show);
  show();
  return make("div", { class: "transport-delay" }, open, sheet);
}

function placeBy(sheet, anchor) {
  const box = anchor.getBoundingClientRect();
  const [width, height] = [sheet.offsetWidth, sheet.offsetHeight];
  sheet.style.left = `${clamp(box.right - width, 8, Math.max(8, innerWidth - width - 8))}px`;
  const below = box.bottom + height + 16 < innerHeight; // above lies the picture, which is to be seen
  sheet.style.top = `${below ? box.bottom + 8 : Math.max(8, box.top - height - 8)}px`;
}
