// What Python gives, read from tests/vectors; and how near to it is near enough.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { inflateSync } from "node:zlib";

/** What a file of tests/vectors holds, its arrays unpacked. */
export function read(name) {
  const text = readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), "utf8");
  return JSON.parse(text, (_, value) => unpacked(value));
}

const sounds = read("sounds");

/** One of the sounds, (n,) mono at 44.1 kHz. */
export function sound(name) {
  const bytes = inflateSync(Buffer.from(sounds[name], "base64"));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Float32Array.from({ length: bytes.length / 2 }, (_, i) => {
    return view.getInt16(2 * i, true) / 32768;
  });
}

/** That all numbers are within 1e-4 (times their size, above 1) of those expected. */
export function assertNear(actual, expected, what, tolerance = 1e-4) {
  assert.equal(actual.length, expected.length, `${what}: how many`);
  for (let i = 0; i < expected.length; i++) {
    const apart = Math.abs(actual[i] - expected[i]);
    const allowed = tolerance * Math.max(1, Math.abs(expected[i]));
    assert.ok(apart <= allowed, `${what}[${i}] is ${actual[i]}, not ${expected[i]}`);
  }
}

function unpacked(value) {
  if (value?.float32 !== undefined) return new Float32Array(bytesOf(value.float32).buffer);
  if (value?.uint8 !== undefined) return bytesOf(value.uint8);
  return value;
}

function bytesOf(text) {
  return Uint8Array.from(Buffer.from(text, "base64"));
}
