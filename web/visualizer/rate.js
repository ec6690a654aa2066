/** Frames a second as people and looks say it; whole numbers, exactly, come out. */

const FASTEST = 240;
const MOMENTS_PER_SECOND = 1_000; // a single picture may be of any moment, to the millisecond

// Television's rates are 1000/1001 of the whole number that they are named after.
const NTSC = {
  23.976: [24_000, 1_001],
  23.98: [24_000, 1_001],
  29.97: [30_000, 1_001],
  47.95: [48_000, 1_001],
  59.94: [60_000, 1_001],
  119.88: [120_000, 1_001],
};

/**
 * @typedef {[number, number]} Rate frames a second: a whole number over a whole number
 */

/**
 * Frames a second as a fraction: 30, 29.97 (= 30000/1001), "24000/1001", 12.5 or a Rate.
 *
 * @param {number | string | Rate} fps above 0
 * @returns {Rate}
 */
export function fraction(fps) {
  if (Array.isArray(fps)) return fps;
  if (String(fps) in NTSC) return NTSC[fps];
  if (typeof fps === "string" && fps.includes("/")) return fps.split("/").map(Number);
  return nearest(Number(fps));
}

/** Frames that a song of so many seconds fills: the last may begin before it ends, not after. */
export function frameCount(seconds, rate) {
  return Math.max(1, Math.ceil(seconds * (rate[0] / rate[1]) - 1e-6));
}

/**
 * The rate and the frame of one picture, as `oriel frame --at` chooses them.
 *
 * Precise hearing is the same at any rate, so there it is one, about 30, with a frame at exactly
 * this moment; with classic hearing it is the frame of 30 a second that is nearest.
 *
 * @param {number} at seconds into the song
 * @param {"precise" | "classic"} hearing
 * @returns {{rate: Rate, index: number}}
 */
export function still(at, hearing) {
  const rate = hearing === "precise" ? rateThrough(at) : [30, 1];
  return { rate, index: rounded((at * rate[0]) / rate[1]) };
}

function rateThrough(at) {
  const moment = rounded(at * MOMENTS_PER_SECOND);
  if (moment === 0) return [30, 1];
  const frames = Math.max(1, rounded((30 * moment) / MOMENTS_PER_SECOND));
  const rate = [frames * MOMENTS_PER_SECOND, moment];
  return rate[0] / rate[1] > FASTEST ? [FASTEST, 1] : rate;
}

/** To the nearest whole number, halves to the even one, as Python rounds. */
function rounded(value) {
  const low = Math.floor(value);
  if (value - low !== 0.5) return Math.round(value);
  return low % 2 === 0 ? low : low + 1;
}

/** The simplest fraction that is this number, but for its last digits: by continued fractions. */
function nearest(value) {
  let [numerator, denominator, n, d] = [Math.floor(value), 1, 1, 0];
  let rest = value - numerator;
  while (Math.abs(numerator / denominator - value) > 1e-13 * value) {
    const whole = Math.floor(1 / rest);
    rest = 1 / rest - whole;
    [numerator, n] = [whole * numerator + n, numerator];
    [denominator, d] = [whole * denominator + d, denominator];
  }
  return [numerator, denominator];
}
