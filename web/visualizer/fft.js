/**
 * The discrete Fourier transform: complex numbers go in, their spectrum comes out.
 *
 * Stockham's order, four by four, and two by two where the size is no power of four: no reversal of
 * bits, two arrays that take turns.  Sound is real, so `hops.js` and `analyser.js` send two windows
 * through at once, one as the real part and one as the imaginary part.
 */

/**
 * A transform of one size, with its own room.
 *
 * Fill `re` and `im`, call `transform()`, and read its answer before the next call.
 *
 * @param {number} size a power of two, from 2 on
 * @returns {{size: number, re: Float64Array, im: Float64Array,
 *   transform: () => {re: Float64Array, im: Float64Array}}} X[k] = Σ x[n] e^(-2πi kn / size)
 */
export function fft(size) {
  const re = new Float64Array(size);
  const im = new Float64Array(size);
  const otherRe = new Float64Array(size);
  const otherIm = new Float64Array(size);
  const stages = stagesOf(size);
  return { size, re, im, transform };

  function transform() {
    let [fromRe, fromIm, toRe, toIm] = [re, im, otherRe, otherIm];
    for (const stage of stages) {
      if (stage.turns) byFours(stage, fromRe, fromIm, toRe, toIm);
      else byTwos(stage.stride, fromRe, fromIm, toRe, toIm);
      [fromRe, fromIm, toRe, toIm] = [toRe, toIm, fromRe, fromIm];
    }
    return { re: fromRe, im: fromIm };
  }
}

/** Each stage's quarter length, stride and turns: e^(-2πi p / length) for p, 2p and 3p. */
function stagesOf(size) {
  const stages = [];
  let stride = 1;
  for (let length = size; length > 1; length /= 4, stride *= 4) {
    if (length === 2) {
      stages.push({ stride, turns: null });
      break;
    }
    stages.push({ quarter: length / 4, stride, turns: turnsOf(length) });
  }
  return stages;
}

function turnsOf(length) {
  const turns = new Float64Array((length / 4) * 6);
  for (let p = 0; p < length / 4; p++) {
    for (let times = 1; times <= 3; times++) {
      const angle = (-2 * Math.PI * p * times) / length;
      turns[6 * p + 2 * times - 2] = Math.cos(angle);
      turns[6 * p + 2 * times - 1] = Math.sin(angle);
    }
  }
  return turns;
}

function byFours({ quarter, stride, turns }, fromRe, fromIm, toRe, toIm) {
  const step = quarter * stride;
  for (let p = 0; p < quarter; p++) {
    const c1 = turns[6 * p];
    const s1 = turns[6 * p + 1];
    const c2 = turns[6 * p + 2];
    const s2 = turns[6 * p + 3];
    const c3 = turns[6 * p + 4];
    const s3 = turns[6 * p + 5];
    const last = (p + 1) * stride;
    let to = 4 * p * stride;
    for (let from = p * stride; from < last; from++, to++) {
      const ar = fromRe[from];
      const ai = fromIm[from];
      const br = fromRe[from + step];
      const bi = fromIm[from + step];
      const cr = fromRe[from + 2 * step];
      const ci = fromIm[from + 2 * step];
      const dr = fromRe[from + 3 * step];
      const di = fromIm[from + 3 * step];
      const evenR = ar + cr;
      const evenI = ai + ci;
      const oddR = br + dr;
      const oddI = bi + di;
      const acrossR = ar - cr;
      const acrossI = ai - ci;
      const turnedR = di - bi; // i × (b - d)
      const turnedI = br - dr;
      toRe[to] = evenR + oddR;
      toIm[to] = evenI + oddI;
      const firstR = acrossR - turnedR;
      const firstI = acrossI - turnedI;
      toRe[to + stride] = firstR * c1 - firstI * s1;
      toIm[to + stride] = firstR * s1 + firstI * c1;
      const secondR = evenR - oddR;
      const secondI = evenI - oddI;
      toRe[to + 2 * stride] = secondR * c2 - secondI * s2;
      toIm[to + 2 * stride] = secondR * s2 + secondI * c2;
      const thirdR = acrossR + turnedR;
      const thirdI = acrossI + turnedI;
      toRe[to + 3 * stride] = thirdR * c3 - thirdI * s3;
      toIm[to + 3 * stride] = thirdR * s3 + thirdI * c3;
    }
  }
}

function byTwos(stride, fromRe, fromIm, toRe, toIm) {
  for (let q = 0; q < stride; q++) {
    toRe[q] = fromRe[q] + fromRe[q + stride];
    toIm[q] = fromIm[q] + fromIm[q + stride];
    toRe[q + stride] = fromRe[q] - fromRe[q + stride];
    toIm[q + stride] = fromIm[q] - fromIm[q + stride];
  }
}
