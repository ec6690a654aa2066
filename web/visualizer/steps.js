// What plays and where goes in; the places that keys and buttons jump to come out.

import { loopOf } from "./loops.js";
import { BEATS_A_BAR, UNKNOWN_BAR } from "./schedule.js";

/** Seconds that an arrow key jumps. */
export const JUMP = 5;

/** Bars that L loops. */
const LOOPED_BARS = 8;

/**
 * The next beat after `position`, or the last before it; a second further where no beat is known.
 * @param {number[] | undefined} beats ascending seconds
 * @param {number} position seconds
 * @param {1 | -1} direction
 */
export function nextBeat(beats, position, direction) {
  const slack = direction > 0 ? 0.02 : -0.25; // stepping back while playing would stay on the spot
  const found =
    direction > 0
      ? beats?.find((beat) => beat > position + slack)
      : beats?.findLast((beat) => beat < position + slack);
  return found ?? position + direction;
}

/**
 * Eight bars from the bar that is playing: on beats where they are known.
 * @param {number} position seconds
 * @param {{seconds: number, beats?: number[], downbeat?: number}} song
 * @returns {[number, number] | null}
 */
export function barsFrom(position, { seconds, beats, downbeat = 0 }) {
  const count = LOOPED_BARS * BEATS_A_BAR;
  const beat = beats?.findLastIndex((at) => at <= position + 0.05) ?? -1;
  if (beat < 0) return loopOf(position, Math.min(position + LOOPED_BARS * UNKNOWN_BAR, seconds), seconds);
  const first = downbeat + BEATS_A_BAR * Math.floor((beat - downbeat) / BEATS_A_BAR);
  return loopOf(beats[Math.max(first, 0)], beats[first + count] ?? seconds, seconds);
}

/** The nearest beat if it is closer than `reach` seconds, else the place itself. */
export function snapped(beats, position, reach) {
  const near = (beats ?? []).reduce(
    (best, beat) => (Math.abs(beat - position) < Math.abs(best - position) ? beat : best),
    Infinity,
  );
  return Math.abs(near - position) <= reach ? near : position;
}
