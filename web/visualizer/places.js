// The targets that one size of picture is drawn on before it is shown, each made when it is needed.
import { Bloom } from "./bloom.js";
import { target } from "./targets.js";

const FINER = 2; // times the picture's size: solids, which have no smooth edges of their own

export class Places {
  /**
   * @param {import("three").WebGLRenderer} renderer
   * @param {object} catalog
   * @param {import("three").BufferGeometry} covering
   * @param {[number, number]} size pixels of the picture
   * @param {"light" | "ink"} light what bloom and solids are drawn on
   */
  constructor(renderer, catalog, covering, size, light) {
    this.size = size;
    /** Whether a solid's ink has twice the picture's size. */
    this.finer = Math.max(...size) * FINER <= renderer.capabilities.maxTextureSize;
    this._light = light;
    this._made = {};
    this._bloom = () => new Bloom(renderer, catalog, covering, size, light);
  }

  /** @param {string} style @returns {import("three").WebGLRenderTarget} */
  ink(style) {
    return style === "solid" ? this._solid : this._thin;
  }

  /** @returns {Bloom} */
  get bloom() {
    return (this._made.bloom ??= this._bloom());
  }

  get _thin() {
    return (this._made.thin ??= target(this.size, "ink"));
  }

  get _solid() {
    const scale = this.finer ? FINER : 1;
    return (this._made.solid ??= target([this.size[0] * scale, this.size[1] * scale], this._light, true));
  }

  dispose() {
    for (const each of Object.values(this._made)) each.dispose();
    this._made = {};
  }
}
