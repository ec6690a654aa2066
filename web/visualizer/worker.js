/**
 * Hears songs beside the page, so that it never waits.
 *
 * In go {kind: "hear", id, samples} and {kind: "listen", id, options}; out come, with the same id,
 * {kind: "progress", share}, {kind: "heard", seconds}, {kind: "bands", bands} and
 * {kind: "error", message}.  `listen` speaks of the song heard last.  Send `samples` with their
 * buffer transferred, and end the worker to stop it while it hears.
 */

import { hear, listen } from "./bands.js";

let heard = null;

self.addEventListener("message", ({ data }) => {
  try {
    answer(data);
  } catch (error) {
    self.postMessage({ kind: "error", id: data.id, message: error.message });
  }
});

function answer({ kind, id, samples, options }) {
  if (kind === "hear") {
    heard = null; // its memory may be needed for the next
    heard = hear(samples, (share) => self.postMessage({ kind: "progress", id, share }));
    self.postMessage({ kind: "heard", id, seconds: heard.seconds });
  }
  if (kind === "listen") {
    if (!heard) throw new Error("No song has been heard yet.");
    const bands = listen(heard, options);
    self.postMessage({ kind: "bands", id, bands }, buffersOf(bands));
  }
}

function buffersOf(bands) {
  const arrays = Object.values(bands).flat();
  return arrays.filter((value) => value instanceof Float32Array).map((array) => array.buffer);
}
