// Words and options go in; rows of a form, each with its value, come out.

import { make } from "./elements.js";

/**
 * A list to choose from, in a row with its name.
 * @param {string} words
 * @param {[string, string, boolean?][]} options values, what they are called, whether they are not to be had
 * @param {string} [chosen] a value
 * @returns {{row: HTMLElement, value: () => string, choose: (all: [string, string, boolean?][], now: string) => void}}
 *   `choose` puts other options in their place
 */
export function select(words, options, chosen) {
  const made = make("select", { class: "select" });
  const choose = (all, now) => {
    made.replaceChildren(
      ...all.map(([value, text, disabled = false]) =>
        make("option", { value, disabled, selected: value === now }, text),
      ),
    );
  };
  choose(options, chosen);
  return {
    row: make("label", { class: "order-field" }, make("span", {}, words), made),
    value: () => made.value,
    choose,
  };
}

/**
 * A few choices side by side, in a row with their name.
 * @param {string} words
 * @param {[string, string][]} options values, and what they are called
 * @param {string} chosen a value
 * @returns {{row: HTMLElement, value: () => string}}
 */
export function segmented(words, options, chosen) {
  const radios = options.map(([value]) =>
    make("input", { type: "radio", name: words.toLowerCase(), value, checked: value === chosen }),
  );
  const labels = options.map(([, text], index) => make("label", {}, radios[index], text));
  const group = make("div", { class: "segmented", role: "radiogroup", aria: { label: words } }, ...labels);
  return {
    row: make("div", { class: "order-field" }, make("span", { aria: { hidden: "true" } }, words), group),
    value: () => radios.find((radio) => radio.checked).value,
  };
}
