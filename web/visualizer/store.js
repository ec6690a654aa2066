/** What this browser keeps from one visit to the next: JSON by key; nothing, where it may not keep. */

const PREFIX = "oriel.";

/**
 * @param {Storage | null} [storage] the browser's; a page that may not touch it gets along without
 * @returns {{get: (key: string, otherwise?: any) => any, set: (key: string, value: any) => boolean}}
 *   `set` says whether it is kept; undefined and null take a key away
 */
export function createStore(storage = allowed()) {
  const unkept = new Map();

  function get(key, otherwise = undefined) {
    if (unkept.has(key)) return unkept.get(key) ?? otherwise;
    try {
      return JSON.parse(storage?.getItem(PREFIX + key) ?? "null") ?? otherwise;
    } catch {
      return otherwise; // another hand wrote there
    }
  }

  function set(key, value) {
    try {
      if (value === undefined || value === null) storage.removeItem(PREFIX + key);
      else storage.setItem(PREFIX + key, JSON.stringify(value));
      unkept.delete(key);
      return true;
    } catch {
      unkept.set(key, value); // private windows, full storage: for this visit only
      return false;
    }
  }

  return { get, set };
}

function allowed() {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    return null;
  }
}
