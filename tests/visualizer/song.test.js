import assert from "node:assert/strict";
import { test } from "node:test";

import { checked, describedBy } from "../../web/visualizer/beats.js";
import { longest, maybeSound } from "../../web/visualizer/decode.js";
import { mixInto, weights } from "../../web/visualizer/downmix.js";
import { columnsOf, fill, loudest } from "../../web/visualizer/peaks.js";
import { barsFrom, nextBeat, snapped } from "../../web/visualizer/steps.js";

const bytes = (text) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const BEATS = Array.from({ length: 100 }, (_, index) => index * 0.5);

test("stereo becomes the mean of both, and 5.1 what the specification says", () => {
  const mono = new Float32Array(2);

  mixInto([Float32Array.of(1, 0.5), Float32Array.of(0, -0.5)], mono);

  assert.deepEqual([...mono], [0.5, 0]);
  assert.deepEqual(weights(6), [Math.SQRT1_2, Math.SQRT1_2, 1, 0, 0.5, 0.5]);
});

function filled(samples, count) {
  const found = new Float32Array(2 * count);
  fill(found, samples, 0, count);
  return found;
}

test("a waveform keeps the one loud sample among many", () => {
  const samples = new Float32Array(1000);
  samples[777] = 0.9;
  samples[778] = -0.4;

  const found = columnsOf(filled(samples, 100), 10);

  assert.equal(found[2 * 7 + 1], Math.fround(0.9));
  assert.equal(found[2 * 7], Math.fround(-0.4));
  assert.equal(found.filter((value) => value !== 0).length, 2);
  assert.equal(loudest(found), Math.fround(0.9));
});

test("a song of three samples has a waveform too", () => {
  const found = columnsOf(filled(Float32Array.of(0.5, -0.5, 0.25), 500), 50);

  assert.ok(found.every(Number.isFinite));
  assert.ok(loudest(found) === 0.5);
});

test("a song is known by its first bytes, its type or its name", () => {
  assert.ok(maybeSound(bytes("RIFF____WAVEfmt "), "", "x"));
  assert.ok(maybeSound(bytes("ID3\x04"), "", "x"));
  assert.ok(maybeSound(bytes("\xff\xfb\x90\x64"), "", "x"));
  assert.ok(maybeSound(bytes("\0\0\0\x20ftypM4A "), "", "x"));
  assert.ok(maybeSound(bytes("????????"), "audio/x-new", "x"));
  assert.ok(maybeSound(bytes("????????"), "", "Song.MP3"));
});

test("a picture, a letter or a page is no song, whatever it is called", () => {
  assert.ok(!maybeSound(bytes("\x89PNG\r\n"), "audio/mpeg", "song.mp3"));
  assert.ok(!maybeSound(bytes("%PDF-1.7"), "application/pdf", "a.pdf"));
  assert.ok(!maybeSound(bytes("hello you"), "text/plain", "a.txt"));
  assert.ok(!maybeSound(bytes("<!doctype html>"), "", "song.wav"));
});

test("a device with little memory takes shorter songs", () => {
  assert.deepEqual([longest(1), longest(), longest(8), longest(64)], [900, 3600, 7200, 7200]);
});

test("the beats' address is found among other links", () => {
  const header = '</a>; rel=preload, </demo/beats.json>; type="application/json"; rel="x describedby"';

  assert.equal(describedBy(header, "http://a.test/demo/song.wav"), "http://a.test/demo/beats.json");
  assert.equal(describedBy(null, "http://a.test/"), null);
  assert.equal(describedBy("</a>; rel=next", "http://a.test/"), null);
});

test("what cannot be beats is left out", () => {
  assert.deepEqual(checked({ beats: [1, 2, 3], tempo: 60 }), { beats: [1, 2, 3], tempo: 60 });
  assert.deepEqual(checked({ beats: [1, 2], tempo: "fast" }), { beats: [1, 2], tempo: 0 });
  for (const wrong of [{}, undefined, { beats: [] }, { beats: [2, 1] }, { beats: ["1"] }, { beats: "no" }]) {
    assert.equal(checked(wrong), null);
  }
});

test("a step goes from beat to beat, and back even while the song runs on", () => {
  assert.equal(nextBeat(BEATS, 1.1, 1), 1.5);
  assert.equal(nextBeat(BEATS, 1.5, 1), 2);
  assert.equal(nextBeat(BEATS, 1.6, -1), 1);
  assert.equal(nextBeat(undefined, 4, -1), 3);
});

test("L loops eight bars from the bar that plays", () => {
  const loop = barsFrom(5.1, { seconds: 60, beats: BEATS });

  assert.deepEqual(loop, [4, 20]);
});

test("near the end, and without beats, a loop still fits the song", () => {
  assert.deepEqual(barsFrom(48, { seconds: 50, beats: BEATS }), [48, 50]);
  assert.deepEqual(barsFrom(10, { seconds: 15 }), [10, 15]);
});

test("a pointer near a beat is drawn to it", () => {
  assert.equal(snapped(BEATS, 1.04, 0.05), 1);
  assert.equal(snapped(BEATS, 1.2, 0.05), 1.2);
  assert.equal(snapped(undefined, 1.2, 0.05), 1.2);
});
