// A tag, properties and children go in; an element comes out.

import { dress, icon } from "./icons.js";

/**
 * `on*` properties become listeners, `data` and `aria` objects their attributes, `class` and other
 * names with a dash attributes, the rest properties; null and false children are left out.
 * @param {string} tag
 * @param {Record<string, any>} [properties]
 * @param {...(Node | string | null | false | undefined)} children
 * @returns {HTMLElement}
 */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) assign(element, name, value);
  element.append(...children.filter((child) => child || child === ""));
  return element;
}

function assign(element, name, value) {
  if (value === null || value === undefined) return;
  if (name.startsWith("on")) element.addEventListener(name.slice(2).toLowerCase(), value);
  else if (name === "data") Object.assign(element.dataset, value);
  else if (name === "aria")
    for (const [key, one] of Object.entries(value)) element.setAttribute(`aria-${key}`, one);
  else if (name in element && !name.includes("-") && name !== "list" && name !== "form")
    element[name] = value;
  else element.setAttribute(name === "className" ? "class" : name, value);
}

// What icons.js has not, on the same field of 20 by 20.
const SIGNS = {
  start: "M15 4.5v11L7.5 10zM5 4.5v11",
  leave: "M7.5 3.5v4h-4M12.5 3.5v4h4M12.5 16.5v-4h4M7.5 16.5v-4h-4",
  delay:
    "M3.5 11.5V10a6.5 6.5 0 0 1 13 0v1.5M3.5 11.5h2v4.5h-1a1 1 0 0 1-1-1zM16.5 11.5h-2v4.5h1a1 1 0 0 0 1-1z",
};

/**
 * Gives a button its sign and its name, as `dress` of icons.js does, with signs of its own.
 * @param {HTMLButtonElement} button
 * @param {string} name
 * @param {string} words
 * @param {string} [key] the key that does the same
 */
export function face(button, name, words, key = "") {
  dress(button, name in SIGNS ? "song" : name, words, { key });
  button.firstElementChild.replaceWith(sign(name));
  return button;
}

/** A 20 × 20 sign in the colour of its text, hidden from screen readers. @param {string} name */
export function sign(name) {
  const svg = icon(name in SIGNS ? "song" : name);
  if (name in SIGNS) svg.firstElementChild.setAttribute("d", SIGNS[name]);
  return svg;
}
