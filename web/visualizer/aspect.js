// State's `aspect` in and out: a choice of shapes, and the preview framed as the video will be.

import { make } from "./elements.js";
import { ASPECTS, aspectOf } from "./sizes.js";

/**
 * @param {HTMLElement} place
 * @param {{get: Function, set: Function, on: Function}} state
 * @param {object} context gets `aspect`: {next()}
 */
export function mountAspect(place, state, context) {
  const choices = ASPECTS.map((aspect) => choice(aspect, state));
  const about = make("p", { class: "hint" });
  place.classList.add("block");
  place.append(
    make("h2", { id: "aspect-title" }, "Shape of the video"),
    make("div", { class: "aspects", role: "radiogroup", aria: { labelledby: "aspect-title" } }, ...choices),
    about,
  );

  const show = () => {
    const aspect = aspectOf(state.get("aspect"));
    document.getElementById("frame").dataset.aspect = aspect.key;
    for (const one of choices) one.firstElementChild.checked = one.firstElementChild.value === aspect.key;
    about.textContent = aspect.about;
  };
  state.on("aspect", show);
  show();
  const keys = ASPECTS.map(({ key }) => key);
  context.aspect = {
    next: () => state.set({ aspect: keys[(keys.indexOf(state.get("aspect")) + 1) % keys.length] }),
  };
}

function choice({ key, about, ratio }, state) {
  const radio = make("input", {
    type: "radio",
    name: "aspect",
    value: key,
    aria: { label: `${key}, ${about}` },
    onChange: () => state.set({ aspect: key }),
  });
  const shape = make("span", { class: "aspect-shape" });
  const side = 20; // pixels: each shape covers the same area
  shape.style.width = `${(side * Math.sqrt(ratio)).toFixed(1)}px`;
  shape.style.height = `${(side / Math.sqrt(ratio)).toFixed(1)}px`;
  return make(
    "label",
    { class: "aspect" },
    radio,
    make("span", { class: "aspect-box" }, shape),
    make("span", {}, key),
  );
}
