// The page's address in, one picture that fills the window out: what `oriel frame --at` draws.
import { asked, wantsStill } from "./asked.js";
import { hear, listen } from "./bands.js";
import { beatsOf } from "./beats.js";
import { decode } from "./decode.js";
import { plan } from "./frames.js";
import { Painter } from "./painter.js";
import { still } from "./rate.js";

/** Whether an address asks for nothing but one picture. @param {Location | URL} address @returns {boolean} */
export function wanted(address) {
  return wantsStill(address.search);
}

/**
 * Shows the picture that the address asks for, and when the history moves the next one. Then the
 * body has data-drawn="true"; or data-failed, and the reason in words.
 * @param {HTMLCanvasElement} canvas taken out of its page
 * @param {object} catalog the server's
 * @param {Location} address
 * @returns {Promise<void>} settled when the first is drawn
 */
export async function draw(canvas, catalog, address) {
  const songs = new Map();
  let painter = null;
  let latest = 0;
  document.body.replaceChildren(canvas);
  fill(canvas);
  addEventListener("popstate", show);
  await show();

  async function show() {
    const mine = ++latest;
    delete document.body.dataset.drawn;
    delete document.body.dataset.failed;
    try {
      const wish = asked(address.href, catalog, [room(innerWidth), room(innerHeight)]);
      painter ??= opened();
      const moment = await prepared(painter, catalog, songs, wish);
      if (mine !== latest) return;
      painter.resize(...wish.size);
      painter.draw(moment.scene, moment.uniforms);
      canvas.hidden = false;
      document.querySelector("p")?.remove();
      await shown();
      if (mine === latest) document.body.dataset.drawn = "true";
    } catch (error) {
      if (mine === latest) fail(canvas, error);
    }
  }

  function opened() {
    const made = new Painter(canvas, catalog, { governed: false });
    made.onRestored = show;
    return made;
  }
}

/** The scene, and the numbers of the moment that is asked for. */
async function prepared(painter, catalog, songs, { song, look, at, size }) {
  const [scene, { heard, rhythm }] = await Promise.all([painter.scene(look), known(songs, song)]);
  const { rate, index } = still(at, look.hearing);
  const beats = Object.keys(look.effects).some((name) => catalog.effects[name].needs_beat);
  const bands = listen(heard, { ...look, fps: rate, ...(beats ? await rhythm() : {}) });
  if (index > bands.bass.length) {
    throw new Error(`There is no picture at ${at} s: the song is ${heard.seconds.toFixed(2)} s long; choose a moment in it.`);
  }
  const planned = plan(look, bands, { size, radius: scene.radius });
  return { scene, uniforms: planned.uniforms(index) };
}

/** A song that was heard, once an address; one that fails may be asked for again. */
function known(songs, url) {
  if (!songs.has(url)) {
    const song = fetched(url);
    song.catch(() => songs.delete(url));
    songs.set(url, song);
  }
  return songs.get(url);
}

async function fetched(url) {
  const answer = await fetch(url).catch((error) => {
    throw new Error("The song cannot be fetched: the server does not answer; try again in a while.", { cause: error });
  });
  if (!answer.ok) throw new Error(`The song cannot be fetched: the server answers ${answer.status}; choose another.`);
  const name = decodeURIComponent(new URL(url).pathname.split("/").at(-1));
  const { samples } = await decode(await answer.blob(), name);
  let rhythm = null;
  return { heard: hear(samples), rhythm: () => (rhythm ??= beatsOf(answer)) };
}

function fill(canvas) {
  document.body.style.cssText = "margin:0;overflow:hidden;background:#000";
  canvas.style.cssText = "position:fixed;inset:0;width:100%;height:100%;object-fit:contain;border-radius:0";
}

function fail(canvas, error) {
  canvas.hidden = true;
  document.querySelector("p")?.remove();
  const words = document.createElement("p");
  words.setAttribute("role", "alert");
  words.style.cssText = "margin:10vh auto;max-width:40em;padding:0 1em;color:#fff;font:1.1rem/1.5 sans-serif";
  words.textContent = error.message;
  document.body.append(words);
  document.body.dataset.failed = error.message;
}

/** When what was drawn is on the screen. */
function shown() {
  return new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
}

function room(side) {
  return Math.max(1, Math.round(side * devicePixelRatio));
}
