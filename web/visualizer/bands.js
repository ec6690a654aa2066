/**
 * A song goes in; what its picture moves to, one number a frame for each band, comes out.
 *
 * As oriel/bands.py, in two steps: `hear` once a song, and `listen` each time that the frame rate or
 * the look asks for something else of it.
 */

import { FFT_SIZE, overheard, webAudioSpectrum } from "./analyser.js";
import * as hops from "./hops.js";
import * as loudness from "./loudness.js";
import { fraction, frameCount } from "./rate.js";
import { phases, rhythm } from "./rhythm.js";

export { webAudioSpectrum };

const LOUDEST = 65_536; // full scale is 1; float files may hold anything

const NO_RHYTHM = { tempo: 0, beats: new Float64Array(0), downbeat: 0 };

/**
 * @typedef {object} Heard a song that was heard, whatever will be asked of it
 * @property {Float32Array} samples (n,) mono at 44.1 kHz, kept for classic hearing
 * @property {number} seconds
 * @property {hops.Hops} hops
 * @property {Float32Array} levelDb (hops,)
 * @property {Float32Array[]} steady (8 of (hops,)): the six bands, the level, the onsets, in 0..1
 * @property {{fps: number, bytes: Uint8Array} | null} overheard what an analyser answered last
 */

/**
 * @typedef {object} Bands what was heard; Float32Arrays with one entry a frame, in 0..1
 * @property {number} fps
 * @property {import("./rate.js").Rate} rate the same, exactly
 * @property {number} seconds length of the song
 * @property {Float32Array} bass what drives the scale: the look's bassFrequency
 * @property {Float32Array} treble what drives the colour: the look's trebleFrequency
 * @property {Float32Array[]} spectrum sub, bass, low_mid, mid, high_mid, treble
 * @property {Float32Array} level loudness of the whole
 * @property {Float32Array} onset strength of what begins at this frame
 * @property {Float32Array} beat phase since the last beat; 0 throughout without beats
 * @property {Float32Array} bar phase since the last bar's first beat
 * @property {number} tempo beats per minute, 0 when unknown
 * @property {number} downbeat index of the first beat that begins a bar
 * @property {Float32Array} beats (n,) seconds of each beat
 * @property {Float32Array[]} fine bass and treble at each 1/150 s; empty with classic hearing
 */

/**
 * Hear a whole song: seconds of work for minutes of music.
 *
 * @param {Float32Array} samples (n,) mono at 44.1 kHz, n > 0
 * @param {(share: number) => void} [onProgress] hears 0..1 now and then
 * @returns {Heard}
 */
export function hear(samples, onProgress) {
  if (!samples.length) throw new Error("There is nothing to hear in this song: it has no sound; choose another.");
  const sound = finite(samples);
  const heard = hops.hear(sound, onProgress);
  const levelDb = loudness.decibels(heard.level);
  const steady = [...heard.spectrum, heard.level].map((power) => onItsScale(power, levelDb));
  steady.push(loudness.smooth(loudness.struck(heard.flux.all, levelDb)));
  const seconds = samples.length / hops.RATE;
  return { samples: sound, seconds, hops: heard, levelDb, steady, overheard: null };
}

/**
 * What a picture at `fps` moves to; frame i is at i / fps seconds.
 *
 * "precise" hearing looks equally far back and ahead, and is the same at any rate.  "classic" is Web
 * Audio's AnalyserNode asked at each frame.  bassFrequency and trebleFrequency are its bins, 0..126.
 *
 * @param {Heard} heard
 * @param {{fps?: number | string | import("./rate.js").Rate, hearing?: "precise" | "classic",
 *   bassFrequency?: number, trebleFrequency?: number, beats?: ArrayLike<number>,
 *   tempo?: number}} options beats in seconds, tempo in beats a minute
 * @returns {Bands} arrays of its own, to keep or to send on
 */
export function listen(heard, options = {}) {
  const { hearing = "precise", bassFrequency = 2, trebleFrequency = 50 } = options;
  const rate = fraction(options.fps ?? 60);
  const fps = rate[0] / rate[1];
  const frames = frameCount(heard.seconds, rate);
  const framed = (values) => loudness.atFrames(values, hops.HOPS_PER_SECOND, fps, frames);
  const pairs = [bassFrequency, trebleFrequency];
  const classic = hearing === "classic";
  const fine = classic ? [] : pairs.map((index) => precise(heard, index));
  const [bass, treble] = classic
    ? pairs.map((index) => answered(heard, index, fps, frames))
    : fine.map(framed);
  const steady = heard.steady.map(framed);
  const found = options.beats?.length
    ? rhythm(options.beats, options.tempo ?? 0, heard.hops.flux.low)
    : NO_RHYTHM;
  return {
    fps,
    rate,
    seconds: heard.seconds,
    bass,
    treble,
    spectrum: steady.slice(0, hops.SPECTRUM.length),
    level: steady[hops.SPECTRUM.length],
    onset: steady[hops.SPECTRUM.length + 1],
    ...phases(found, fps, frames),
    tempo: found.tempo,
    downbeat: found.downbeat,
    beats: Float32Array.from(found.beats),
    fine,
  };
}

/** The same samples; what is no number, or beyond all bounds, as the renderer reads it from a file. */
function finite(samples) {
  if (samples.every((value) => Math.abs(value) <= LOUDEST)) return samples;
  return samples.map((value) => {
    return Number.isFinite(value) ? Math.min(Math.max(value, -LOUDEST), LOUDEST) : 0;
  });
}

/** (hops,) what bins `index` and the next of an analyser hear, never late. */
function precise(heard, index) {
  return onItsScale(hops.analyserPair(heard.hops, index), heard.levelDb);
}

function onItsScale(power, levelDb) {
  return loudness.smooth(loudness.scaled(loudness.decibels(power), levelDb));
}

/** (frames,) the mean of two neighbouring bins of the analyser, 255 as 1. */
function answered(heard, index, fps, frames) {
  if (heard.overheard?.fps !== fps) {
    heard.overheard = { fps, bytes: overheard(heard.samples, hops.RATE, fps, frames) };
  }
  const { bytes } = heard.overheard;
  return Float32Array.from({ length: frames }, (_, frame) => {
    const place = (frame * FFT_SIZE) / 2 + index;
    return (bytes[place] + bytes[place + 1]) / 510;
  });
}
