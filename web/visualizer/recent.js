/**
 * What is kept under a key, or made now; what was used longest ago is given up when there is more.
 * @template {{dispose: () => void}} T
 * @param {Map<string, T>} kept in order of use
 * @param {string} key
 * @param {() => T} make
 * @param {number} most
 * @returns {T}
 */
export function recent(kept, key, make, most) {
  const found = kept.get(key) ?? make();
  kept.delete(key);
  kept.set(key, found);
  if (kept.size > most) {
    const [oldest, given] = kept.entries().next().value;
    kept.delete(oldest);
    given.dispose();
  }
  return found;
}
