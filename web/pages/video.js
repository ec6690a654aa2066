/** A video's page: follows the render to its end, and copies the link with which it is shared. */
import { follow } from "./follow.js";
import { picture } from "./picture.js";
import { facts, words } from "./stages.js";

const making = document.querySelector("[data-follow]");
if (making) {
  const parts = Object.fromEntries(
    ["percent", "words", "facts"].map((name) => [name, making.querySelector(`[data-${name}]`)]),
  );
  const bar = making.querySelector("progress");
  follow(making.dataset.follow, (state) => {
    picture(making.parentElement, state);
    const begun = !["queued", "preparing"].includes(state.status);
    document.querySelector("[data-credit]").textContent = begun ? "; its credit is spent" : " and give the credit back";
    bar.value = state.progress;
    parts.percent.textContent = Math.round(state.percent);
    if (parts.words.textContent !== words(state)) parts.words.textContent = words(state); // read out once
    parts.facts.textContent = facts(state);
    document.title = `${Math.round(state.percent)} % · ${document.querySelector("h1").textContent} · Oriel`;
  });
}

for (const button of document.querySelectorAll("[data-copy]")) {
  const field = document.getElementById(button.dataset.copy);
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(field.value); // there is none where a page came by plain http
      button.textContent = "Copied";
    } catch {
      field.select();
      button.textContent = "Copy it by hand";
    }
  });
}
