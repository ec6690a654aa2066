// A menu and its button go in; one that opens beneath the button, and in which arrow keys step, comes out.

const EDGE = 8; // pixels that stay free beside the window's edge

/**
 * @param {HTMLElement} menu a popover of buttons, of which some may be hidden
 * @param {HTMLElement} button whose popover it is
 */
export function mountMenu(menu, button) {
  const items = () => [...menu.querySelectorAll("button")].filter((one) => one.checkVisibility());
  menu.addEventListener("toggle", (event) => {
    const open = event.newState === "open";
    button.setAttribute("aria-expanded", String(open));
    if (!open) return;
    stand(menu, button);
    items()[0].focus();
  });
  menu.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const all = items();
    all.at((all.indexOf(document.activeElement) + step) % all.length).focus();
  });
}

/** Beneath its button, within the window. */
function stand(menu, button) {
  const { right, bottom } = button.getBoundingClientRect();
  menu.style.left = `${Math.max(EDGE, Math.min(right, innerWidth - EDGE) - menu.offsetWidth)}px`;
  menu.style.top = `${bottom + 4}px`;
}
