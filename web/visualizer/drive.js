/**
 * Bands and a look go in; the bass and treble that drive its picture come out.
 *
 * As oriel/drive.py: made calmer by `smoothing`, then stronger by `sensitivity`.
 */

import { HOPS_PER_SECOND } from "./hops.js";
import { atFrames } from "./loudness.js";

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
  const sums = runningSums(values, whole, turn);
  const span = 2 * whole + 1;
  let weight = 0;
  for (let away = -whole; away <= whole; away++) weight += 1 + Math.cos(turn * away);
  return values.map((_, i) => {
    const [plain, cosine, sine] = sums.map((sum) => sum[i + span] - sum[i]);
    const middle = turn * (i + whole);
    const total = plain + cosine * Math.cos(middle) + sine * Math.sin(middle);
    return Math.max(total / weight, 0);
  });
}

/** On the song's own hops where they are known, so that it is the same at any frame rate. */
function calmed(bands, smoothing) {
  const plain = [bands.bass, bands.treble];
  if (smoothing === 0) return plain;
  if (!bands.fine?.length) return plain.map((values) => eased(values, smoothing * bands.fps));
  return bands.fine.map((values) => {
    const calm = eased(values, smoothing * HOPS_PER_SECOND);
    return atFrames(calm, HOPS_PER_SECOND, bands.fps, bands.bass.length);
  });
}

function stronger(values, factor) {
  return factor === 1 ? values : values.map((value) => Math.min(value * factor, 1));
}

/** Of the values, with `whole` more at either end, and of them times cosine and sine. */
function runningSums(values, whole, turn) {
  const length = values.length + 2 * whole;
  const [plain, cosine, sine] = [0, 1, 2].map(() => new Float64Array(length + 1));
  for (let i = 0; i < length; i++) {
    const value = values[Math.min(Math.max(i - whole, 0), values.length - 1)];
    plain[i + 1] = plain[i] + value;
    cosine[i + 1] = cosine[i] + value * Math.cos(turn * i);
    sine[i + 1] = sine[i] + value * Math.sin(turn * i);
  }
  return [plain, cosine, sine];
}
