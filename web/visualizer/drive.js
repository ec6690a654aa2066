/**
 * Bands and a look go in; the bass and treble that drive its picture come out.
 *
 * As oriel/drive.py: made calmer by `smoothing`, then stronger by `sensitivity`.
 */

import { HOPS_PER_SECOND } from "./hops.js";
import { atFrames } from "./loudness.js";

const kept = new WeakMap();

/**
 * Bass and treble as the look wants them, over the whole song.
 *
 * @param {import("./bands.js").Bands} bands
 * @param {{sensitivity: number, smoothing: number}} look
 * @returns {{bass: Float32Array, treble: Float32Array}} (frames,) each, 0..1
 */
export function driven(bands, look) {
  const [bass, treble] = calmed(bands, look.smoothing ?? 0);
  const factor = Math.fround(look.sensitivity ?? 1);
  return { bass: stronger(bass, factor), treble: stronger(treble, factor) };
}

/**
 * Values averaged with weights 1 + cos(π d / reach), |d| < reach; none is moved.
 *
 * The ends count as repeated.  Reckoned by running sums of the values, and of their products with
 * cosine and sine, so that it takes no longer the further it reaches.
 *
 * @param {Float32Array} values (n,)
 * @param {number} reach in entries, to either side
 * @returns {Float32Array} (n,)
 */
export function eased(values, reach) {
  const whole = Math.ceil(reach) - 1;
  if (whole < 1 || !values.length) return values;
  const turn = Math.PI / reach;
  const cosine = new Float64Array(values.length + 2 * whole);
  const sine = new Float64Array(cosine.length);
  for (let i = 0; i < cosine.length; i++) {
    cosine[i] = Math.cos(turn * i);
    sine[i] = Math.sin(turn * i);
  }
  let weight = 0;
  for (let away = -whole; away <= whole; away++) weight += 1 + Math.cos(turn * away);
  const sums = runningSums(values, whole, cosine, sine);
  return averages(sums, 2 * whole + 1, weight, cosine, sine);
}

/** The calmer bass and treble; the last are kept, for a look changes more often in other ways. */
function calmed(bands, smoothing) {
  if (smoothing === 0) return [bands.bass, bands.treble];
  if (kept.get(bands)?.smoothing !== smoothing) {
    kept.set(bands, { smoothing, calm: calm(bands, smoothing) });
  }
  return kept.get(bands).calm;
}

/** On the song's own hops where they are known, so that it is the same at any frame rate. */
function calm(bands, smoothing) {
  if (!bands.fine?.length) {
    return [bands.bass, bands.treble].map((values) => eased(values, smoothing * bands.fps));
  }
  return bands.fine.map((values) => {
    const easy = eased(values, smoothing * HOPS_PER_SECOND);
    return atFrames(easy, HOPS_PER_SECOND, bands.fps, bands.bass.length);
  });
}

function stronger(values, factor) {
  return factor === 1 ? values : values.map((value) => Math.min(value * factor, 1));
}

/** Of the values, with `whole` more at either end, and of them times cosine and sine. */
function runningSums(values, whole, cosine, sine) {
  const [plain, real, imaginary] = [0, 1, 2].map(() => new Float64Array(cosine.length + 1));
  for (let i = 0; i < cosine.length; i++) {
    const value = values[Math.min(Math.max(i - whole, 0), values.length - 1)];
    plain[i + 1] = plain[i] + value;
    real[i + 1] = real[i] + value * cosine[i];
    imaginary[i + 1] = imaginary[i] + value * sine[i];
  }
  return { plain, real, imaginary };
}

/** cos(a - b) = cos a cos b + sin a sin b: each average, from the sums of `span` neighbours. */
function averages({ plain, real, imaginary }, span, weight, cosine, sine) {
  const found = new Float32Array(plain.length - span);
  for (let i = 0; i < found.length; i++) {
    const middle = i + (span - 1) / 2;
    const total =
      plain[i + span] - plain[i] +
      (real[i + span] - real[i]) * cosine[middle] +
      (imaginary[i + span] - imaginary[i]) * sine[middle];
    found[i] = Math.max(total / weight, 0);
  }
  return found;
}
