/**
 * Beats go in; where each frame stands within its beat and its bar comes out.
 *
 * As oriel/rhythm.py, which finds the beats: a browser is told them.
 */

import { HOPS_PER_SECOND } from "./hops.js";

const BEATS_PER_BAR = 4;

// How far a beat may be from its hop and still mean it: digits left out, and float32's own.
const ROUNDED = 1e-4;
const FLOAT32 = 2 ** -23;

/**
 * @typedef {object} Rhythm nothing at all is tempo 0 and no beats
 * @property {number} tempo beats per minute
 * @property {Float64Array} beats (n,) seconds
 * @property {number} downbeat index of the first beat that begins a bar, 0..3
 */

/**
 * The rhythm of these beats.
 *
 * @param {ArrayLike<number>} beats (n,) seconds, rising
 * @param {number} tempo beats per minute; 0 to have it reckoned from the beats
 * @param {Float32Array} low (hops,) flux below 145 Hz
 * @returns {Rhythm}
 */
export function rhythm(beats, tempo, low) {
  const moments = Float64Array.from(beats, onItsHop);
  const hops = moments.map((moment) => Math.round(moment * HOPS_PER_SECOND));
  return { tempo: tempo || steadyTempo(hops), beats: moments, downbeat: downbeat(hops, low) };
}

/**
 * Phase within the beat and within the bar at i / fps; all 0 without a rhythm.
 *
 * Before the first beat, and once the last has passed, nothing is due: the phase rests at 1.
 *
 * @param {Rhythm} found
 * @param {number} fps
 * @param {number} frames how many
 * @returns {{beat: Float32Array, bar: Float32Array}} (frames,) each
 */
export function phases({ tempo, beats, downbeat }, fps, frames) {
  if (!beats.length || !tempo) {
    return { beat: new Float32Array(frames), bar: new Float32Array(frames) };
  }
  const bars = beats.filter((_, beat) => beat >= downbeat && (beat - downbeat) % BEATS_PER_BAR === 0);
  return {
    beat: phase(fps, frames, beats, 60 / tempo),
    bar: phase(fps, frames, bars, (BEATS_PER_BAR * 60) / tempo),
  };
}

/** Share of the stretch from one start to the next that has passed; the last lasts `last`. */
function phase(fps, frames, starts, last) {
  const shares = new Float32Array(frames).fill(1);
  for (let frame = 0, index = -1; frame < frames; frame++) {
    const time = frame / fps;
    while (index + 1 < starts.length && starts[index + 1] <= time) index++;
    if (index < 0) continue;
    const length = index + 1 < starts.length ? starts[index + 1] - starts[index] : last;
    shares[frame] = Math.min((time - starts[index]) / length, 1);
  }
  return shares;
}

/** A beat as it was found, on a hop, where it is told with fewer digits. */
function onItsHop(beat) {
  const moment = Math.round(beat * HOPS_PER_SECOND) / HOPS_PER_SECOND;
  return Math.abs(moment - beat) <= ROUNDED + FLOAT32 * beat ? moment : beat;
}

/** Beats a minute: the mean of the intervals that are near the upper median, one of them. */
function steadyTempo(hops) {
  if (hops.length < 2) return 0;
  const intervals = hops.subarray(1).map((hop, i) => hop - hops[i]);
  const usual = intervals.slice().sort()[intervals.length >> 1];
  const near = intervals.filter((interval) => Math.abs(interval - usual) <= 0.1 * usual);
  return (60 * HOPS_PER_SECOND) / mean(near);
}

/** Which of the first four beats begins a bar: the one with most attacks below 145 Hz. */
function downbeat(hops, low) {
  const reach = 4;
  const strengths = hops.map((hop) => {
    const middle = Math.min(Math.max(hop, 0), low.length - 1);
    return Math.max(0, ...low.subarray(Math.max(middle - reach, 0), middle + reach + 1));
  });
  const means = Array.from({ length: Math.min(BEATS_PER_BAR, hops.length) }, (_, first) => {
    return mean(strengths.filter((_, beat) => beat % BEATS_PER_BAR === first));
  });
  return Math.max(0, means.indexOf(Math.max(...means)));
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
