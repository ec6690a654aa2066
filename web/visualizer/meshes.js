// A shape's name, size and seed in, its mesh out: fetched from the server, kept, and scaled.

/**
 * @typedef {object} Mesh
 * @property {Float32Array} positions (3 × vertices) world units
 * @property {Float32Array} normals (3 × vertices) of length 1
 * @property {Uint32Array} edges (2 × edges) vertices
 * @property {Uint32Array} triangles (3 × triangles) vertices
 * @property {number} radius the largest distance from the middle
 *
 * @typedef {object} Sized
 * @property {Mesh} mesh
 * @property {number} scale how many times larger it is to be drawn
 * @property {string} key the same for the same mesh
 */

// All others are their own size 1, only larger.
const OF_THEIR_OWN_AT_EACH_SIZE = new Set(["twistedBox", "wavyPlane"]);
const FETCHED_SIZE = 4;
const MOST_KEPT = 48;

/**
 * What the server answers: three counts, then positions, normals, edges, triangles.
 * @param {ArrayBuffer} bytes
 * @returns {Mesh}
 */
export function parse(bytes) {
  const [vertices, edges, triangles] = new Uint32Array(bytes, 0, 3);
  let at = 12;
  const take = (Kind, count) => {
    const taken = new Kind(bytes, at, count);
    at += taken.byteLength;
    return taken;
  };
  const positions = take(Float32Array, 3 * vertices);
  const normals = take(Float32Array, 3 * vertices);
  const ends = take(Uint32Array, 2 * edges);
  return { positions, normals, edges: ends, triangles: take(Uint32Array, 3 * triangles), radius: radius(positions) };
}

function radius(positions) {
  let most = 0;
  for (let at = 0; at < positions.length; at += 3) {
    most = Math.max(most, Math.hypot(positions[at], positions[at + 1], positions[at + 2]));
  }
  return most;
}

/**
 * Meshes by shape, size and seed. Another size of the same shape asks the server again only where
 * the shape is another then; without a server the nearest that is there is used.
 * @param {(url: string) => Promise<Response>} [get]
 * @returns {{mesh: (look: object) => Promise<Sized>}}
 */
export function createMeshes(get = fetch) {
  /** @type {Map<string, {size: number, shape: string, mesh: Promise<Mesh>}>} in order of use */
  const kept = new Map();

  async function mesh({ shape, size, seed }) {
    const fetched = OF_THEIR_OWN_AT_EACH_SIZE.has(shape) ? size : FETCHED_SIZE;
    const key = `/meshes/${encodeURIComponent(shape)}?size=${fetched}&seed=${seed}`;
    const found = kept.get(key) ?? { shape, size: fetched, mesh: asked(get, key) };
    kept.delete(key);
    kept.set(key, found);
    if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value);
    try {
      return { mesh: await found.mesh, scale: size / fetched, key };
    } catch (error) {
      kept.delete(key);
      return await another(shape, size, error);
    }
  }

  async function another(shape, size, error) {
    const alike = [...kept].filter(([, one]) => one.shape === shape);
    const apart = ([, one]) => Math.abs(one.size - size);
    for (const [key, one] of alike.sort((a, b) => apart(a) - apart(b))) {
      const there = await one.mesh.catch(() => null);
      if (there !== null) return { mesh: there, scale: size / one.size, key };
    }
    throw error;
  }

  return { mesh };
}

async function asked(get, url) {
  const answer = await get(url).catch((error) => {
    throw new Error("The shape cannot be fetched: the server does not answer; try again in a while", { cause: error });
  });
  if (!answer.ok) throw new Error(`The shape cannot be fetched: the server answers ${answer.status}; load the page again`);
  return parse(await answer.arrayBuffer());
}
