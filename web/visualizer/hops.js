/**
 * A song's samples go in; the power of each band at each hop of a fixed grid comes out.
 *
 * As oriel/hops.py: one hop each 1/150 s, whatever any frame rate is.  Hop j looks at the 2048
 * samples centred on j / 150 s through a Hann window, so nothing in it comes late.  Two hops share
 * one transform.
 */

import { fft } from "./fft.js";

/** Hz at which every song is analysed. */
export const RATE = 44_100;

/** Samples from hop to hop: exactly 1/150 s. */
export const HOP = 294;

/** Samples under the Hann window: 46 ms, bins of 21.5 Hz. */
export const WINDOW = 2_048;

export const HOPS_PER_SECOND = RATE / HOP;

export const SPECTRUM = ["sub", "bass", "low_mid", "mid", "high_mid", "treble"];

/** Where the six bands meet, in Hz: evenly spaced by pitch. */
export const EDGES_HZ = [20, 60, 180, 550, 1_700, 5_200, 16_000];

/** Narrow bands, evenly spaced by pitch from 30 Hz to 16 kHz, in which attacks are looked for. */
export const ONSET_BANDS = 24;

/** Bins of Web Audio's analyser with fftSize 256. */
export const ANALYSER_BINS = 128;

const LOW_ONSET_BANDS = 6; // those below 145 Hz: kick drums and bass notes
const RISE = 3; // hops over which an attack's rise is taken: 20 ms
const ANALYSER = 256;
const BINS = WINDOW / 2 + 1;
const HOPS_AT_A_TIME = 1_024; // between two words on how far it is

/**
 * @typedef {object} Hops what was heard at each hop; hop j is at j / 150 s
 * @property {number} samples length of the song in samples at RATE
 * @property {number} hops how many there are
 * @property {Float32Array} level (hops,) mean square of the samples
 * @property {Float32Array[]} spectrum six of (hops,): mean square in each band
 * @property {Float32Array[]} lobes 128 of (hops,): mean square in what each bin of an analyser hears
 * @property {{all: Float32Array, low: Float32Array}} flux (hops,) rise in loudness, peaking at
 *   attacks: over all narrow bands, and below 145 Hz
 */

/**
 * The power of every band at every hop.
 *
 * @param {Float32Array} samples (n,) mono at RATE
 * @param {(share: number) => void} [onProgress] hears 0..1 now and then
 * @returns {Hops}
 */
export function hear(samples, onProgress = () => {}) {
  const hops = Math.floor(samples.length / HOP) + 1;
  const heard = {
    samples: samples.length,
    hops,
    level: new Float32Array(hops),
    spectrum: rows(SPECTRUM.length, hops),
    lobes: rows(ANALYSER_BINS, hops),
    flux: { all: new Float32Array(hops), low: new Float32Array(hops) },
  };
  const powers = powersOf(samples);
  const bands = edgesAt(EDGES_HZ);
  const listenToLobes = lobesInto(heard.lobes);
  const listenToFlux = fluxInto(heard.flux);
  const sums = new Float64Array(BINS + 1);

  for (let hop = 0; hop < hops; hop++) {
    const power = powers(hop);
    sumUp(power, sums);
    heard.level[hop] = sums[BINS];
    for (let band = 0; band < bands.length - 1; band++) {
      heard.spectrum[band][hop] = upTo(sums, power, bands[band + 1]) - upTo(sums, power, bands[band]);
    }
    listenToLobes(power, hop);
    listenToFlux(power, sums, hop);
    if (hop % HOPS_AT_A_TIME === HOPS_AT_A_TIME - 1) onProgress((hop + 1) / hops);
  }
  onProgress(1);
  return heard;
}

/**
 * The power of two neighbouring bins of an analyser, as oriel/hops.py's `analyser_weights` hears it.
 *
 * @param {Hops} heard
 * @param {number} index of the lower bin, 0..126
 * @returns {Float32Array} (hops,) mean square
 */
export function analyserPair(heard, index) {
  const [lower, upper] = [heard.lobes[index], heard.lobes[index + 1]];
  const both = new Float32Array(heard.hops);
  for (let hop = 0; hop < both.length; hop++) both[hop] = lower[hop] + upper[hop];
  return both;
}

function rows(count, length) {
  return Array.from({ length: count }, () => new Float32Array(length));
}

/**
 * How to ask for (1025,) mean square of the samples by frequency, hop by hop; it lasts until the
 * next is asked for.
 *
 * P[k] = 2 |X[k]|² / (N Σ w²): by Parseval its sum is the mean square of the windowed sound.
 */
function powersOf(samples) {
  const window = hann();
  const { re, im, transform } = fft(WINDOW);
  const even = new Float64Array(BINS);
  const odd = new Float64Array(BINS);
  return (hop) => {
    if (hop % 2) return odd;
    shape(samples, hop, window, re);
    shape(samples, hop + 1, window, im);
    split(transform(), even, odd);
    return even;
  };
}

/** Hann's window, scaled for `split`: P[k] is then |X[k] ± X*[N - k]|². */
function hann() {
  const window = Float64Array.from({ length: WINDOW }, (_, n) => {
    return 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / WINDOW);
  });
  const squares = window.reduce((sum, value) => sum + value * value, 0);
  const scale = Math.sqrt(2 / (WINDOW * squares)) / 2;
  return window.map((value) => value * scale);
}

/** The windowed samples around a hop, silence beyond both ends of the song. */
function shape(samples, hop, window, into) {
  const first = hop * HOP - WINDOW / 2;
  if (first >= 0 && first + WINDOW <= samples.length) {
    for (let n = 0; n < WINDOW; n++) into[n] = samples[first + n] * window[n];
    return;
  }
  for (let n = 0; n < WINDOW; n++) into[n] = (samples[first + n] ?? 0) * window[n];
}

/** The powers of the two sounds that went through one transform, as real and imaginary part. */
function split({ re, im }, even, odd) {
  for (let k = 0; k < BINS; k++) {
    const other = (WINDOW - k) % WINDOW;
    const [a, b] = [re[k] + re[other], im[k] - im[other]];
    const [c, d] = [im[k] + im[other], re[other] - re[k]];
    even[k] = a * a + b * b;
    odd[k] = c * c + d * d;
  }
}

/** sums[k] is the power of all bins below bin k. */
function sumUp(power, sums) {
  let sum = 0;
  for (let k = 0; k < BINS; k++) {
    sum += power[k];
    sums[k + 1] = sum;
  }
}

/** For each frequency the bin that it lies in, and the share of that bin below it. */
function edgesAt(frequencies) {
  return frequencies.map((frequency) => {
    const place = frequency / (RATE / WINDOW) + 0.5; // bin k reaches from k - 1/2 to k + 1/2
    return { bin: Math.floor(place), share: place - Math.floor(place) };
  });
}

function upTo(sums, power, { bin, share }) {
  return sums[bin] + share * power[bin];
}

/**
 * What each bin of Web Audio's analyser with fftSize 256 at 44.1 kHz hears: bins 172 Hz apart, each
 * through the main lobe, ±3 bins wide, of a Blackman window: weight |W(f)|² / |W(0)|².
 */
function lobesInto(lobes) {
  const step = WINDOW / ANALYSER;
  const reach = 3 * step - 1;
  const weights = lobe(reach, step);
  const padded = new Float64Array(BINS + 2 * reach);
  return (power, hop) => {
    padded.set(power, reach);
    for (let index = 0, centre = reach; index < ANALYSER_BINS; index++, centre += step) {
      let sum = padded[centre];
      for (let away = 1; away <= reach; away++) {
        sum += weights[away] * (padded[centre - away] + padded[centre + away]);
      }
      lobes[index][hop] = sum;
    }
  };
}

/** (reach + 1,) weights by distance from the bin's middle, in bins of the FFT. */
function lobe(reach, step) {
  const turns = Array.from({ length: ANALYSER }, (_, n) => n / ANALYSER);
  const window = turns.map((turn) => {
    return 0.42 - 0.5 * Math.cos(2 * Math.PI * turn) + 0.08 * Math.cos(4 * Math.PI * turn);
  });
  const total = window.reduce((sum, value) => sum + value);
  return Float64Array.from({ length: reach + 1 }, (_, away) => {
    const phase = (2 * Math.PI * away) / step;
    const real = turns.reduce((sum, turn, n) => sum + Math.cos(phase * turn) * window[n], 0);
    const imaginary = turns.reduce((sum, turn, n) => sum + Math.sin(phase * turn) * window[n], 0);
    return (real * real + imaginary * imaginary) / (total * total);
  });
}

/** log(1 + P / P₀), P₀ = -60 dB, in each narrow band; its mean rise over 3 hops, falls as 0. */
function fluxInto(flux) {
  const edges = edgesAt(
    Array.from({ length: ONSET_BANDS + 1 }, (_, i) => 30 * (16_000 / 30) ** (i / ONSET_BANDS)),
  );
  const before = rows(RISE, ONSET_BANDS);
  return (power, sums, hop) => {
    const ago = before[hop % RISE];
    let all = 0;
    let low = 0;
    for (let band = 0, below = upTo(sums, power, edges[0]); band < ONSET_BANDS; band++) {
      const above = upTo(sums, power, edges[band + 1]);
      const loudness = Math.fround(Math.log1p(Math.max(above - below, 0) * 1e6));
      const rise = Math.max(loudness - ago[band], 0);
      ago[band] = loudness;
      below = above;
      all += rise;
      if (band < LOW_ONSET_BANDS) low += rise;
    }
    flux.all[hop] = all / ONSET_BANDS;
    flux.low[hop] = low / LOW_ONSET_BANDS;
  };
}
