/** What the page knows in, the picture on its canvas out, as long as there is something to draw. */
import { picture, plan } from "./frames.js";
import { idle } from "./idle.js";
import { NO_WEBGL } from "./notices.js";
import { Painter } from "./painter.js";
import { onPixelRatio } from "./pixels.js";

const CALM = matchMedia("(prefers-reduced-motion: reduce)");
const MOST_PIXELS = 2560; // along a side: what a laptop's screen shows
const SETTLED = 250; // milliseconds without a change until a picture is at rest
const TICKS = 12; // a second, as frames.js counts them

/**
 * Draws state's `look` at the song's `position`; before there is a song, gently by itself.
 * While `comparing`, the `baseline` is drawn instead. `blend`, {look, share}, fades from a look.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {{get: Function, set: Function, on: Function}} state
 * While `live` is set, `heard` is what is heard right now, as frames.js's `picture` takes it.
 * @param {{catalog: object, player?: object}} context
 * @returns {{painter: Painter} | null} null where there is no WebGL 2
 */
export function mountPreview(canvas, state, context) {
  const painter = opened(canvas, state, context.catalog);
  if (!painter) return null;
  const shown = follow(() => (state.get("comparing") ? state.get("baseline") : state.get("look")));
  const left = follow(() => state.get("blend")?.look ?? null);
  let dirty = true;
  let drawn = 0; // the moment of the last picture, milliseconds
  let sharp = false; // whether it has all its pixels
  let full = [1, 1]; // all its pixels

  /** Keeps a scene ready for a look that may change at any time; the newest wins. */
  function follow(wanted) {
    const kept = { look: null, scene: null, plan: null, busy: false };
    kept.update = async () => {
      if (kept.busy) return;
      kept.busy = true;
      while (wanted() && wanted() !== kept.look) {
        const look = wanted();
        try {
          const scene = await painter.scene(look);
          Object.assign(kept, { look, scene, plan: null });
        } catch (error) {
          console.error(error);
          break; // the picture of before stays; the next change tries again
        }
        dirty = true;
      }
      kept.busy = false;
    };
    return kept;
  }

  function uniforms(kept, now) {
    const stage = { size: painter.size, radius: kept.scene.radius };
    const heard = state.get("live") ? state.get("heard") : null;
    if (heard) return picture(kept.look, { ...moment(now), ...heard }, stage);
    const bands = state.get("bands");
    if (!bands) return picture(kept.look, idle(CALM.matches ? 0 : now / 1000, TICKS), stage);
    if (!kept.plan || kept.bands !== bands || kept.size !== String(stage.size)) {
      Object.assign(kept, { plan: plan(kept.look, bands, stage), bands, size: String(stage.size) });
    }
    const seconds = context.player?.position() ?? state.get("position");
    const index = Math.round(seconds * Number(bands.fps));
    return kept.plan.uniforms(Math.min(Math.max(index, 0), kept.plan.length - 1));
  }

  function draw(now) {
    requestAnimationFrame(draw);
    if (!shown.scene) return;
    const resting = !state.get("bands") && !state.get("live");
    const idling = resting && !CALM.matches && now - drawn > 30; // half the frames are smooth enough
    const moving = state.get("playing") || state.get("live");
    if (dirty || idling || moving) {
      paint(now);
      drawn = now;
      sharp = painter.scale === 1;
    } else if (!sharp && now - drawn > SETTLED) {
      sharp = sharpen(now);
    }
  }

  function paint(now) {
    dirty = false;
    const blend = state.get("blend");
    const to = uniforms(shown, now);
    if (blend && left.scene && blend.share < 1) painter.blend(left.scene, uniforms(left, now), shown.scene, to, blend.share);
    else painter.draw(shown.scene, to);
    canvas.dataset.drawn = "true";
  }

  /**
   * A picture at rest has all its pixels, however few a slow graphics card is given in motion.
   * @returns {boolean} whether it has: drawing it may tell that the last ones came late, and have fewer
   */
  function sharpen(now) {
    const { scale } = painter;
    painter.resize(...full.map((side) => side / scale));
    paint(now);
    painter.resize(...full);
    return painter.scale === scale;
  }

  function resized() {
    const { width, height } = canvas.getBoundingClientRect();
    const fit = Math.min(devicePixelRatio, MOST_PIXELS / Math.max(width, height, 1));
    full = [Math.round(width * fit), Math.round(height * fit)];
    painter.resize(...full);
    dirty = true;
  }

  new ResizeObserver(resized).observe(canvas);
  onPixelRatio(resized);
  painter.onRestored = () => (dirty = true);
  const tell = () => say(state.get("playing") || state.get("live") ? painter.scale : 1);
  painter.onScale = tell;
  state.on(["playing", "live"], tell);
  state.on(["look", "comparing", "baseline"], () => shown.update());
  state.on("blend", () => left.update());
  state.on(["bands", "position", "blend", "comparing", "live"], () => (dirty = true));
  CALM.addEventListener("change", () => (dirty = true));
  resized();
  shown.update();
  requestAnimationFrame(draw);
  return { painter };
}

function opened(canvas, state, catalog) {
  try {
    return new Painter(canvas, catalog);
  } catch (error) {
    console.warn(error);
    state.set({ notice: NO_WEBGL });
    return null;
  }
}

/** The time of what has no song: the page's. @param {number} now milliseconds */
function moment(now) {
  return { time: now / 1000, tick: Math.floor((now * TICKS) / 1000) };
}

/** A slow graphics card draws fewer pixels: said, but quietly. */
function say(scale) {
  const place = document.getElementById("governor");
  place.textContent = scale < 1 ? `Preview at ${Math.round(100 * scale)}% to stay smooth` : "";
}
