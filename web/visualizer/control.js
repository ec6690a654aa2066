/** One field of a look in; the row in which it is turned out. What it is made of, fields.js says. */
import { make } from "./elements.js";
import { controlFor, fromShare, rounded, toShare, typed, typedColour, written } from "./fields.js";
import { dress } from "./icons.js";
import { pictures } from "./shapes.js";

const BODIES = { slider, number, segments, select, pictures, colour, switch: toggle, text };
const GROUPS = new Set(["segments", "pictures"]); // of radio buttons: no single one to label

/**
 * @typedef {object} Wiring
 * @property {string} id unique on the page
 * @property {string} [owner] whose field it is, for screen readers: "Film grain"
 * @property {(value: any) => void} onTurn each new value
 * @property {() => void} onEnd when a drag or a word is finished
 * @property {HTMLElement | null} [lock]
 */

/**
 * @param {string} key
 * @param {object} field its JSON Schema
 * @param {Wiring} wiring
 * @returns {{element: HTMLElement, show: (value: any) => void}} `show` turns nothing
 */
export function control(key, field, wiring) {
  const about = controlFor(key, field);
  const name = [wiring.owner, about.label].filter(Boolean).join(": ");
  const body = BODIES[about.kind](about, { ...wiring, name });
  const tag = GROUPS.has(about.kind) ? "span" : "label";
  const label = make(tag, { class: "field-label", id: `${wiring.id}-label`, title: tip(about) }, about.label);
  if (tag === "label") label.htmlFor = wiring.id;
  const parts = [label, make("div", { class: "field-body" }, ...body.parts), wiring.lock, body.below];
  const element = make("div", { class: "field", data: { kind: about.kind } }, ...parts);

  function reset() {
    wiring.onTurn(about.initial);
    wiring.onEnd();
  }
  label.addEventListener("dblclick", reset);
  for (const one of element.querySelectorAll(".slider")) one.addEventListener("dblclick", reset);

  function show(value) {
    body.show(value);
    element.classList.toggle("changed", value !== about.initial);
  }
  return { element, show };
}

function tip({ hint, kind }) {
  return GROUPS.has(kind) || kind === "select" ? hint : `${hint}. Double-click to reset.`;
}

function slider(about, { id, name, onTurn, onEnd }) {
  const { low, high, step, bent } = about;
  const range = make("input", { type: "range", class: "slider", id, "aria-label": name });
  Object.assign(range, bent ? { min: 0, max: 1, step } : { min: low, max: high, step });
  const value = () => (bent ? fromShare(about, range.valueAsNumber) : rounded(about, range.valueAsNumber));
  range.addEventListener("input", () => onTurn(value()));
  range.addEventListener("change", onEnd);
  range.addEventListener("keydown", (event) => {
    const way = { ArrowRight: 10, ArrowUp: 10, ArrowLeft: -10, ArrowDown: -10 }[event.key];
    if (!event.shiftKey || !way) return;
    event.preventDefault();
    range.value = String(range.valueAsNumber + way * step);
    onTurn(value());
    onEnd();
  });
  const box = numberBox(about, `${name}, number`, onTurn, onEnd);
  const below = about.said ? make("p", { class: "hint field-said" }) : null;

  function show(now) {
    const share = toShare(about, now);
    range.value = String(bent ? share : now);
    const zero = bent ? 0 : toShare(about, 0);
    range.style.setProperty("--from", `${(100 * Math.min(zero, share)).toFixed(2)}%`);
    range.style.setProperty("--fill", `${(100 * Math.max(zero, share)).toFixed(2)}%`);
    const words = about.said?.(now) ?? "";
    if (below) below.textContent = words;
    range.setAttribute("aria-valuetext", [written(about, now), words].filter(Boolean).join(", "));
    box.show(now);
  }
  return { parts: [range, box.input], below, show };
}

function numberBox(about, name, onTurn, onEnd) {
  let now = about.initial;
  const attributes = { type: "text", inputMode: "decimal", class: "input number", autocomplete: "off", spellcheck: false };
  const input = make("input", { ...attributes, "aria-label": name });
  const show = (value) => {
    now = value;
    if (document.activeElement !== input || typed(about, input.value) !== value) input.value = written(about, value);
  };
  const turn = (value) => {
    onTurn(value);
    onEnd();
    input.value = written(about, now);
  };
  input.addEventListener("focus", () => input.select());
  input.addEventListener("change", () => turn(typed(about, input.value) ?? now));
  input.addEventListener("keydown", (event) => {
    const way = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (!way) return;
    event.preventDefault();
    const by = way * (event.shiftKey ? 10 : 1) * (about.bent ? 10 ** -about.digits : about.step);
    turn(rounded(about, now + by));
  });
  return { input, show };
}

function number(about, { id, name, onTurn, onEnd }) {
  const box = numberBox(about, name, onTurn, onEnd);
  box.input.id = id;
  const again = dress(make("button", { type: "button", class: "secondary icon-button" }), "randomise", `${name}: another`);
  again.addEventListener("click", () => {
    onTurn(Math.floor(about.low + Math.random() * Math.min(about.high - about.low, 1e6)));
    onEnd();
  });
  return { parts: [box.input, again], show: box.show };
}

function segments(about, { id, name, onTurn, onEnd }) {
  const radios = about.options.map(({ value }) => {
    const radio = make("input", { type: "radio", name: id, value: String(value) });
    radio.addEventListener("change", () => {
      onTurn(value);
      onEnd();
    });
    return radio;
  });
  const labels = radios.map((radio, i) => make("label", {}, radio, about.options[i].words));
  const group = make("div", { class: "segmented", role: "radiogroup", id, "aria-label": name }, ...labels);
  const show = (now) => radios.forEach((radio, i) => (radio.checked = about.options[i].value === now));
  return { parts: [group], show };
}

function select(about, { id, name, onTurn, onEnd }) {
  const options = about.options.map(({ value, words }) => make("option", { value: String(value) }, words));
  const list = make("select", { class: "select", id, "aria-label": name }, ...options);
  list.addEventListener("change", () => {
    onTurn(about.options[list.selectedIndex].value);
    onEnd();
  });
  const show = (now) => (list.selectedIndex = about.options.findIndex(({ value }) => value === now));
  return { parts: [list], show };
}

function colour(about, { id, name, onTurn, onEnd }) {
  let now = about.initial;
  const well = make("input", { type: "color", class: "well", id, "aria-label": name });
  const hex = make("input", { type: "text", class: "input hex", spellcheck: false, autocomplete: "off", "aria-label": `${name}, as letters` });
  well.addEventListener("input", () => onTurn(well.value));
  well.addEventListener("change", onEnd);
  hex.addEventListener("focus", () => hex.select());
  hex.addEventListener("change", () => {
    onTurn(typedColour(hex.value) ?? now);
    onEnd();
    hex.value = now;
  });
  const show = (value) => {
    now = value;
    well.value = value;
    hex.value = value;
  };
  return { parts: [well, hex], show };
}

function toggle(about, { id, name, onTurn, onEnd }) {
  const box = make("input", { type: "checkbox", role: "switch", class: "switch", id, "aria-label": name });
  box.addEventListener("change", () => {
    onTurn(box.checked);
    onEnd();
  });
  return { parts: [box], show: (now) => (box.checked = now === true) };
}

function text(about, { id, name, onTurn, onEnd }) {
  const input = make("input", { type: "text", class: "input", id, "aria-label": name });
  input.addEventListener("change", () => {
    onTurn(input.value);
    onEnd();
  });
  return { parts: [input], show: (now) => (input.value = now ?? "") };
}
