// Looks in, what draws them out: vertices and programs, kept for the looks to come.
import { geometry, ink } from "./cover.js";
import { Pass, link, placed } from "./passes.js";
import { parts } from "./programs.js";
import { recent } from "./recent.js";

const MOST_INKS = 3;
const MOST_SCREENS = 24;
const MOST_SHAPES = 24;

/**
 * @typedef {object} Scene what is drawn of one look; there is nothing to dispose of
 * @property {object} look complete
 * @property {number} radius the mesh's largest distance from its middle, as frames.js wants it
 * @property {import("three").Mesh} shape the mesh's vertices
 * @property {number} scale how many times larger they are drawn
 * @property {import("three").RawShaderMaterial} ink what draws them
 * @property {Pass} coarse what shows ink of the picture's size
 * @property {Pass} finer what shows ink of twice that
 */

export class Scenes {
  /**
   * @param {import("three").WebGLRenderer} renderer
   * @param {object} catalog
   * @param {ReturnType<typeof import("./meshes.js").createMeshes>} meshes
   * @param {import("three").BufferGeometry} covering
   * @param {Record<string, {value: unknown}>} uniforms what all share; filled here
   */
  constructor(renderer, catalog, meshes, covering, uniforms) {
    Object.assign(this, { renderer, catalog, meshes, covering, uniforms });
    this.inks = new Map();
    this.screens = new Map();
    this.shapes = new Map();
  }

  /**
   * Cheap when only numbers and colours differ from a look before.
   * @param {object} look complete
   * @returns {Promise<Scene>}
   * @throws {Error} in words for a person, where the mesh cannot be had
   */
  async scene(look) {
    const { mesh, scale, key } = await this.meshes.mesh(look);
    return {
      look,
      radius: mesh.radius * scale,
      shape: this.shape(mesh, key, look.style),
      scale,
      ink: this.ink(look.style),
      coarse: this.screen(look, false),
      finer: this.screen(look, true),
    };
  }

  /** Links what a scene needs, so that its first picture does not wait. @param {Scene} scene */
  async link(scene) {
    scene.shape.material = scene.ink;
    await link(this.renderer, scene.shape);
    await link(this.renderer, (scene.look.style === "solid" ? scene.finer : scene.coarse).mesh);
  }

  ink(style) {
    return recent(this.inks, style, () => ink(this.catalog, style, this.uniforms), MOST_INKS);
  }

  screen(look, finer) {
    const text = parts(this.catalog, look, finer);
    const make = () => new Pass(this.renderer, this.catalog, "screen.frag", this.covering, this.uniforms, text);
    return recent(this.screens, text["effects.glsl"], make, MOST_SCREENS);
  }

  shape(mesh, key, style) {
    const make = () => {
      const vertices = geometry(mesh, style);
      return { placed: placed(vertices, this.ink(style)), dispose: () => vertices.dispose() };
    };
    return recent(this.shapes, `${style} ${key}`, make, MOST_SHAPES).placed;
  }

  dispose() {
    for (const kept of [this.inks, this.screens, this.shapes]) {
      for (const each of kept.values()) each.dispose();
      kept.clear();
    }
  }
}
