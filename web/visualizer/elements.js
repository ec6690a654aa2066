// A tag, properties and children go in; an element comes out.

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
