/** Oriel's own icons, drawn with one line on a field of 20 by 20. */

const PATHS = {
  oriel: "M10 2.5 16.5 6.2v7.6L10 17.5l-6.5-3.7V6.2zM10 2.5v15M3.5 6.2l13 7.6M16.5 6.2l-13 7.6",
  undo: "M7.5 4 4 7.5 7.5 11M4.5 7.5h7a4 4 0 0 1 0 8H8",
  redo: "M12.5 4 16 7.5 12.5 11M15.5 7.5h-7a4 4 0 0 0 0 8H12",
  randomise: "M3 6h2.6c1.2 0 2.3.6 3 1.6l2.8 4.8c.7 1 1.8 1.6 3 1.6H17M14.5 11.5 17 14l-2.5 2.5M3 14h2.6c1.2 0 2.3-.6 3-1.6M11.4 7.6c.7-1 1.8-1.6 3-1.6H17M14.5 3.5 17 6l-2.5 2.5",
  compare: "M10 3v14M8 5H4.500a1 1 0 0 0-1 1v8a1 1 0 0 0 1 1H8M12 5h3.500a1 1 0 0 1 1 1v8a1 1 0 0 1-1 1H12M12.500 8h1M12.500 11h1",
  link: "M8.5 11.5a3 3 0 0 0 4.2 0l2.900-2.900a3 3 0 0 0-4.200-4.200l-1 1M11.500 8.500a3 3 0 0 0-4.200 0l-2.900 2.900a3 3 0 0 0 4.200 4.200l1-1",
  more: "M4.500 10h.01M10 10h.01M15.500 10h.01",
  copy: "M7 7V4.500a1 1 0 0 1 1-1h7.500a1 1 0 0 1 1 1V12a1 1 0 0 1-1 1H13M4.500 7H12a1 1 0 0 1 1 1v7.500a1 1 0 0 1-1 1H4.500a1 1 0 0 1-1-1V8a1 1 0 0 1 1-1z",
  load: "M3.500 12.500v2.500a1.500 1.500 0 0 0 1.500 1.500h10a1.500 1.500 0 0 0 1.500-1.500v-2.500M10 13V3.500M6.500 7 10 3.500 13.500 7",
  save: "M3.500 12.500v2.500a1.500 1.500 0 0 0 1.500 1.500h10a1.500 1.500 0 0 0 1.500-1.500v-2.500M10 3.500V13M6.500 9.500 10 13l3.500-3.500",
  reset: "M4 4.500V8h3.500M4.300 8A6.300 6.300 0 1 1 3.700 11.500",
  lock: "M6.500 9V6.500a3.500 3.500 0 0 1 7 0V9M5.500 9h9a1 1 0 0 1 1 1v5.500a1 1 0 0 1-1 1h-9a1 1 0 0 1-1-1V10a1 1 0 0 1 1-1z",
  unlock: "M6.500 9V6.500a3.500 3.500 0 0 1 6.700-1.400M5.500 9h9a1 1 0 0 1 1 1v5.500a1 1 0 0 1-1 1h-9a1 1 0 0 1-1-1V10a1 1 0 0 1 1-1z",
  sun: "M10 6.500a3.500 3.500 0 1 1 0 7 3.500 3.500 0 0 1 0-7zM10 2v1.500M10 16.500V18M2 10h1.500M16.500 10H18M4.300 4.300l1.100 1.100M14.600 14.600l1.100 1.100M15.700 4.300l-1.100 1.100M5.400 14.600l-1.100 1.100",
  moon: "M16.500 11.500A6.800 6.800 0 0 1 8.500 3.500a6.800 6.800 0 1 0 8 8z",
  keys: "M3.500 5.500h13a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1h-13a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1zM5.500 8.500h.01M8.500 8.500h.01M11.500 8.500h.01M14.500 8.500h.01M7 11.500h6",
  looks: "M4 3.500h4.500V9H4zM11.500 3.500H16V9h-4.500zM4 12h4.500v4.500H4zM11.500 12H16v4.500h-4.500z",
  adjust: "M3 6h8M15 6h2M3 14h2M9 14h8M13 4a2 2 0 1 1 0 4 2 2 0 0 1 0-4zM7 12a2 2 0 1 1 0 4 2 2 0 0 1 0-4z",
  sound: "M3 8.500v3M6.500 6v8M10 3.500v13M13.500 6.500v7M17 8.500v3",
  video: "M4 5h8a1 1 0 0 1 1 1v8a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1zM13 9l4-2.500v7L13 11",
  play: "M6.500 4v12l9-6z",
  pause: "M7 4.500v11M13 4.500v11",
  start: "M15 4.5v11L7.5 10zM5 4.5v11",
  delay: "M3.5 11.5V10a6.5 6.5 0 0 1 13 0v1.5M3.5 11.5h2v4.5h-1a1 1 0 0 1-1-1zM16.5 11.5h-2v4.5h1a1 1 0 0 0 1-1z",
  loop: "M13 2.500 15.500 5 13 7.500M15.500 5H7a3.500 3.500 0 0 0-3.500 3.500V10M7 17.500 4.500 15 7 12.500M4.500 15H13a3.500 3.500 0 0 0 3.500-3.500V10",
  volume: "M3.500 8v4h2.700L10 15.500v-11L6.200 8zM13 7.500a3.500 3.500 0 0 1 0 5M15.300 5a7 7 0 0 1 0 10",
  mute: "M3.500 8v4h2.700L10 15.500v-11L6.200 8zM13 8l4 4M17 8l-4 4",
  fullscreen: "M3.500 7.500v-4h4M12.500 3.500h4v4M16.500 12.500v4h-4M7.500 16.500h-4v-4",
  leave: "M7.5 3.5v4h-4M12.5 3.5v4h4M12.5 16.5v-4h4M7.5 16.5v-4h-4",
  microphone: "M10 2.500a2.500 2.500 0 0 1 2.500 2.500v4.500a2.500 2.500 0 0 1-5 0V5A2.500 2.500 0 0 1 10 2.500zM4.500 9.500a5.500 5.500 0 0 0 11 0M10 15v2.500",
  screen: "M3.500 4h13a1 1 0 0 1 1 1v8a1 1 0 0 1-1 1h-13a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1zM7 17h6",
  song: "M8 14.500V4.500l8-1.500v10M8 14.500a2.200 2.200 0 1 1-4.400 0 2.200 2.200 0 0 1 4.400 0zM16 13a2.200 2.200 0 1 1-4.400 0 2.200 2.200 0 0 1 4.400 0z",
  keep: "M5.500 3.500h9a.5.5 0 0 1 .5.5v12.500l-5-3.500-5 3.500V4a.5.5 0 0 1 .5-.5z",
  trash: "M3.500 5.500h13M8 5.500v-2h4v2M5 5.500l.7 10.100a1 1 0 0 0 1 .9h6.600a1 1 0 0 0 1-.9L15 5.500",
  check: "M4 10.500 8 14.500 16 6",
  close: "M5 5l10 10M15 5 5 15",
  chevron: "M6 8l4 4 4-4",
  account: "M10 3.500a3.200 3.200 0 1 1 0 6.400 3.200 3.200 0 0 1 0-6.400zM3.800 16.500a6.300 6.300 0 0 1 12.400 0",
  dashboard: "M3.500 4h13v5h-13zM3.500 11.500h5.500v5H3.500zM11.500 11.500h5v5h-5z",
  shield: "M10 2.500 16 5v4.500c0 4-2.500 6.700-6 8-3.500-1.300-6-4-6-8V5z",
  signout: "M8 3.500H4.500a1 1 0 0 0-1 1v11a1 1 0 0 0 1 1H8M12.500 6.500 16 10l-3.500 3.500M15.500 10H8",
  pen: "M4 16h3L16 7l-3-3-9 9zM11 6l3 3",
};

/**
 * @param {keyof typeof PATHS} name
 * @param {number} [size] pixels
 * @returns {SVGSVGElement} hidden from screen readers: words stand beside it, or on its button
 */
export function icon(name, size = 18) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const about = {
    viewBox: "0 0 20 20", width: size, height: size, fill: "none", stroke: "currentColor",
    "stroke-width": name === "more" ? 2.2 : 1.5, "stroke-linecap": "round", "stroke-linejoin": "round",
    "aria-hidden": "true",
  };
  for (const [key, value] of Object.entries(about)) svg.setAttribute(key, value);
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

/**
 * Gives a button its icon and its name, seen as words or told to screen readers and on hover.
 *
 * @param {HTMLButtonElement} button
 * @param {keyof typeof PATHS} name
 * @param {string} words
 * @param {{seen?: boolean, key?: string}} [how] `key`: the key that does the same, for the tip
 */
export function dress(button, name, words, { seen = false, key = "" } = {}) {
  button.replaceChildren(icon(name));
  const tip = key ? `${words} (${key})` : words;
  button.title = tip;
  if (seen) {
    const said = document.createElement("span");
    said.textContent = words;
    button.append(said);
  } else {
    button.setAttribute("aria-label", words);
  }
  return button;
}
