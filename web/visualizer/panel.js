/** The panel's tabs: looks, adjust, sound, video; one shown at a time, the last one remembered. */
import { dress } from "./icons.js";
import { make } from "./elements.js";

const ICONS = { Looks: "looks", Adjust: "adjust", Sound: "sound", Video: "video" };
const ROOMY = matchMedia("(min-width: 1280px)"); // for the song's controls and the meters

/**
 * @param {HTMLElement} panel with #tabs and the tab panels
 * @param {{get: Function, set: Function, on: Function}} state
 * @param {{store: object, panel?: object}} context gets `panel`: {show(name)}
 */
export function mountPanel(panel, state, context) {
  const pages = [...panel.querySelectorAll('[role="tabpanel"]')];
  const list = panel.querySelector('[role="tablist"]');
  const tabs = pages.map((page) => tab(page, () => show(page.dataset.tab)));
  list.append(...tabs);
  list.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const at = tabs.indexOf(document.activeElement);
    if (step === undefined || at < 0) return;
    event.preventDefault();
    const next = (at + step + pages.length) % pages.length;
    show(pages[next].dataset.tab);
    tabs[next].focus();
  });

  function show(name) {
    const chosen = pages.some((page) => page.dataset.tab === name) ? name : pages[0].dataset.tab;
    pages.forEach((page, i) => {
      const here = page.dataset.tab === chosen;
      page.hidden = !here;
      tabs[i].setAttribute("aria-selected", String(here));
      tabs[i].tabIndex = here ? 0 : -1;
    });
    context.store.set("tab", chosen);
  }

  context.panel = { show };
  show(context.store.get("tab"));
  placeMeters();
  ROOMY.addEventListener("change", placeMeters);
}

function tab(page, onClick) {
  const name = page.dataset.tab;
  const button = make("button", { type: "button", role: "tab", id: `${page.id}-tab`, onClick });
  dress(button, ICONS[name], name, { seen: true });
  button.removeAttribute("title");
  button.setAttribute("aria-controls", page.id);
  page.setAttribute("aria-labelledby", button.id);
  page.tabIndex = 0;
  return button;
}

/** Roomy windows show what is heard beside the transport; others in the sound's tab. */
function placeMeters() {
  const meters = document.getElementById("meters");
  if (ROOMY.matches) document.getElementById("dock").append(meters);
  else document.getElementById("tab-sound").prepend(meters);
}
