/** Dark or light: as the system says, or as somebody chose in this browser. */
import { dress } from "./icons.js";

const SYSTEM = matchMedia("(prefers-color-scheme: light)");
const GROUND = { dark: "#101013", light: "#f8f8f9" };

/** @param {{get: Function, set: Function}} store @returns {"dark" | "light"} what is shown now */
export function theme(store) {
  return store.get("theme") ?? (SYSTEM.matches ? "light" : "dark");
}

/** Shows the page as chosen; without a choice the style sheet follows the system. */
export function applyTheme(store) {
  const chosen = store.get("theme");
  if (chosen) document.documentElement.dataset.theme = chosen;
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
  SYSTEM.addEventListener("change", () => {
    applyTheme(store);
    show();
  });
  shown.add(show);
  show();
}
