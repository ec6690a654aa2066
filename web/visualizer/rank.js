/** Unsorted numbers go in; the one of a given rank comes out, as numpy's percentile and median say. */

/**
 * The q-th percentile, on the straight line between the two values nearest to that rank.
 *
 * @param {Float32Array} values (n,), n > 0; their order is lost
 * @param {number} q 0..100
 * @returns {number}
 */
export function percentile(values, q) {
  const place = (q / 100) * (values.length - 1);
  const below = Math.floor(place);
  const lower = ranked(values, below);
  if (below + 1 >= values.length) return lower;
  // What stands behind a ranked value is no smaller: the next in rank is the least of it.
  let upper = values[below + 1];
  for (let i = below + 2; i < values.length; i++) if (values[i] < upper) upper = values[i];
  return lower + (place - below) * (upper - lower);
}

/** The middle value, or the mean of the middle two. */
export function median(values) {
  return percentile(values, 50);
}

/** The value of this rank, 0 the least, by partition; the rank's place then holds it. */
function ranked(values, rank) {
  let first = 0;
  let last = values.length - 1;
  while (first < last) {
    const pivot = middleOf(values[first], values[(first + last) >> 1], values[last]);
    let [i, j] = [first, last];
    while (i <= j) {
      while (values[i] < pivot) i++;
      while (values[j] > pivot) j--;
      if (i > j) break;
      const value = values[i];
      values[i++] = values[j];
      values[j--] = value;
    }
    if (rank <= j) last = j;
    else if (rank >= i) first = i;
    else break;
  }
  return values[rank];
}

function middleOf(a, b, c) {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}
