// A file or an address goes in; state's `song`, `rhythm` and `bands` come out, while `loading` tells how far.

import { beatsOf } from "./beats.js";
import { BadSong, decode } from "./decode.js";
import { createEars } from "./ears.js";
import { isolated } from "./isolated.js";

const PATIENCE = 2500; // milliseconds that playing waits for hearing to end

/**
 * Opens songs one at a time: a newer one takes an older one's place, even while that is loading.
 * What plays goes on until the new song is decoded.
 * @param {{get: Function, set: Function, on: Function}} state
 * @param {{onReady?: () => void}} [told] called when a song opened with `play` may begin
 */
export function createSongs(state, { onReady = () => {} } = {}) {
  let newest = 0;
  let fetching = new AbortController();
  const ears = createEars(state);

  /**
   * @param {File | string} source a file, or a URL of this origin
   * @param {{play?: boolean, name?: string}} [how]
   */
  async function open(source, { play = true, name = nameOf(source) } = {}) {
    const mine = ++newest;
    fetching.abort();
    fetching = new AbortController();
    state.set({ loading: { name, step: "opening" } });
    try {
      const { song, rhythm } = await load(source, name, fetching.signal);
      if (mine !== newest) return;
      state.set({ song, rhythm: null, bands: null, live: null, loading: { name, step: "listening", share: 0 } });
      tell(song, rhythm);
      await Promise.race([ears.heard(song), wait(PATIENCE)]);
      if (mine === newest && play) onReady();
    } catch (error) {
      if (mine === newest) state.set({ loading: null, notice: { kind: "error", text: words(error, name) } });
    }
  }

  /** A server may still have to listen: the song does not wait for it. */
  async function tell(song, coming) {
    const rhythm = await coming;
    if (rhythm && song === state.get("song")) state.set({ rhythm });
  }

  return { open };
}

/**
 * A song from a file or a URL, decoded; and, coming, the rhythm that its server knows of.
 * @param {File | string} source
 * @param {string} name
 * @param {AbortSignal} signal
 * @returns {Promise<{song: object, rhythm: Promise<object | null> | null}>} as state keeps them
 */
async function load(source, name, signal) {
  if (typeof source !== "string") {
    return { song: { ...(await decode(source, name)), file: source.name, blob: source }, rhythm: null };
  }
  const response = await fetched(source, name, signal);
  const rhythm = beatsOf(response, signal);
  const blob = await response.blob();
  return { song: { ...(await decode(blob, name)), file: nameOf(response.url), blob, url: response.url }, rhythm };
}

async function fetched(url, name, signal) {
  const response = await fetch(url, { signal }).catch((error) => {
    if (error.name === "AbortError") throw error;
    throw new BadSong(`“${isolated(name)}” cannot be fetched: the server does not answer; try again in a while.`);
  });
  if (!response.ok) throw new BadSong(`“${isolated(name)}” cannot be fetched: the server answers ${response.status}; choose another.`);
  return response;
}

function nameOf(source) {
  if (typeof source !== "string") return source.name || "song";
  const last = new URL(source, location.href).pathname.split("/").pop();
  try {
    return decodeURIComponent(last) || "song";
  } catch {
    return last;
  }
}

function words(error, name) {
  if (error instanceof BadSong) return error.message;
  console.error(error);
  return `Something went wrong with “${isolated(name)}”. ${error.message}`;
}

function wait(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
