// Shader names in, materials and passes over a whole target out.
import {
  BufferAttribute,
  BufferGeometry,
  Camera,
  GLSL3,
  Mesh,
  NoBlending,
  RawShaderMaterial,
} from "three";
import { source, uniforms } from "./programs.js";

const EMPTY = {
  float: () => 0,
  int: () => 0,
  vec2: () => [0, 0],
  vec3: () => [0, 0, 0],
  mat4: () => new Float32Array(16),
  sampler2D: () => null,
};

// Every matrix comes with the numbers of a frame: Three.js places nothing.
const CAMERA = new Camera();
CAMERA.matrixWorldAutoUpdate = false;

/**
 * A material of two shader files.
 * @param {object} catalog
 * @param {string} vertex
 * @param {string} fragment
 * @param {Record<string, {value: unknown}>} shared uniforms by name, added to where one is missing
 * @param {Record<string, string>} [parts] texts to include that were made at run time
 * @returns {RawShaderMaterial} opaque, without depth
 */
export function material(catalog, vertex, fragment, shared, parts) {
  const texts = [source(catalog, vertex, parts), source(catalog, fragment, parts)];
  const own = {};
  for (const [name, type] of Object.entries(uniforms(texts.join("\n")))) {
    own[name] = shared[name] ??= { value: EMPTY[type]() };
  }
  return new RawShaderMaterial({
    name: fragment,
    glslVersion: GLSL3,
    vertexShader: texts[0],
    fragmentShader: texts[1],
    uniforms: own,
    blending: NoBlending,
    depthTest: false,
    depthWrite: false,
  });
}

/**
 * Something to draw that stays where it is.
 * @param {BufferGeometry} geometry
 * @param {RawShaderMaterial} look
 * @returns {Mesh}
 */
export function placed(geometry, look) {
  const mesh = new Mesh(geometry, look);
  mesh.frustumCulled = false;
  mesh.matrixAutoUpdate = mesh.matrixWorldAutoUpdate = false;
  return mesh;
}

/** One triangle that covers the whole target. @returns {BufferGeometry} */
export function triangle() {
  const geometry = new BufferGeometry();
  geometry.setAttribute("corner", new BufferAttribute(new Float32Array([-1, -1, 3, -1, -1, 3]), 2));
  geometry.setIndex([0, 1, 2]);
  return geometry;
}

/**
 * Draws one thing on a target, over what is there.
 * @param {import("three").WebGLRenderer} renderer
 * @param {Mesh} mesh
 * @param {import("three").WebGLRenderTarget | null} into null for the canvas
 */
export function draw(renderer, mesh, into) {
  renderer.setRenderTarget(into);
  renderer.render(mesh, CAMERA);
}

/**
 * Links a program, waiting without holding up the page where the driver can.
 * @param {import("three").WebGLRenderer} renderer
 * @param {Mesh} mesh
 */
export async function link(renderer, mesh) {
  if (renderer.extensions.has("KHR_parallel_shader_compile")) await renderer.compileAsync(mesh, CAMERA);
  else renderer.compile(mesh, CAMERA);
}

/** One fragment shader, run for every texel of a target. */
export class Pass {
  /**
   * @param {import("three").WebGLRenderer} renderer
   * @param {object} catalog
   * @param {string} fragment
   * @param {BufferGeometry} covering from `triangle`
   * @param {Record<string, {value: unknown}>} [shared]
   * @param {Record<string, string>} [parts]
   */
  constructor(renderer, catalog, fragment, covering, shared = {}, parts = {}) {
    this.material = material(catalog, "screen.vert", fragment, shared, parts);
    this.mesh = placed(covering, this.material);
    this.renderer = renderer;
  }

  /** @param {Record<string, unknown>} values those uniforms that the shader has */
  assign(values) {
    for (const name in values) this.material.uniforms[name].value = values[name];
  }

  /** @param {import("three").WebGLRenderTarget | null} into null for the canvas */
  draw(into) {
    draw(this.renderer, this.mesh, into);
  }

  dispose() {
    this.material.dispose();
  }
}
