/** Fields that a random look leaves as they are; kept in the browser. */
import { make } from "./elements.js";
import { dress } from "./icons.js";

/** @param {{get: Function, set: Function}} store */
export function createLocks(store) {
  const locked = new Set(store.get("locks", []));

  /** A button that locks one field. @param {string} path @param {string} words the field's name */
  function button(path, words) {
    const made = make("button", { type: "button", class: "icon-button lock" });
    const show = () => {
      const on = locked.has(path);
      dress(made, on ? "lock" : "unlock", `Lock ${words}`);
      made.title = on ? `${words} is locked: a random look leaves it as it is` : `Lock ${words} against random looks`;
      made.setAttribute("aria-pressed", String(on));
    };
    made.addEventListener("click", () => {
      if (!locked.delete(path)) locked.add(path);
      store.set("locks", [...locked]);
      show();
    });
    show();
    return made;
  }

  return { button, list: () => [...locked] };
}
