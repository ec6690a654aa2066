/**
 * Powers on the hop grid go in; numbers in 0..1 at each frame's time come out.
 *
 * As oriel/loudness.py, in four plain steps, each without delay: decibels, the song's own scale, a
 * symmetric smoothing, and a straight line between neighbouring hops.  Nothing before the last step
 * knows the frame rate.  All arrays are Float32Arrays of (hops,) unless said.
 */

import { median, percentile } from "./rank.js";

/** Mean square, in dB of full scale, below which everything counts as silence and gives 0. */
export const SILENCE_DB = -75;

/** From here up nothing is held back; between the two it fades in. */
export const AUDIBLE_DB = -65;

const CEILING_PERCENTILE = 98;
const FLOOR_PERCENTILE = 25;
const RANGE_DB = [18, 36]; // the least and the most that may lie between a band's 0 and its 1
const CALM = 0.3; // what a band's median becomes, as far as an exponent within CONTRAST can
const CONTRAST = [1, 3];
const FAINT = Math.fround(0.1);
const WEAKEST_BAND_DB = 45; // a band this far below the whole song is not blown up
const SMOOTHING_HOPS = 3; // to either side: 20 ms

// Plain loops throughout: an hour has half a million hops, and `map` takes five times as long.

/** 10 log₁₀(P), silence as -140 dB. */
export function decibels(power) {
  const db = new Float32Array(power.length);
  for (let hop = 0; hop < db.length; hop++) db[hop] = 10 * Math.log10(Math.max(power[hop], 1e-14));
  return db;
}

/**
 * Values averaged with weights (1 + cos(π d / (reach + 1))) / 2(reach + 1), |d| ≤ reach.
 *
 * A symmetric kernel whose weights sum to 1: no peak is moved.  The ends count as repeated.
 */
export function smooth(values, reach = SMOOTHING_HOPS) {
  const weights = Float32Array.from({ length: 2 * reach + 1 }, (_, i) => {
    return (1 + Math.cos((Math.PI * (i - reach)) / (reach + 1))) / (2 * (reach + 1));
  });
  const padded = new Float32Array(values.length + 2 * reach);
  padded.fill(values[0], 0, reach);
  padded.set(values, reach);
  padded.fill(values[values.length - 1], reach + values.length);
  const calm = new Float32Array(values.length);
  for (let hop = 0; hop < calm.length; hop++) {
    let total = 0;
    for (let i = 0; i < weights.length; i++) total += weights[i] * padded[hop + i];
    calm[hop] = total;
  }
  return calm;
}

/** 0 in silence, 1 in sound, by the whole song's level (dB) at a hop. */
export function audible(db) {
  return clamp((db - SILENCE_DB) / (AUDIBLE_DB - SILENCE_DB), 0, 1);
}

/**
 * One band in dB on the song's own scale: near 0 calm, near 1 as loud as it gets.
 *
 * Over the hops that are no silence:
 * ceiling = 98th percentile of the band, but at least that of the whole level - 45 dB;
 * range = ceiling - 25th percentile, held within 18..36 dB; u = 1 + (dB - ceiling) / range, ≥ 0;
 * v = u^γ with γ, held within 1..3, such that the median of what is heard of the band (u > 0.1)
 * becomes 0.3.  v is bent softly below 1.
 */
export function scaled(bandDb, levelDb) {
  const heard = whereHeard(bandDb, levelDb);
  if (!heard.length) return new Float32Array(bandDb.length);
  const loudest = percentile(whereHeard(levelDb, levelDb), CEILING_PERCENTILE);
  const low = percentile(heard, FLOOR_PERCENTILE);
  const ceiling = Math.max(percentile(heard, CEILING_PERCENTILE), loudest - WEAKEST_BAND_DB);
  const span = clamp(ceiling - low, ...RANGE_DB);
  const [top, range] = [Math.fround(ceiling), Math.fround(span)];
  const value = new Float32Array(bandDb.length);
  for (let hop = 0; hop < value.length; hop++) {
    value[hop] = Math.max(1 + (bandDb[hop] - top) / range, 0);
  }
  const contrast = Math.fround(contrastOf(whereHeard(value, levelDb)));
  for (let hop = 0; hop < value.length; hop++) {
    const raised = contrast === 1 ? value[hop] : Math.fround(value[hop] ** contrast);
    value[hop] = bent(raised) * audible(levelDb[hop]);
  }
  return value;
}

/** Onset strength from flux: its 98th percentile where there is sound counts as 7/8. */
export function struck(flux, levelDb) {
  const heard = whereHeard(flux, levelDb);
  if (!heard.length) return new Float32Array(flux.length);
  const factor = Math.fround(0.875 / Math.max(percentile(heard, CEILING_PERCENTILE), 1e-3));
  return flux.map((rise, hop) => bent(Math.fround(rise * factor)) * audible(levelDb[hop]));
}

/**
 * Values on the straight line between hops, at i / fps seconds for each frame i.
 *
 * @param {Float32Array} values (hops,)
 * @param {number} hopsPerSecond
 * @param {number} fps
 * @param {number} frames how many
 * @returns {Float32Array} (frames,)
 */
export function atFrames(values, hopsPerSecond, fps, frames) {
  const last = values.length - 1;
  const line = new Float32Array(frames);
  for (let frame = 0; frame < frames; frame++) {
    const position = Math.min(frame * (hopsPerSecond / fps), last);
    const left = Math.floor(position);
    const begin = values[left];
    const end = values[Math.min(left + 1, last)];
    line[frame] = begin + (position - left) * (end - begin);
  }
  return line;
}

/** γ such that the median of the values above FAINT, to that power, is CALM. */
function contrastOf(values) {
  const present = values.filter((value) => value > FAINT);
  const usual = present.length ? median(present) : 0;
  if (!(usual > 0 && usual < 1)) return CONTRAST[0];
  return clamp(Math.log(CALM) / Math.log(usual), ...CONTRAST);
}

/** v below 7/8, above it 1 - e^(-8 (v - 7/8)) / 8: a soft ceiling that keeps peaks apart. */
function bent(v) {
  return v < 0.875 ? v : 1 - 0.125 * Math.exp(-8 * (v - 0.875));
}

/** The values at those hops that are no silence. */
function whereHeard(values, levelDb) {
  const heard = new Float32Array(values.length);
  let count = 0;
  for (let hop = 0; hop < values.length; hop++) {
    if (levelDb[hop] > SILENCE_DB) heard[count++] = values[hop];
  }
  return heard.subarray(0, count);
}

function clamp(value, low, high) {
  return Math.min(Math.max(value, low), high);
}
