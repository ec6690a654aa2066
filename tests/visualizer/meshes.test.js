// Meshes are read as the server writes them, kept, scaled where that is the same, and outlive it.
import assert from "node:assert/strict";
import { test } from "node:test";

import { createMeshes, parse } from "../../web/visualizer/meshes.js";

/** A triangle whose corners are `size` away from the middle. */
function bytes(size) {
  const whole = new ArrayBuffer(12 + 4 * (9 + 9 + 6 + 3));
  new Uint32Array(whole, 0, 3).set([3, 3, 1]);
  new Float32Array(whole, 12, 9).set([size, 0, 0, 0, size, 0, 0, 0, -size]);
  new Float32Array(whole, 48, 9).set([0, 0, 1, 0, 0, 1, 0, 0, 1]);
  new Uint32Array(whole, 84, 6).set([0, 1, 1, 2, 2, 0]);
  new Uint32Array(whole, 108, 3).set([0, 1, 2]);
  return whole;
}

/** A server of triangles that notes what it is asked for, and may go. */
function server() {
  const asked = [];
  const get = async (url) => {
    asked.push(url);
    if (get.gone) throw new TypeError("Failed to fetch");
    const size = Number(new URL(url, "http://localhost").searchParams.get("size"));
    return new Response(bytes(size), { status: get.status ?? 200 });
  };
  return { asked, get };
}

const CUBE = { shape: "cube", size: 4, seed: 0 };

test("a mesh is read in place", () => {
  const mesh = parse(bytes(2));

  assert.deepEqual([...mesh.positions], [2, 0, 0, 0, 2, 0, 0, 0, -2]);
  assert.deepEqual([...mesh.normals.slice(0, 3)], [0, 0, 1]);
  assert.deepEqual([...mesh.edges], [0, 1, 1, 2, 2, 0]);
  assert.deepEqual([...mesh.triangles], [0, 1, 2]);
  assert.equal(mesh.radius, 2);
});

test("another size of a shape asks the server for nothing", async () => {
  const { asked, get } = server();
  const meshes = createMeshes(get);

  const usual = await meshes.mesh(CUBE);
  const larger = await meshes.mesh({ ...CUBE, size: 6 });

  assert.equal(asked.length, 1);
  assert.equal(larger.mesh, usual.mesh);
  assert.equal(larger.key, usual.key);
  assert.equal(larger.scale * larger.mesh.radius, 6);
});

test("a shape that is another at each size is asked for at each", async () => {
  const { asked, get } = server();
  const meshes = createMeshes(get);

  await meshes.mesh({ shape: "wavyPlane", size: 5, seed: 0 });
  const larger = await meshes.mesh({ shape: "wavyPlane", size: 6, seed: 0 });

  assert.equal(asked.length, 2);
  assert.equal(larger.scale, 1);
  assert.equal(larger.mesh.radius, 6);
});

test("a seed makes another mesh", async () => {
  const { asked, get } = server();
  const meshes = createMeshes(get);

  await meshes.mesh({ ...CUBE, shape: "randomPoly" });
  await meshes.mesh({ ...CUBE, shape: "randomPoly", seed: 7 });

  assert.equal(asked.length, 2);
});

test("without a server the nearest that is there is used", async () => {
  const { get } = server();
  const meshes = createMeshes(get);
  await meshes.mesh({ shape: "wavyPlane", size: 5, seed: 0 });
  await meshes.mesh({ shape: "wavyPlane", size: 9, seed: 0 });
  get.gone = true;

  const { mesh, scale } = await meshes.mesh({ shape: "wavyPlane", size: 6, seed: 0 });

  assert.equal(mesh.radius, 5);
  assert.equal(scale * mesh.radius, 6);
});

test("without a server a shape that was never there is refused in words, and can be had later", async () => {
  const { get } = server();
  const meshes = createMeshes(get);
  get.gone = true;

  await assert.rejects(meshes.mesh(CUBE), /cannot be fetched: the server does not answer/);
  get.gone = false;

  assert.equal((await meshes.mesh(CUBE)).mesh.radius, 4);
});

test("a server's refusal is told", async () => {
  const { get } = server();
  get.status = 404;

  await assert.rejects(createMeshes(get).mesh(CUBE), /answers 404/);
});
