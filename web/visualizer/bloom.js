// Ink in, the same ink spread by a pyramid of blurs out: oriel/gl/bloom.py, line by line.
import { Pass } from "./passes.js";
import { halfEven } from "./rounding.js";
import { target } from "./targets.js";

// Texels along the shorter side of the pyramid's largest level, whatever the picture's size.
const LARGEST_LEVEL = 270;
const LONGEST_SIDE = 8192;
const LEVELS = 7;

/**
 * @param {[number, number]} size pixels of the picture
 * @param {number} level 0 for the largest
 * @returns {[number, number]} texels
 */
export function levelSize(size, level) {
  const shrink = Math.min(LARGEST_LEVEL / Math.min(...size), LONGEST_SIDE / Math.max(...size)) / 2 ** level;
  return [Math.max(1, halfEven(size[0] * shrink)), Math.max(1, halfEven(size[1] * shrink))];
}

/**
 * @param {number} radius the look's glowRadius
 * @returns {number[]} what share of its light each level passes on to the wider ones
 */
export function spreads(radius) {
  const passed = 0.5 + 0.45 * radius;
  return Array.from({ length: LEVELS - 1 }, (_, level) => passed * (1 - level / LEVELS) ** 0.5);
}

/**
 * @param {[number, number]} size pixels of the picture
 * @param {[number, number]} largest texels of the largest level
 * @returns {{size: number[], spacing: number[], taps: number}} so many taps that none is passed over
 */
export function gathering(size, largest) {
  const step = Math.max(size[0] / largest[0], size[1] / largest[1]);
  const taps = Math.max(1, Math.ceil(step / 2));
  return { size: largest, spacing: [1 / (largest[0] * taps), 1 / (largest[1] * taps)], taps };
}

/** A pyramid for pictures of one size; `texture` is the finished bloom. */
export class Bloom {
  /**
   * @param {import("three").WebGLRenderer} renderer
   * @param {object} catalog
   * @param {import("three").BufferGeometry} covering
   * @param {[number, number]} size pixels of the picture
   * @param {"light" | "ink"} light what its levels are
   */
  constructor(renderer, catalog, covering, size, light = "light") {
    const pass = (name) => new Pass(renderer, catalog, name, covering);
    const sizes = Array.from({ length: LEVELS }, (_, level) => levelSize(size, level));
    this.levels = sizes.map((each) => target(each, light));
    this.spread = sizes.slice(1).map((_, level) => target(sizes[level], light));
    // One material a level: their uniforms are then set once for all. They share their programs.
    this.first = pass("bloom_first.frag");
    this.down = sizes.slice(1).map(() => pass("bloom_down.frag"));
    this.up = sizes.slice(1).map(() => pass("bloom_up.frag"));
    this.radius = null;
    this.first.assign(gathering(size, sizes[0]));
    for (let level = 0; level < LEVELS - 1; level++) this.connect(level, sizes);
  }

  get texture() {
    return this.spread[0].texture;
  }

  connect(level, sizes) {
    const [larger, smaller] = [sizes[level], sizes[level + 1]];
    const wider = level + 2 < LEVELS ? this.spread[level + 1] : this.levels[level + 1];
    this.down[level].assign({
      size: smaller,
      texel: [1 / larger[0], 1 / larger[1]],
      source: this.levels[level].texture,
    });
    this.up[level].assign({
      size: larger,
      texel: [1 / smaller[0], 1 / smaller[1]],
      source: wider.texture,
      sharp: this.levels[level].texture,
    });
  }

  /**
   * Spreads this ink.
   * @param {import("three").Texture} ink
   * @param {number} radius the look's glowRadius
   */
  draw(ink, radius) {
    this.reach(radius);
    this.first.material.uniforms.source.value = ink;
    this.first.draw(this.levels[0]);
    for (let level = 0; level < LEVELS - 1; level++) this.down[level].draw(this.levels[level + 1]);
    for (let level = LEVELS - 2; level >= 0; level--) this.up[level].draw(this.spread[level]);
  }

  reach(radius) {
    if (radius === this.radius) return;
    this.radius = radius;
    spreads(radius).forEach((spread, level) => {
      this.up[level].material.uniforms.spread.value = spread;
    });
  }

  dispose() {
    for (const each of [this.first, ...this.down, ...this.up]) each.dispose();
    for (const each of [...this.levels, ...this.spread]) each.dispose();
  }
}
