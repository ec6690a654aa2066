// Samples go in; the lowest and highest of each stretch come out, for a waveform of any width.

/** Stretches that a whole song is cut into once; a drawing takes its columns from these. */
export const STRETCHES = 16384;

/**
 * Fills stretches `first`..`end` of `found`, for who wants to do it piece by piece.
 * @param {Float32Array} found (2 count,) lowest and highest sample of each of the song's equal stretches
 * @param {Float32Array} samples mono
 */
export function fill(found, samples, first, end) {
  const count = found.length / 2;
  for (let index = first; index < end; index++) {
    const from = Math.floor((index * samples.length) / count);
    const to = Math.max(from + 1, Math.floor(((index + 1) * samples.length) / count));
    let [low, high] = [0, 0];
    for (let at = from; at < to && at < samples.length; at++) {
      const value = samples[at];
      if (value < low) low = value;
      else if (value > high) high = value;
    }
    found[2 * index] = low;
    found[2 * index + 1] = high;
  }
}

/**
 * Peaks of fewer, wider stretches.
 * @param {Float32Array} fine (2 n,)
 * @param {number} columns
 * @returns {Float32Array} (2 columns,)
 */
export function columnsOf(fine, columns) {
  const count = fine.length / 2;
  const found = new Float32Array(2 * columns);
  for (let column = 0; column < columns; column++) {
    const from = Math.floor((column * count) / columns);
    const to = Math.max(from + 1, Math.floor(((column + 1) * count) / columns));
    for (let index = from; index < to; index++) {
      found[2 * column] = Math.min(found[2 * column], fine[2 * index]);
      found[2 * column + 1] = Math.max(found[2 * column + 1], fine[2 * index + 1]);
    }
  }
  return found;
}

/** The largest distance from zero, at least a little: what the waveform's height stands for. */
export function loudest(found) {
  return found.reduce((most, value) => Math.max(most, Math.abs(value)), 0.05);
}
