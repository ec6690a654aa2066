/** What every page does beyond what it does without scripts: the theme, the menu, no form sent twice. */
import { createStore } from "../visualizer/store.js";
import { mountTheme } from "../visualizer/theme.js";

const theme = document.getElementById("theme");
theme.hidden = false;
mountTheme(theme, createStore());

// A menu closes by Escape, and by a click beside it.
const menu = document.getElementById("account");
if (menu) {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
}

// A form that changes something is not sent again while it is on its way.
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.target.method !== "post") return;
  setTimeout(() => {
    for (const button of event.target.querySelectorAll("button")) button.disabled = true; // once it is read
  });
});
addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("form[method=post] button")) button.disabled = false;
});

// What was wrong is where one goes on.
document.querySelector("[aria-invalid]")?.focus();

// A button that stands there for those without scripts alone: mail programs open links, and press none.
document.querySelector("[data-press]")?.click();

// On a phone a section's navigation is a row that is wider than the screen.
document.querySelector(".side [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
