// A name that somebody gave goes in; the same, which turns no sentence around it, comes out.

/**
 * A name for the middle of a sentence: without these marks (Unicode's FSI and PDI) the numbers that
 * follow a name in Hebrew or Arabic would change places.
 * @param {string} name
 */
export function isolated(name) {
  return `\u2068${name}\u2069`;
}
