// State's song and loop, and times that are typed, go in; the part of the song to make comes out.

import { make } from "./elements.js";
import { clock, readTime } from "./times.js";

/**
 * @param {{get: Function, set: Function, on: Function}} state
 * @returns {{row: HTMLElement, value: () => {start?: number, end?: number, wrong?: string}}} as partOf tells
 */
export function mountPart(state) {
  const whole = make("input", { type: "radio", name: "part", value: "whole", checked: true });
  const some = make("input", { type: "radio", name: "part", value: "some" });
  const from = time("From", "0:00");
  const to = time("To", "");
  const wrong = make("p", { class: "order-wrong", role: "alert" });
  const times = make("div", { class: "part-times" }, from.label, to.label);
  const group = make(
    "div",
    { class: "segmented", role: "radiogroup", aria: { label: "Part of the song" } },
    make("label", {}, whole, "Whole song"),
    make("label", {}, some, "A part"),
  );
  const row = make(
    "div",
    { class: "order-field order-part" },
    make("span", { aria: { hidden: "true" } }, "Song"),
    make("div", {}, group, times, wrong),
  );

  const length = () => state.get("song")?.seconds ?? 0;

  function value() {
    return whole.checked || !length() ? {} : partOf(from.field.value, to.field.value, length());
  }

  function show() {
    times.hidden = whole.checked;
    wrong.textContent = value().wrong ?? "";
    wrong.hidden = wrong.textContent === "";
  }

  function fill([start, end]) {
    from.field.value = precise(start);
    to.field.value = precise(end);
  }

  state.on("song", () => {
    whole.checked = true;
    fill([0, length()]);
    show();
  });
  state.on("loop", () => {
    const loop = state.get("loop");
    if (loop) fill(loop);
    if (loop) some.checked = true;
    else whole.checked = true;
    show();
  });
  row.addEventListener("input", show);
  show();
  return { row, value };
}

/**
 * The part between two times as they were typed: seconds, without those that are the song's own ends;
 * or what is wrong with them, in a sentence.
 * @param {string} from @param {string} to
 * @param {number} length of the song, in seconds
 * @returns {{start?: number, end?: number, wrong?: string}}
 */
export function partOf(from, to, length) {
  const [start, end] = [readTime(from), readTime(to)];
  if (start === null || end === null) return { wrong: "Write a time as 90 or 1:30." };
  if (start >= Math.min(end, length)) return { wrong: "The part must end after it begins, within the song." };
  return { ...(start > 0 && { start }), ...(end < length && { end }) };
}

/** A clock as exact as a loop is: to a thousandth of a second. @param {number} seconds */
export function precise(seconds) {
  const thousandths = Math.round((seconds % 1) * 1000) % 1000;
  const whole = Math.round(seconds - thousandths / 1000);
  return clock(whole) + (thousandths ? `.${String(thousandths).padStart(3, "0").replace(/0+$/, "")}` : "");
}

function time(words, value) {
  const field = make("input", {
    type: "text",
    class: "input",
    value,
    inputMode: "decimal",
    autocomplete: "off",
    spellcheck: false,
  });
  return { field, label: make("label", {}, make("span", {}, words), field) };
}
