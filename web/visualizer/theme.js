/** Dark, which lets the picture shine, unless somebody chose light in this browser. */
import { dress } from "./icons.js";

const GROUND = { dark: "#101013", light: "#f8f8f9" };

/** @param {{get: Function, set: Function}} store @returns {"dark" | "light"} what is shown now */
export function theme(store) {
  return store.get("theme") === "light" ? "light" : "dark";
}

/** Shows the page as chosen. */
export function applyTheme(store) {
  document.documentElement.dataset.theme = theme(store);
  document.querySelector('meta[name="theme-color"]').content = GROUND[theme(store)];
}

const shown = new Set(); // each button's way to show what it would do

/**
 * @param {HTMLButtonElement} button switches, and keeps the choice
 * @param {{get: Function, set: Function}} store
 * @param {{seen?: boolean}} [how] whether its words are seen
 */
export function mountTheme(button, store, how = {}) {
  function show() {
    const other = theme(store) === "dark" ? "light" : "dark";
    dress(button, other === "light" ? "sun" : "moon", `${other === "light" ? "Light" : "Dark"} theme`, how);
  }
  button.addEventListener("click", () => {
    store.set("theme", theme(store) === "dark" ? "light" : "dark");
    applyTheme(store);
    for (const each of shown) each();
  });
  shown.add(show);
  show();
}
