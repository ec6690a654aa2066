// When looks change by themselves: beats (or seconds) and a number of bars go in; turns come out.

/** Beats in a bar, as Oriel counts them. */
export const BEATS_A_BAR = 4;

/** Seconds a bar lasts where no beat is known: four beats at 120 a minute. */
export const UNKNOWN_BAR = 2;

/** A blend lasts two beats, but never longer than this, in seconds. */
const LONGEST_BLEND = 1.6;

/**
 * The times at which looks change, in seconds, first after `from`.
 * With beats known, each change is on a bar's first beat; beyond the last beat, and where there are
 * none, bars go on at the length they have.
 * @param {{bars: number, from: number, until: number, beats?: ArrayLike<number> | null, tempo?: number,
 *   downbeat?: number}} plan
 * @returns {number[]}
 */
export function turns({ bars, from, until, beats = null, tempo = 0, downbeat = 0 }) {
  const bar = barSeconds(beats, tempo);
  const found = [];
  if (beats?.length > 1) {
    const first = firstBar(beats, from, downbeat);
    for (let index = first + bars * BEATS_A_BAR; index < beats.length; index += bars * BEATS_A_BAR) {
      if (beats[index] >= until) return found;
      found.push(beats[index]);
    }
  }
  const step = bars * bar;
  let next = (found.at(-1) ?? from) + step;
  for (; next < until; next += step) found.push(next);
  return found;
}

/** Seconds a bar lasts. @param {ArrayLike<number> | null} beats @param {number} [tempo] */
export function barSeconds(beats, tempo = 0) {
  if (beats?.length > 1) {
    return (BEATS_A_BAR * (beats[beats.length - 1] - beats[0])) / (beats.length - 1);
  }
  return tempo > 0 ? (60 / tempo) * BEATS_A_BAR : UNKNOWN_BAR;
}

/** Index of the beat that begins the bar in which `from` lies; what is before the first counts to it. */
function firstBar(beats, from, downbeat) {
  let index = downbeat;
  while (index + BEATS_A_BAR < beats.length && beats[index + BEATS_A_BAR] <= from + 1e-3) {
    index += BEATS_A_BAR;
  }
  return index;
}

/**
 * How many turns there have been at `position`, and how far the newest look has come in, 0..1.
 * A function of the time alone: it is right after any jump.
 * @param {number[]} times ascending seconds
 * @param {number} position seconds
 * @param {number} bar seconds of a bar
 * @returns {{turn: number, share: number}}
 */
export function turnAt(times, position, bar) {
  let turn = 0;
  while (turn < times.length && times[turn] <= position + 1e-6) turn += 1;
  if (turn === 0) return { turn, share: 1 };
  const share = (position - times[turn - 1]) / Math.min(bar / 2, LONGEST_BLEND);
  return { turn, share: eased(Math.min(Math.max(share, 0), 1)) };
}

function eased(share) {
  return share * share * (3 - 2 * share);
}

/**
 * The looks in an order that never shows one twice in a row; always the same for the same names.
 * @param {string[]} names
 * @param {number} turn 1, 2, …
 * @param {string} first the look that was shown when it began
 */
export function lookAt(names, turn, first) {
  if (turn === 0 || names.length === 0) return first;
  const others = names.filter((name) => name !== first);
  if (others.length === 0) return first;
  const round = [...others, ...(names.includes(first) ? [first] : [])];
  return round[(turn - 1) % round.length];
}
