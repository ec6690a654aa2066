/** Looks in, small pictures of them out: drawn by the page's own painter while nothing else is due. */
import { picture } from "./frames.js";

const SIZE = [320, 180];
const MOST = 80; // pictures that are remembered: of 230 kB each
const BUSY = 250; // milliseconds until another try

// A moment that shows what a look can do.
const MOMENT = { time: 5.2, tick: 62, bass: 0.5, treble: 0.45, level: 0.6, onset: 0.25, pulse: 0.2 };
const soon = globalThis.requestIdleCallback ?? ((call) => setTimeout(call, 50));

/**
 * @param {import("./painter.js").Painter | null} painter null: there is none, canvases stay empty
 * @param {() => boolean} [busy] whether something else comes first, such as a song that is loading
 * @returns {(canvas: HTMLCanvasElement, look: object, first?: boolean) => void} draws when there
 *   is time, in turn, or first of all
 */
export function createThumbnails(painter, busy = () => false) {
  const drawn = new Map(); // by the look's text: looks of one's own repeat others
  const waiting = [];
  let working = false;

  async function work() {
    const { canvas, look } = waiting.shift();
    const key = JSON.stringify(look);
    try {
      if (!drawn.has(key)) drawn.set(key, await image(look));
      canvas.getContext("2d").putImageData(drawn.get(key), 0, 0);
      if (drawn.size > MOST) drawn.delete(drawn.keys().next().value);
      canvas.dataset.drawn = "true";
    } catch (error) {
      console.warn(error); // a look without its picture can still be chosen by its name
    }
    if (waiting.length > 0) next();
    else working = false;
  }

  function next() {
    soon(() => (painter.lost || busy() ? setTimeout(next, BUSY) : work()), { timeout: 2000 });
  }

  async function image(look) {
    const scene = await painter.scene(look);
    return painter.picture(scene, picture(look, MOMENT, { size: SIZE, radius: scene.radius }), SIZE);
  }

  return function paint(canvas, look, first = false) {
    if (!painter) return;
    if (first) waiting.unshift({ canvas, look });
    else waiting.push({ canvas, look });
    if (!working) {
      working = true;
      next();
    }
  };
}
