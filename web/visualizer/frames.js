/**
 * A look and its bands in, every number that a picture needs out: the uniforms of any frame.
 *
 * As oriel/frames.py.  Matrices are Float32Array(16), column by column, as OpenGL reads them;
 * colours are linear light.
 */

import { driven } from "./drive.js";
import { fraction } from "./rate.js";

// The original visualiser's camera.
const FIELD_OF_VIEW_DEGREES = 75;
const CAMERA_Z = 10;
const NEAR = 0.1;
const FAR = 1000;

// A beat's pulse falls to 1/e in this time.
const PULSE_SECONDS = 0.11;
const TICKS_PER_SECOND = 12;

// How much light the bloom gives at glow = 1: thin lines cover little of what their bloom covers.
const GLOW_GAIN = 3.6;

// How far beats, being float32, may be from the truth.
const ROUNDED = 2 ** -23;

/**
 * @typedef {Record<string, number | number[] | Float32Array>} Uniforms by uniform name: time, tick,
 *   bass, treble, level, onset, pulse, scale, reach, color (3), halo (3), model (16), mvp (16), and
 *   all that `still` gives
 * @typedef {{size: [number, number], radius: number}} Stage the picture's pixels, and the mesh's
 *   largest distance from its middle
 */

/**
 * The numbers of every frame of a song; each is reckoned when it is asked for.
 *
 * Frames beyond the song's end repeat its last.
 *
 * @param {object} look complete: every field, and every parameter of its effects
 * @param {import("./bands.js").Bands} bands
 * @param {Stage} stage
 * @returns {{length: number, still: Uniforms, uniforms: (index: number) => Uniforms}}
 */
export function plan(look, bands, stage) {
  const paint = painted(look, stage);
  const { bass, treble } = driven(bands, look);
  const rate = bands.rate ?? fraction(bands.fps);
  const length = bass.length;
  return { length, still: paint.still, uniforms };

  function uniforms(index) {
    const heard = Math.min(index, length - 1);
    const time = index / (rate[0] / rate[1]);
    return paint({
      time,
      tick: ticks(index, rate),
      bass: bass[heard],
      treble: treble[heard],
      level: bands.level[heard],
      onset: bands.onset[heard],
      pulse: pulse(time, bands.beats),
    });
  }
}

/**
 * The numbers of one picture from what is heard right now: for sound that comes in live.
 *
 * @param {object} look complete
 * @param {{time: number, tick: number, bass: number, treble: number, level: number, onset: number,
 *   pulse: number}} heard seconds, twelfths of a second, and the bands in 0..1
 * @param {Stage} stage
 * @returns {Uniforms}
 */
export function picture(look, heard, stage) {
  const factor = look.sensitivity ?? 1;
  const [bass, treble] = [heard.bass, heard.treble].map((value) => Math.min(value * factor, 1));
  return painted(look, stage)({ ...heard, bass, treble });
}

/**
 * What does not change from frame to frame, by uniform name.
 *
 * @param {object} look complete
 * @param {[number, number]} size pixels
 * @returns {Uniforms}
 */
export function still(look, size) {
  const shorter = Math.min(...size);
  const width = look.style === "points" ? look.pointSize : look.lineWidth;
  const turned = Object.entries(look.effects ?? {}).flatMap(([effect, kept]) => {
    return Object.entries(kept).map(([key, value]) => [`${effect}_${key}`, value]);
  });
  return {
    resolution: [...size],
    seed: look.seed,
    half_width: 0.5 * width * shorter,
    depth_fade: look.depthFade,
    background: linear(look.background),
    background_edge: linear(look.backgroundEdge),
    white: white(look),
    ...Object.fromEntries(turned),
  };
}

/** Linear light, three of 0..1, of a "#rrggbb" colour (IEC 61966-2-1). */
export function linear(color) {
  return [1, 3, 5].map((place) => {
    const coded = parseInt(color.slice(place, place + 2), 16) / 255;
    return Math.fround(coded <= 0.04045 ? coded / 12.92 : ((coded + 0.055) / 1.055) ** 2.4);
  });
}

/** Which twelfth of a second a frame lies in, exactly. */
export function ticks(index, [numerator, denominator]) {
  return Math.floor((index * TICKS_PER_SECOND * denominator) / numerator);
}

/** 1 on each beat, falling exponentially after it; 0 before the first.  Times in seconds. */
export function pulse(time, beats) {
  // A beat that falls on a frame belongs to it, whatever the last digit of either says.
  const last = countBelow(beats, time * (1 + ROUNDED) + 1e-4) - 1;
  if (last < 0) return 0;
  return Math.exp(-Math.max(time - beats[last], 0) / PULSE_SECONDS);
}

/** How to reckon a picture's numbers from what is heard; `still` is with them. */
function painted(look, { size, radius }) {
  const [base, glow] = [linear(look.baseColor), linear(look.glowColor)];
  const halo = glow.map((light) => light * GLOW_GAIN * look.glow);
  const view = camera(size);
  const kept = still(look, size);
  paint.still = kept;
  return paint;

  function paint(heard) {
    const scale = Math.fround(1 + heard.bass * look.pulseIntensity);
    const model = turned(heard.time * look.rotationSpeed, scale);
    return {
      ...kept,
      ...heard,
      scale,
      reach: scale * radius,
      color: base.map((light, i) => kept.white * (light + (glow[i] - light) * heard.treble)),
      halo,
      model,
      mvp: product(view, model),
    };
  }
}

/** Scaled, turned about y by 1.5 × angle, then about x (Three.js's order XYZ). */
function turned(angle, scale) {
  const [cx, sx] = [Math.cos(angle), Math.sin(angle)];
  const [cy, sy] = [Math.cos(1.5 * angle), Math.sin(1.5 * angle)];
  // prettier-ignore
  return Float32Array.of(
    cy * scale, sx * sy * scale, -cx * sy * scale, 0,
    0, cx * scale, sx * scale, 0,
    sy * scale, -sx * cy * scale, cx * cy * scale, 0,
    0, 0, 0, 1,
  );
}

/** Projection × view; upright pictures keep the field of view along their shorter side. */
function camera([width, height]) {
  const aspect = width / height;
  const half = Math.tan((FIELD_OF_VIEW_DEGREES * Math.PI) / 360) / Math.min(aspect, 1);
  const depth = -(FAR + NEAR) / (FAR - NEAR);
  const shift = (-2 * FAR * NEAR) / (FAR - NEAR);
  // prettier-ignore
  return Float32Array.of(
    1 / (half * aspect), 0, 0, 0,
    0, 1 / half, 0, 0,
    0, 0, depth, -1,
    0, 0, shift - CAMERA_Z * depth, CAMERA_Z,
  );
}

/** first × second, both column by column. */
function product(first, second) {
  const whole = new Float32Array(16);
  for (let column = 0; column < 16; column += 4) {
    for (let row = 0; row < 4; row++) {
      let sum = 0;
      for (let k = 0; k < 4; k++) sum += first[4 * k + row] * second[column + k];
      whole[column + row] = sum;
    }
  }
  return whole;
}

/** Light that becomes white: the more glow, the further shapes are overexposed. */
function white(look) {
  return 1 + look.glow;
}

/** How many of these rising numbers are below a value. */
function countBelow(rising, value) {
  let [first, end] = [0, rising.length];
  while (first < end) {
    const middle = (first + end) >> 1;
    if (rising[middle] < value) first = middle + 1;
    else end = middle;
  }
  return first;
}
