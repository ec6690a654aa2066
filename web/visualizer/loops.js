// Where the playhead is: a start, what has elapsed and a loop go in; seconds into the song come out.

/** Web Audio's rate here, in Hz: the one that Oriel hears at. */
export const RATE = 44100;

/** A loop shorter than this, in seconds, is a click and not a loop. */
const SHORTEST = 0.1;

/**
 * Two ends in either order, as a loop on whole samples within the song; null if it is too short.
 * @param {number} one seconds
 * @param {number} other seconds
 * @param {number} length seconds of the song
 * @returns {[number, number] | null}
 */
export function loopOf(one, other, length) {
  const [from, to] = [Math.min(one, other), Math.max(one, other)].map((end) =>
    onSample(clamp(end, 0, length)),
  );
  return to - from >= SHORTEST ? [from, to] : null;
}

/** The nearest sample's time. @param {number} seconds */
function onSample(seconds) {
  return Math.round(seconds * RATE) / RATE;
}

/** Whether playing from `start` runs into the loop, rather than having passed it already. */
export function entersLoop(start, loop) {
  return loop !== null && start < loop[1];
}

/**
 * Seconds into the song, `elapsed` seconds after playing began at `start`.
 * A loop is entered from before it or within it; from behind it the song plays on to its end.
 * @param {number} start
 * @param {number} elapsed
 * @param {[number, number] | null} loop
 * @param {number} length
 */
export function headAt(start, elapsed, loop, length) {
  const straight = start + Math.max(0, elapsed);
  if (!entersLoop(start, loop)) return Math.min(straight, length);
  const [from, to] = loop;
  return straight < to ? straight : from + ((straight - from) % (to - from));
}

/** Where playing begins when asked to at `position`: at the end of a song it begins anew. */
export function startAt(position, loop, length) {
  const at = clamp(position, 0, length);
  return at >= length - 0.02 ? (loop?.[0] ?? 0) : at;
}

/** @param {number} value @param {number} low @param {number} high */
export function clamp(value, low, high) {
  return Math.min(Math.max(value, low), high);
}
