// Channels go in, one mono signal comes out: Web Audio's speaker down-mix, as oriel/downmix.py has it.
// https://www.w3.org/TR/webaudio/#channel-up-mixing-and-down-mixing

const HALF_POWER = Math.SQRT1_2;
const FRONT = [HALF_POWER, HALF_POWER];

// What each channel adds to mono, by the number of channels, in the order that browsers decode to.
const WEIGHTS = {
  1: [1],
  2: [0.5, 0.5],
  3: [...FRONT, 1],
  4: [0.25, 0.25, 0.25, 0.25],
  5: [...FRONT, 1, 0.5, 0.5],
  6: [...FRONT, 1, 0, 0.5, 0.5],
  7: [...FRONT, 1, 0, 0.5, 0.5, 0.5],
  8: [...FRONT, 1, 0, 0.5, 0.5, 0.5, 0.5],
};

/** What each of so many channels counts in mono. @param {number} count @returns {number[]} */
export function weights(count) {
  return WEIGHTS[count] ?? Array.from({ length: count }, (_, index) => (index < 8 ? HALF_POWER : 0));
}

/**
 * Adds samples `from`..`to` of the channels into `mono`, which is as long as they are.
 * @param {Float32Array[]} channels
 * @param {Float32Array} mono
 * @param {number} [from]
 * @param {number} [to]
 */
export function mixInto(channels, mono, from = 0, to = mono.length) {
  weights(channels.length).forEach((weight, index) => {
    const channel = channels[index];
    if (weight === 0) return;
    for (let at = from; at < to; at++) mono[at] += weight * channel[at];
  });
}
