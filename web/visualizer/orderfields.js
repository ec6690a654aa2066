// State's shape and song, and a tier that limits them, go in; the fields of an order and their values out.

import { segmented, select } from "./choices.js";
import { FORMATS, formatOf } from "./command.js";
import { make } from "./elements.js";
import { mountPart } from "./part.js";
import { ASPECTS, aspectOf, nearestSize, sizeName, usualSize } from "./sizes.js";
import { fits, takes } from "./tiers.js";

const RATES = ["24", "25", "30", "50", "60"];
const QUALITIES = [
  ["draft", "Draft"],
  ["standard", "Standard"],
  ["high", "High"],
];

/**
 * @param {{get: Function, set: Function, on: Function}} state
 * @returns {{element: HTMLElement, value: () => object, limit: (tier: object | null) => void}} `limit`
 *   leaves what a tier of the service includes, and lets several shapes be ordered at once
 */
export function mountFields(state) {
  const size = select("Size", []);
  const fps = select("Frame rate", []);
  const format = select("Format", []);
  const about = make("p", { class: "hint order-fits" });
  const quality = segmented("Quality", QUALITIES, "standard");
  const part = mountPart(state);
  const also = mountAlso();
  let tier = null; // none: everything is to be had
  let wanted = usualSize(aspectOf(state.get("aspect"))); // as soon as a tier includes it

  const element = make(
    "div",
    { class: "order-fields" },
    size.row,
    also.row,
    fps.row,
    format.row,
    about,
    quality.row,
    part.row,
  );
  size.row.addEventListener("change", () => (wanted = main()));
  element.addEventListener("change", show);

  const main = () => size.value().split("x").map(Number);

  function value() {
    const [width, height] = main();
    const sizes = [[width, height], ...(tier ? also.value() : [])];
    return {
      width,
      height,
      sizes,
      fps: fps.value(),
      format: format.value(),
      quality: quality.value(),
      ...part.value(),
    };
  }

  function fill() {
    const { sizes } = aspectOf(state.get("aspect"));
    const possible = sizes.filter((one) => !tier || fits(tier, one));
    const chosen = nearestSize(possible.length ? possible : sizes, wanted);
    size.choose(
      sizes.map((one) => [one.join("x"), named(one), !possible.includes(one)]),
      chosen.join("x"),
    );
    const rates = RATES.map((rate) => [rate, `${rate} fps`, Boolean(tier) && Number(rate) > tier.fps]);
    fps.choose(rates, nearest(rates, fps.value() || "30", "30"));
    const formats = FORMATS.map(({ key, name }) => [key, name, Boolean(tier) && !takes(tier, key)]);
    format.choose(formats, nearest(formats, format.value(), "h264"));
    show();
  }

  function show() {
    state.set({ fps: Number(fps.value()) });
    about.textContent = formatOf(format.value()).about;
    also.show(tier, aspectOf(state.get("aspect")), main());
  }

  state.on("aspect", () => {
    wanted = usualSize(aspectOf(state.get("aspect")));
    fill();
  });
  fill();
  return { element, value, limit: (one) => ((tier = one), fill()) };
}

/** What is chosen, or the usual where that is not to be had. */
function nearest(options, chosen, usual) {
  const [, , lacking] = options.find(([value]) => value === chosen) ?? [null, null, true];
  return lacking ? usual : chosen;
}

function named(size) {
  return [`${size[0]} × ${size[1]}`, sizeName(size)].filter(Boolean).join(" · ");
}

/** The same video in other shapes: as high as the first one, or as the tier lets them be. */
function mountAlso() {
  const boxes = ASPECTS.map(({ key }) => {
    const box = make("input", { type: "checkbox", name: "also", value: key });
    return { box, label: make("label", { class: "also" }, box, make("span", {}, key)), size: null };
  });
  const row = make(
    "div",
    { class: "order-field", role: "group", aria: { label: "The same in other shapes" } },
    make("span", { aria: { hidden: "true" } }, "Also as"),
    make("div", { class: "order-also" }, ...boxes.map(({ label }) => label)),
  );

  function show(tier, aspect, wanted) {
    row.hidden = !tier;
    boxes.forEach((one, index) => {
      const possible = ASPECTS[index].sizes.filter((size) => tier && fits(tier, size));
      one.size = possible.length ? nearestSize(possible, wanted) : null;
      one.label.hidden = ASPECTS[index] === aspect || !one.size;
      one.box.setAttribute("aria-label", one.size ? `${one.box.value}, ${one.size.join(" × ")}` : "");
      one.label.title = one.size ? one.size.join(" × ") : "";
    });
  }

  const value = () => boxes.filter(({ box, label }) => box.checked && !label.hidden).map(({ size }) => size);
  return { row, show, value };
}
