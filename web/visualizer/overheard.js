// What an analyser answers goes in, moment after moment; what a live picture moves to comes out.
//
// bass and treble are the analyser's bins, as the look's "classic" hearing has them. The rest is an
// estimate: nobody knows yet how loud it will get, so each is measured against what was lately loud.

import { RATE } from "./loops.js";

const SILENCE = -70; // dB of full scale: below it nothing is heard
const AUDIBLE = -58; // dB: from here up nothing is held back
const QUIETEST = -34; // dB: a room's murmur is not blown up to a concert
const RANGE = 36; // dB from a level of 0 to one of 1
const FORGETTING = 1.5; // dB a second by which the loudest is forgotten
const STRIKES_FORGOTTEN = 4; // seconds after which a strong strike counts 1/e
const FALL = 0.09; // seconds in which an onset falls to 1/e
const PULSE_FALL = 0.11; // the same of a pulse, as in frames.js
const STRONG = 0.6; // an onset from here up stands in for a beat
const APART = 0.24; // seconds between two such

/**
 * Begins to listen; the returned function is called once a picture.
 * @returns {(moment: {seconds: number, bins: Uint8Array, wave: Float32Array, rate: number,
 *   bassFrequency: number, trebleFrequency: number}) => {time: number, tick: number, bass: number,
 *   treble: number, level: number, onset: number, pulse: number}} what frames.js's `picture` wants;
 *   seconds since it began, bins (128,) of 0..255, wave the last samples, rate in Hz
 */
export function overhear() {
  const past = { seconds: 0, loudest: QUIETEST, strongest: 0.03, bins: null, onset: 0, struck: -1 };

  return function hear({ seconds, bins, wave, rate, bassFrequency, trebleFrequency }) {
    const since = Math.max(0, seconds - past.seconds);
    past.seconds = seconds;
    const decibels = loudness(wave);
    const present = Math.min(Math.max((decibels - SILENCE) / (AUDIBLE - SILENCE), 0), 1);
    past.loudest = Math.max(decibels, past.loudest - FORGETTING * since, QUIETEST);
    const level = present * Math.min(Math.max(1 + (decibels - past.loudest) / RANGE, 0), 1);

    const flux = past.bins ? rise(past.bins, bins) : 0;
    past.bins = Uint8Array.from(bins);
    past.strongest = Math.max(flux, past.strongest * Math.exp(-since / STRIKES_FORGOTTEN), 0.03);
    const before = past.onset * Math.exp(-since / FALL);
    past.onset = Math.max(before, present * Math.min(1, flux / past.strongest));
    const strikes = past.onset > STRONG && past.onset > before && seconds - past.struck > APART;
    if (strikes) past.struck = seconds;

    return {
      time: seconds,
      tick: Math.floor(seconds * 12),
      bass: pair(bins, bassFrequency, rate),
      treble: pair(bins, trebleFrequency, rate),
      level,
      onset: past.onset,
      pulse: past.struck < 0 ? 0 : Math.exp(-(seconds - past.struck) / PULSE_FALL),
    };
  };
}

/** The mean of bins k and k + 1 over 255; in a context of another rate, those of the same pitch. */
function pair(bins, index, rate) {
  const at = Math.min(Math.round((index * RATE) / rate), bins.length - 2);
  return (bins[at] + bins[at + 1]) / 510;
}

/** Mean square in dB of full scale. */
function loudness(wave) {
  let sum = 0;
  for (const value of wave) sum += value * value;
  return 10 * Math.log10(Math.max(sum / Math.max(wave.length, 1), 1e-14));
}

function rise(before, now) {
  let sum = 0;
  for (let index = 0; index < now.length; index++) sum += Math.max(0, now[index] - before[index]);
  return sum / (255 * now.length);
}
