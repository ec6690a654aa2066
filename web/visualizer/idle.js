/** A moment without a song in, what a calm one might sound like then out: the empty stage breathes. */

/**
 * @param {number} seconds
 * @param {number} ticks a second
 * @returns {{time: number, tick: number, bass: number, treble: number, level: number, onset: number,
 *   pulse: number}} as frames.js's `picture` takes it
 */
export function idle(seconds, ticks) {
  const breath = 0.5 - 0.5 * Math.cos((2 * Math.PI * seconds) / 6);
  const shimmer = 0.5 - 0.5 * Math.cos((2 * Math.PI * seconds) / 9.7);
  return {
    time: 4 + seconds, // turned already: most shapes are plain from straight in front
    tick: Math.floor((4 + seconds) * ticks),
    bass: 0.05 + 0.16 * breath * breath,
    treble: 0.15 + 0.45 * shimmer,
    level: 0.3,
    onset: 0,
    pulse: 0,
  };
}
