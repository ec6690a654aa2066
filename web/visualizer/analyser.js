/**
 * Web Audio's AnalyserNode as arithmetic: samples go in, what getByteFrequencyData gives comes out.
 *
 * As oriel/analyser.py.  Source:
 * https://www.w3.org/TR/webaudio/#fft-windowing-and-smoothing-over-time.
 */

import { fft } from "./fft.js";

/** Samples that Web Audio renders at a time; an analyser sees whole quanta only. */
export const QUANTUM = 128;

export const MIN_DECIBELS = -100;
export const MAX_DECIBELS = -30;

/** The original visualiser's analyser, and the specification's default smoothing. */
export const FFT_SIZE = 256;
export const SMOOTHING = 0.8;

/**
 * What getByteFrequencyData returns when called at each time of `at`.
 *
 * A time counts as the end of the quantum of 128 samples that it falls in, as
 * OfflineAudioContext.suspend does; calls within one quantum see the same.
 *
 * @param {Float32Array} samples (n,) mono
 * @param {number} rate Hz
 * @param {number[]} at seconds, in the order of the calls
 * @param {number} [fftSize]
 * @param {number} [smoothing] 0..1
 * @returns {Uint8Array[]} (at.length,) of (fftSize / 2,)
 */
export function webAudioSpectrum(samples, rate, at, fftSize = FFT_SIZE, smoothing = SMOOTHING) {
  const ends = Array.from(at, (moment) => quantumEnd(moment, rate));
  const calls = [...new Set(ends)].sort((one, other) => one - other);
  const bytes = spectrumAt(samples, calls, fftSize, smoothing);
  const seen = new Map(calls.map((end, call) => [end, call * (fftSize / 2)]));
  return ends.map((end) => bytes.slice(seen.get(end), seen.get(end) + fftSize / 2));
}

/**
 * What an analyser answers at each frame of a whole song; frame i is at i / fps seconds.
 *
 * @param {Float32Array} samples (n,) mono
 * @param {number} rate Hz
 * @param {number} fps
 * @param {number} frames how many
 * @returns {Uint8Array} (frames × 128,) the answers one after the other; fftSize 256, smoothing 0.8
 */
export function overheard(samples, rate, fps, frames) {
  const ends = Array.from({ length: frames }, (_, frame) => quantumEnd(frame / fps, rate));
  return spectrumAt(samples, ends, FFT_SIZE, SMOOTHING);
}

/** The count of samples that an analyser has seen at a time: whole quanta, rounded up. */
function quantumEnd(at, rate) {
  return Math.ceil(Math.floor(at * rate) / QUANTUM) * QUANTUM;
}

/**
 * Smoothed magnitudes as bytes: each looks at the samples before its end, silence beyond the song.
 * X̂ = τ X̂₋₁ + (1 - τ) |X| / N, over the calls.  Two calls share one transform.
 */
function spectrumAt(samples, ends, fftSize, smoothing) {
  const bins = fftSize / 2;
  const window = blackman(fftSize);
  const { re, im, transform } = fft(fftSize);
  const bytes = new Uint8Array(ends.length * bins);
  const smoothed = new Float32Array(bins);
  const [kept, added] = [Math.fround(smoothing), Math.fround(1 - smoothing)];
  const even = new Float64Array(bins);
  const odd = new Float64Array(bins);
  for (let call = 0; call < ends.length; call++) {
    if (call % 2 === 0) {
      shape(samples, ends[call], window, re);
      shape(samples, ends[call + 1] ?? 0, window, im);
      split(transform(), even, odd);
    }
    const magnitudes = call % 2 ? odd : even;
    for (let k = 0; k < bins; k++) {
      smoothed[k] = kept * smoothed[k] + added * magnitudes[k];
      bytes[call * bins + k] = toByte(smoothed[k]);
    }
  }
  return bytes;
}

/** The specification's window: α = 0.16, periodic; scaled for `split`, to |X| / N. */
function blackman(size) {
  return Float64Array.from({ length: size }, (_, n) => {
    const turn = (2 * Math.PI * n) / size;
    const value = 0.42 - 0.5 * Math.cos(turn) + 0.08 * Math.cos(2 * turn);
    return Math.fround(value) / size / 2;
  });
}

function shape(samples, end, window, into) {
  const first = end - window.length;
  if (first >= 0 && end <= samples.length) {
    for (let n = 0; n < window.length; n++) into[n] = samples[first + n] * window[n];
    return;
  }
  for (let n = 0; n < window.length; n++) into[n] = (samples[first + n] ?? 0) * window[n];
}

/** The magnitudes of the two sounds that went through one transform as real and imaginary part. */
function split({ re, im }, even, odd) {
  for (let k = 0; k < even.length; k++) {
    const other = (re.length - k) % re.length;
    const [a, b] = [re[k] + re[other], im[k] - im[other]];
    const [c, d] = [im[k] + im[other], re[other] - re[k]];
    even[k] = Math.sqrt(a * a + b * b);
    odd[k] = Math.sqrt(c * c + d * d);
  }
}

/** ⌊255 / 70 × (dB + 100)⌋, held within 0..255. */
function toByte(magnitude) {
  const scale = 255 / (MAX_DECIBELS - MIN_DECIBELS);
  const byte = Math.floor(scale * (20 * Math.log10(magnitude) - MIN_DECIBELS));
  return byte < 0 ? 0 : byte > 255 ? 255 : byte;
}
