// A canvas in, Three.js on WebGL 2 out, which shows exactly the numbers that the shaders write.
import { LinearSRGBColorSpace, WebGLRenderer } from "three";

const PLAIN = {
  alpha: false,
  antialias: false, // lines and points are smooth by their own arithmetic
  depth: false,
  stencil: false,
  powerPreference: "high-performance",
};

/**
 * @param {HTMLCanvasElement} canvas
 * @returns {WebGLRenderer} it clears and converts nothing by itself
 * @throws {Error} in words for a person, where there is no WebGL 2
 */
export function opened(canvas) {
  const context = canvas.getContext("webgl2", PLAIN);
  if (context === null) {
    throw new Error("This browser cannot draw the picture: it has no WebGL 2, or has it switched off; turn it on, or use another browser");
  }
  const renderer = new WebGLRenderer({ canvas, context });
  renderer.outputColorSpace = LinearSRGBColorSpace;
  renderer.autoClear = false;
  renderer.sortObjects = false;
  renderer.setClearColor(0, 0);
  renderer.debug.onShaderError = complain;
  return renderer;
}

/** Whether half floats can be drawn on; all but very old phones can. */
export function drawsHalfFloats(renderer) {
  return ["EXT_color_buffer_float", "EXT_color_buffer_half_float"].some((name) => renderer.extensions.has(name));
}

function complain(gl, program, vertex, fragment) {
  const said = [gl.getProgramInfoLog(program), gl.getShaderInfoLog(vertex), gl.getShaderInfoLog(fragment)];
  console.error("A shader does not compile.", said.filter(Boolean).join("\n"));
}
