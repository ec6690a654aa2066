import assert from "node:assert/strict";
import { test } from "node:test";

import { webAudioSpectrum } from "../../web/visualizer/bands.js";
import { eased } from "../../web/visualizer/drive.js";
import { fft } from "../../web/visualizer/fft.js";
import { median, percentile } from "../../web/visualizer/rank.js";
import { fraction, frameCount, still } from "../../web/visualizer/rate.js";
import { phases, rhythm } from "../../web/visualizer/rhythm.js";
import { assertNear, read, sound } from "./vectors.js";

for (const size of [2, 4, 8, 32, 256, 2048]) {
  test(`a transform of ${size} is the sum written out`, () => {
    const { re, im, transform } = fft(size);
    for (let n = 0; n < size; n++) [re[n], im[n]] = [Math.sin(n * n), Math.cos(3 * n)];
    const [real, imaginary] = [re.slice(), im.slice()];

    const found = transform();

    for (const k of [0, 1, size >> 1, size - 1]) {
      const sum = { re: 0, im: 0 };
      for (let n = 0; n < size; n++) {
        const turn = (-2 * Math.PI * ((k * n) % size)) / size;
        sum.re += real[n] * Math.cos(turn) - imaginary[n] * Math.sin(turn);
        sum.im += real[n] * Math.sin(turn) + imaginary[n] * Math.cos(turn);
      }
      assertNear([found.re[k], found.im[k]], [sum.re, sum.im], `X[${k}]`, 1e-9);
    }
  });
}

test("percentiles and medians are those of a sorted list", () => {
  for (const length of [1, 2, 3, 10, 99, 1000]) {
    const values = Float32Array.from({ length }, (_, i) => Math.round(50 * Math.sin(i * i)));
    const sorted = values.slice().sort();
    for (const q of [0, 25, 50, 98, 99.5, 100]) {
      const place = (q / 100) * (length - 1);
      const [low, high] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];

      const found = percentile(values.slice(), q);

      assertNear([found], [low + (place % 1) * (high - low)], `${q} of ${length}`, 1e-9);
    }
    assert.equal(median(values.slice()), percentile(values.slice(), 50));
  }
});

for (const { sound: name, at, fftSize, smoothing, answers } of read("analyser")) {
  test(`an analyser of ${fftSize}, smoothing ${smoothing}, hears in ${name} what Python's does`, () => {
    const found = webAudioSpectrum(sound(name), 44_100, at, fftSize, smoothing);

    const apart = answers.flatMap((answer, i) => [...answer].filter((byte, k) => byte !== found[i][k]));
    assert.ok(apart.length <= 0.001 * at.length * fftSize, `${apart.length} bytes apart`);
    answers.forEach((answer, i) => assertNear(found[i], answer, `answer ${i}`, 1.01));
  });
}

for (const { beats, tempo, downbeat, fps, beat, bar } of read("rhythm")) {
  test(`phases of ${beats.length} beats, bars from ${downbeat}, at ${fps} are Python's`, () => {
    const [numerator, denominator] = fraction(fps);
    const found = { tempo, beats: Float64Array.from(beats), downbeat };

    const made = phases(found, numerator / denominator, beat.length);

    assertNear(made.beat, beat, "beat");
    assertNear(made.bar, bar, "bar");
  });
}

test("beats told with few digits fall on their hops again; the strongest of four begins the bar", () => {
  const hops = Array.from({ length: 16 }, (_, i) => 30 + 74 * i);
  const low = new Float32Array(1300);
  hops.forEach((hop, i) => (low[hop + 2] = i % 4 === 3 ? 2 : 1));

  const found = rhythm(hops.map((hop) => Number((hop / 150).toFixed(5))), 0, low);

  assert.deepEqual([...found.beats], hops.map((hop) => hop / 150));
  assert.equal(found.downbeat, 3);
  assertNear([found.tempo], [(60 * 150) / 74], "tempo");
});

test("a tempo is one of two that fill half a song each", () => {
  const beats = [0];
  for (let i = 0; i < 64; i++) beats.push(beats[i] + (i < 32 ? 70 : 100) / 150);

  const found = rhythm(beats, 0, new Float32Array(6000));

  assertNear([found.tempo], [(60 * 150) / 100], "tempo");
});

for (const { values, reach, eased: expected } of read("drive")) {
  test(`values eased over ${reach} are Python's`, () => {
    assertNear(eased(values, reach), expected, "eased", 1e-6);
  });
}

const rates = read("rates");

for (const { text, rate, frames } of rates.fractions) {
  test(`${text} frames a second are ${rate.join("/")}`, () => {
    const found = [text, Number(text), rate, rate[0] / rate[1]].filter((fps) => fps === fps);

    for (const fps of found) assert.deepEqual(fraction(fps), rate);
    assert.deepEqual(rates.seconds.map((seconds) => frameCount(seconds, rate)), frames);
  });
}

for (const { at, rate, precise, classic } of rates.stills) {
  test(`the picture at ${at} s is the frame that Python draws`, () => {
    const found = still(at, "precise");

    assertNear([found.rate[0] / found.rate[1]], [rate[0] / rate[1]], "rate", 1e-12);
    assert.equal(found.index, precise);
    assert.deepEqual(still(at, "classic"), { rate: [30, 1], index: classic });
  });
}
