// A mesh in, its ink out: how much of the shape covers each place. The vertices are those of
// oriel/gl/cover.py.
import {
  BufferAttribute,
  BufferGeometry,
  CustomBlending,
  DoubleSide,
  InterleavedBuffer,
  InterleavedBufferAttribute,
  LessDepth,
  MaxEquation,
  OneFactor,
} from "three";
import { material } from "./passes.js";

const LINE_CORNERS = [[0, -1], [1, -1], [0, 1], [1, 1]];
const POINT_CORNERS = [[-1, -1], [1, -1], [-1, 1], [1, 1]];
const TWO_TRIANGLES = [0, 1, 2, 2, 1, 3];
const FILES = { solid: "solid", points: "point", wireframe: "line" };

/**
 * What draws a style, whatever the mesh.
 * @param {object} catalog
 * @param {"wireframe" | "solid" | "points"} style
 * @param {Record<string, {value: unknown}>} shared uniforms by name
 * @returns {import("three").RawShaderMaterial}
 */
export function ink(catalog, style, shared) {
  const made = material(catalog, `${FILES[style]}.vert`, `${FILES[style]}.frag`, shared);
  if (style === "solid") {
    made.side = DoubleSide;
    made.depthTest = made.depthWrite = true;
    made.depthFunc = LessDepth;
  } else {
    // Where lines meet the brighter one wins, so that joints do not stand out.
    made.blending = CustomBlending;
    made.blendEquation = MaxEquation;
    made.blendSrc = made.blendDst = OneFactor;
  }
  return made;
}

/**
 * A mesh's vertices as a style wants them.
 * @param {import("./meshes.js").Mesh} mesh
 * @param {"wireframe" | "solid" | "points"} style
 * @returns {BufferGeometry}
 */
export function geometry(mesh, style) {
  if (style === "solid") return solid(mesh);
  return style === "points" ? points(mesh) : lines(mesh);
}

function solid(mesh) {
  const made = new BufferGeometry();
  made.setAttribute("start", new BufferAttribute(mesh.positions, 3));
  made.setAttribute("normal", new BufferAttribute(mesh.normals, 3));
  made.setIndex(new BufferAttribute(mesh.triangles, 1));
  return made;
}

function lines(mesh) {
  const ends = new Float32Array(3 * mesh.edges.length);
  mesh.edges.forEach((vertex, index) => place(ends, index, mesh, vertex));
  return quads(ends, 6, LINE_CORNERS, [["start", 3, 0], ["end", 3, 3], ["corner", 2, 6]]);
}

function points(mesh) {
  const used = Uint32Array.from(new Set(mesh.edges)).sort();
  const middles = new Float32Array(3 * used.length);
  used.forEach((vertex, index) => place(middles, index, mesh, vertex));
  return quads(middles, 3, POINT_CORNERS, [["start", 3, 0], ["corner", 2, 3]]);
}

function place(into, index, mesh, vertex) {
  for (let axis = 0; axis < 3; axis++) into[3 * index + axis] = mesh.positions[3 * vertex + axis];
}

/** Each place, of so many numbers, as a quad: once for each corner, followed by that corner. */
function quads(places, width, corners, layout) {
  const count = places.length / width;
  const stride = width + 2;
  const vertices = new Float32Array(4 * count * stride);
  const indices = new Uint32Array(6 * count);
  for (let quad = 0; quad < count; quad++) {
    for (let corner = 0; corner < 4; corner++) {
      const at = (4 * quad + corner) * stride;
      for (let each = 0; each < width; each++) vertices[at + each] = places[quad * width + each];
      vertices[at + width] = corners[corner][0];
      vertices[at + width + 1] = corners[corner][1];
    }
    for (let each = 0; each < 6; each++) indices[6 * quad + each] = 4 * quad + TWO_TRIANGLES[each];
  }
  const made = new BufferGeometry();
  const buffer = new InterleavedBuffer(vertices, stride);
  for (const [name, size, offset] of layout) {
    made.setAttribute(name, new InterleavedBufferAttribute(buffer, size, offset));
  }
  made.setIndex(new BufferAttribute(indices, 1));
  return made;
}
