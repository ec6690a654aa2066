// What a look is to be called goes in; as people write it, or a name that nobody has yet, comes out.

import { label } from "./fields.js";

/** "neon-knot" as people write it; names that people gave stay as they are. */
export function named(name) {
  return /^[a-z0-9-]+$/.test(name) ? label(name.replaceAll("-", " ")) : name;
}

/** A name that nobody has, counting on. @param {string} wanted @param {Set<string>} taken */
export function free(wanted, taken) {
  const stem = wanted.replace(/( \d+|, mine)+$/, "");
  const first = wanted.endsWith(", mine") ? `${stem}, mine` : wanted;
  for (let count = 1; ; count += 1) {
    const name = count === 1 ? first : `${first} ${count}`;
    if (!taken.has(name)) return name;
  }
}
