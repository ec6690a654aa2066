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

/** @param {HTMLButtonElement} button switches, and keeps the choice */
export function mountTheme(button, store) {
  function show() {
    const other = theme(store) === "dark" ? "light" : "dark";
    applyTheme(store);
    dress(button, other === "light" ? "sun" : "moon", `Switch to the ${other} theme`);
  }
  button.addEventListener("click", () => {
    store.set("theme", theme(store) === "dark" ? "light" : "dark");
    show();
  });
  SYSTEM.addEventListener("change", show);
  show();
}
