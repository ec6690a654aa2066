// A file dropped anywhere on the page, or picked, or the demo song, goes in; state's song comes out.

import { createSongs } from "./audio.js";
import { isolated } from "./isolated.js";

/** Where the server keeps the demo song. */
const DEMO = "/demo/song.wav";

const CALM = "Your system asks for less motion, so nothing moves yet. Press play when you are ready.";
const ELSEWHERE = "The song of this address lies elsewhere: only this server’s own can be opened so.";

/**
 * @param {HTMLElement} place the page: a song may be dropped anywhere on it
 * @param {{get: Function, set: Function, on: Function}} state
 * @param {{player: {play: () => Promise<void>}}} context gets `songs`: {open, choose, demo}
 */
export function mountDrop(place, state, context) {
  const songs = createSongs(state, { onReady: () => begin(state, context.player) });
  const picker = document.getElementById("song-file");
  const choose = () => picker.click();
  const demo = () => songs.open(DEMO, { name: "Demo song" });
  context.songs = { ...songs, choose, demo };

  picker.addEventListener("change", () => {
    if (picker.files[0]) songs.open(picker.files[0]);
    picker.value = ""; // so that the same file can be picked again
  });
  document.getElementById("choose-song").addEventListener("click", choose);
  document.getElementById("play-demo").addEventListener("click", demo);
  mountDropping(place, (files) => take(files, state, context));
  mountEmpty(state);
  openLinked(songs, state);
}

function begin(state, player) {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
    state.set({ notice: { kind: "info", text: CALM } });
  } else {
    player.play();
  }
}

function take(files, state, context) {
  const { song, look, left } = sorted(files);
  if (look) context.openLook(look);
  if (song) context.songs.open(song);
  if (left === 0) return;
  const opened = [song, look].filter(Boolean).map(({ name }) => isolated(name)).join(" and ");
  state.set({ notice: { kind: "info", text: `One song and one look at a time: ${opened}.` } });
}

/**
 * Of files that were dropped together the song and the look to open, and how many are left.
 * @param {File[]} files
 */
export function sorted(files) {
  const isLook = ({ name }) => /\.json$/i.test(name);
  const others = files.filter((file) => !isLook(file));
  const song = others.find(({ type }) => /^(audio|video)\//.test(type)) ?? others[0];
  const look = files.find(isLook);
  return { song, look, left: files.length - [song, look].filter(Boolean).length };
}

function mountDropping(place, onFiles) {
  const sign = document.getElementById("drop-here");
  let over = 0; // elements entered less those left: the page is left when none remains
  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  const show = (count) => {
    over = Math.max(0, count);
    sign.hidden = over === 0;
    document.body.classList.toggle("dropping", over > 0);
  };
  place.addEventListener("dragenter", (event) => carriesFiles(event) && show(over + 1));
  place.addEventListener("dragleave", (event) => carriesFiles(event) && show(over - 1));
  place.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault(); // without this the browser leaves the page for the file
    event.dataTransfer.dropEffect = "copy";
  });
  place.addEventListener("drop", (event) => {
    show(0);
    if (!carriesFiles(event)) return;
    event.preventDefault();
    onFiles([...event.dataTransfer.files]);
  });
}

/** The words over an empty stage go when there is something to see. */
function mountEmpty(state) {
  const empty = document.getElementById("empty");
  const show = () => {
    empty.hidden = Boolean(state.get("song") || state.get("live"));
    empty.classList.toggle("busy", Boolean(state.get("loading")));
  };
  state.on(["song", "live", "loading"], show);
  show();
}

/** `?song=URL`, of this origin only, opens with the page. */
function openLinked(songs, state) {
  const asked = new URLSearchParams(location.search).get("song");
  if (!asked) return;
  const url = URL.canParse(asked, location.href) ? new URL(asked, location.href) : null;
  if (url?.origin === location.origin) songs.open(url.href);
  else state.set({ notice: { kind: "error", text: ELSEWHERE } });
}
