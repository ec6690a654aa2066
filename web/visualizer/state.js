/**
 * What the whole page knows, in one place: values by key in, calls of those who listen out.
 *
 * @typedef {object} Song
 * @property {string} name file name or title
 * @property {number} seconds length
 * @property {Float32Array} samples mono at 44100 Hz
 * @property {AudioBuffer} buffer what is played
 * @property {Blob} blob the file as it came
 * @property {string} [url] where it came from, if from this origin
 *
 * @typedef {object} Rhythm what the server heard
 * @property {number[]} beats seconds
 * @property {number} tempo beats a minute
 * @property {number} [downbeat] index of the first beat that begins a bar, once the song is heard
 *
 * @typedef {object} Known
 * @property {object} look the complete look
 * @property {string} lookName name of the look that it began as
 * @property {Song | null} song
 * @property {Rhythm | null} rhythm of the song, if the server has listened to it
 * @property {object | null} bands what frames.js plans with
 * @property {boolean} playing
 * @property {number} position seconds into the song
 * @property {[number, number] | null} loop seconds
 * @property {number} volume 0..1
 * @property {number} latency milliseconds between playing and hearing
 * @property {"16:9" | "9:16" | "1:1" | "4:5" | "21:9"} aspect
 * @property {number} fps of the video that is ordered
 * @property {"microphone" | "tab" | null} live
 * @property {{bars: number, looks: string[]} | null} autopilot
 * @property {object | null} [account] who is signed in at the service, if there is one
 * @property {{kind: string, text: string} | null} notice
 */

/**
 * @template {object} T
 * @param {T} initial
 * @returns {{
 *   get: (key: keyof T) => any,
 *   set: (changes: Partial<T>) => void,
 *   on: (keys: string | string[], listener: (changed: Set<string>) => void) => () => void,
 * }} `on` calls its listener once for each `set` that changed one of the keys; it returns `off`.
 */
export function createState(initial) {
  const values = { ...initial };
  const listeners = new Set();

  function get(key) {
    return values[key];
  }

  function set(changes) {
    const changed = new Set();
    for (const [key, value] of Object.entries(changes)) {
      if (!Object.is(values[key], value)) {
        values[key] = value;
        changed.add(key);
      }
    }
    if (changed.size === 0) return;
    for (const one of [...listeners]) {
      if (one.keys.some((key) => changed.has(key))) one.listener(changed);
    }
  }

  function on(keys, listener) {
    const one = { keys: [keys].flat(), listener };
    listeners.add(one);
    return () => listeners.delete(one);
  }

  return { get, set, on };
}

/** What a page knows before anything happened. @returns {Known} */
export function untouched() {
  return {
    look: null,
    lookName: "default",
    song: null,
    rhythm: null,
    bands: null,
    playing: false,
    position: 0,
    loop: null,
    volume: 0.8,
    latency: 0,
    aspect: "16:9",
    fps: 30,
    live: null,
    autopilot: null,
    notice: null,
  };
}
