/** The dashboard's renders that are under way move while one looks. */
import { follow } from "./follow.js";
import { picture } from "./picture.js";
import { words } from "./stages.js";

const LIVE = 3; // by events; a browser has six connections to a server for all that it does

const cards = [...document.querySelectorAll("[data-follow]")];
cards.forEach((card, index) => {
  const bar = card.querySelector("progress");
  const said = card.querySelector("[data-words]");
  follow(card.dataset.follow, (state) => {
    picture(card.querySelector(".video-picture"), state);
    bar.value = state.progress;
    said.textContent = words(state);
  }, { events: index < LIVE });
});
