// A look, a mesh and a frame's numbers in, the picture on a canvas out: what oriel/gl/painter.py
// draws, drawn by Three.js. While pictures come late it draws fewer pixels.
import { ConstantAlphaFactor, CustomBlending, NoBlending, OneMinusConstantAlphaFactor } from "three";
import { createGovernor } from "./governor.js";
import { createMeshes } from "./meshes.js";
import { draw, triangle } from "./passes.js";
import { Places } from "./places.js";
import { recent } from "./recent.js";
import { drawsHalfFloats, opened } from "./renderer.js";
import { Scenes } from "./scenes.js";
import { target } from "./targets.js";
import { watch } from "./watch.js";

const MOST_SIZES = 2;

/** Draws looks on one canvas. */
export class Painter {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {object} catalog the server's: shaders, header, effects_source
   * @param {{governed?: boolean, meshes?: ReturnType<typeof createMeshes>}} [options]
   * @throws {Error} in words for a person, where there is no WebGL 2
   */
  constructor(canvas, catalog, { governed = true, meshes = createMeshes() } = {}) {
    this.canvas = canvas;
    /** Whether the browser has taken the GPU away; it may give it back. */
    this.lost = false;
    /** @type {(() => void) | null} */
    this.onLost = null;
    /** @type {(() => void) | null} what was drawn is gone: draw it again */
    this.onRestored = null;
    /** @type {((scale: number) => void) | null} the preview's resolution has changed by itself */
    this.onScale = null;
    this._catalog = catalog;
    this._renderer = opened(canvas);
    this._light = drawsHalfFloats(this._renderer) ? "light" : "ink";
    this._watch = governed ? watch(createGovernor()) : null;
    this._scale = 1;
    this._asked = [canvas.width, canvas.height];
    this._size = this._asked;
    this._covering = triangle();
    this._uniforms = {};
    this._scenes = new Scenes(this._renderer, catalog, meshes, this._covering, this._uniforms);
    this._places = new Map();
    this._last = null;
    this._mvp = new Float32Array(16);
    this._model = new Float32Array(16);
    this._listening = listen(this);
  }

  /** Pixels that are drawn now. @returns {[number, number]} */
  get size() {
    return this._size;
  }

  /** What share of the pixels asked for is drawn, along a side. @returns {number} 0..1 */
  get scale() {
    return this._scale;
  }

  /**
   * Sets what `draw` fills, from the next time on.
   * @param {number} width pixels of the screen, not of CSS
   * @param {number} height
   */
  resize(width, height) {
    const fit = Math.min(1, this._renderer.capabilities.maxTextureSize / Math.max(width, height, 1));
    this._asked = [width * fit, height * fit];
    this._fit();
  }

  /**
   * Makes a look ready to be drawn: its mesh is fetched, its programs are linked. Cheap when only
   * numbers and colours have changed.
   * @param {object} look complete
   * @returns {Promise<import("./scenes.js").Scene>}
   * @throws {Error} in words for a person, where the mesh cannot be had
   */
  async scene(look) {
    const scene = await this._scenes.scene(look);
    if (!this.lost) await this._scenes.link(scene);
    this._watch?.disturbed();
    return scene;
  }

  /**
   * Draws one picture on the canvas.
   * @param {import("./scenes.js").Scene} scene
   * @param {object} uniforms one frame's numbers by name, for a picture of the canvas' shape
   */
  draw(scene, uniforms) {
    if (this._begin()) this._paint(scene, uniforms, this._size, null);
  }

  /**
   * Draws one picture fading into another.
   * @param {import("./scenes.js").Scene} from
   * @param {object} fromUniforms
   * @param {import("./scenes.js").Scene} to
   * @param {object} toUniforms
   * @param {number} share 0: only the first, 1: only the second
   */
  blend(from, fromUniforms, to, toUniforms, share) {
    if (!this._begin()) return;
    if (share < 1) this._paint(from, fromUniforms, this._size, null);
    if (share > 0) this._paint(to, toUniforms, this._size, null, share);
  }

  /**
   * One picture's pixels, without showing it: for thumbnails.
   * @param {import("./scenes.js").Scene} scene
   * @param {object} uniforms
   * @param {[number, number]} [size] pixels
   * @returns {ImageData}
   */
  picture(scene, uniforms, size = this._size) {
    const into = target(size, "picture");
    const rows = new Uint8Array(4 * size[0] * size[1]);
    if (!this.lost) {
      this._paint(scene, uniforms, [...size], into);
      this._renderer.readRenderTargetPixels(into, 0, 0, size[0], size[1], rows);
    }
    into.dispose();
    this._watch?.disturbed();
    return new ImageData(flipped(rows, 4 * size[0]), size[0], size[1]);
  }

  /** Gives everything back; the canvas can be drawn on no more. */
  dispose() {
    this._listening.abort();
    for (const each of this._places.values()) each.dispose();
    this._places.clear();
    this._scenes.dispose();
    this._covering.dispose();
    this._renderer.dispose();
    this._renderer.forceContextLoss();
    this.lost = true;
  }

  /** Whether there is something to draw on, which then has its size. */
  _begin() {
    if (this.lost) return false;
    this._govern();
    const [width, height] = this._size;
    if (width !== this.canvas.width || height !== this.canvas.height) {
      this._renderer.setSize(width, height, false);
    }
    return true;
  }

  _govern() {
    const scale = this._watch?.drawn() ?? 1;
    if (scale === this._scale) return;
    this._scale = scale;
    this._fit();
    this.onScale?.(scale);
  }

  _fit() {
    this._size = this._asked.map((side) => Math.max(1, Math.round(side * this._scale)));
  }

  /** Cover, bloom, screen, as `paint` in Python; with a share, over what is there already. */
  _paint(scene, uniforms, size, into, share = 1) {
    const places = this._of(size);
    const { look, shape } = scene;
    const solid = look.style === "solid";
    const cover = places.ink(look.style);
    this._assign(scene, uniforms, size);
    this._renderer.setRenderTarget(cover);
    this._renderer.clear(true, solid, false);
    shape.material = scene.ink;
    draw(this._renderer, shape, cover);
    this._uniforms.ink_map.value = cover.texture;
    if (look.glow > 0) {
      places.bloom.draw(cover.texture, look.glowRadius);
      this._uniforms.bloom_map.value = places.bloom.texture;
    }
    const screen = solid && places.finer ? scene.finer : scene.coarse;
    mix(screen.material, share);
    screen.draw(into);
  }

  _assign(scene, uniforms, size) {
    const shared = this._uniforms;
    for (const name in uniforms) {
      if (shared[name] !== undefined) shared[name].value = uniforms[name];
    }
    // Planned for another size of the same shape: only these tell pixels.
    const [width, height] = uniforms.resolution;
    const wider = Math.min(size[0], size[1]) / Math.min(width, height);
    if (shared.half_width) shared.half_width.value = uniforms.half_width * wider;
    shared.resolution.value = size;
    shared.mvp.value = grown(this._mvp, uniforms.mvp, scene.scale);
    if (shared.model) shared.model.value = grown(this._model, uniforms.model, scene.scale);
  }

  /** The targets of pictures of this size. */
  _of(size) {
    const last = this._last;
    if (last && last.size[0] === size[0] && last.size[1] === size[1]) return last;
    const make = () => new Places(this._renderer, this._catalog, this._covering, size, this._light);
    return (this._last = recent(this._places, size.join(), make, MOST_SIZES));
  }
}

/** Tells a painter of its context's comings and goings, until the result is aborted. */
function listen(painter) {
  const until = new AbortController();
  const on = (name, listener) => painter.canvas.addEventListener(name, listener, { signal: until.signal });
  on("webglcontextlost", () => {
    painter.lost = true;
    painter.onLost?.();
  });
  on("webglcontextrestored", () => {
    painter.lost = false;
    painter.onRestored?.();
  });
  return until;
}

/** A matrix, a column after the other, of something drawn so many times larger. */
function grown(into, matrix, scale) {
  for (let at = 0; at < 16; at++) into[at] = at < 12 ? matrix[at] * scale : matrix[at];
  return into;
}

function mix(material, share) {
  material.blending = share < 1 ? CustomBlending : NoBlending;
  material.blendSrc = ConstantAlphaFactor;
  material.blendDst = OneMinusConstantAlphaFactor;
  material.blendAlpha = share;
}

/** Rows from the bottom up, as GL has them, turned about. */
function flipped(rows, width) {
  const turned = new Uint8ClampedArray(rows.length);
  for (let at = 0; at < rows.length; at += width) {
    turned.set(rows.subarray(at, at + width), rows.length - width - at);
  }
  return turned;
}
