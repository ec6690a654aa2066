/**
 * The nearest whole number, and of two the even one, as Python rounds.
 * @param {number} x
 * @returns {number}
 */
export function halfEven(x) {
  const below = Math.floor(x);
  if (x - below !== 0.5) return Math.round(x);
  return below % 2 === 0 ? below : below + 1;
}
