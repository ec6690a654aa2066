// State's song and look go in; the bands that worker.js hears come out, anew when the look asks so.

const FPS = 60; // what the preview is planned with

/**
 * Keeps state's `bands` true to `song` and to what the look hears of it.
 * @param {{get: Function, set: Function, on: Function}} state
 * @returns {{heard: (song: object) => Promise<void>, dispose: () => void}} `heard` is kept when
 *   the bands of this song are there, or when it is no longer the state's song
 */
export function createEars(state) {
  let worker = null;
  let busy = false; // whether the worker is hearing a song right now
  let hearing = null; // the song that the worker knows, or is being told
  let newest = 0; // id of the last request: answers to older ones are dropped
  let waiting = [];
  let last = ""; // what the look asked of the ears when they listened last

  function hear() {
    const song = state.get("song");
    if (song === hearing) return listen();
    hearing = song;
    release();
    if (!song) return state.set({ bands: null });
    restart();
    const samples = song.samples.slice(); // the waveform and the player keep theirs
    worker.postMessage({ kind: "hear", id: ++newest, samples }, [samples.buffer]);
    return listen();
  }

  function listen() {
    last = earsOf(state.get("look"));
    worker.postMessage({ kind: "listen", id: ++newest, options: asked() });
  }

  function asked() {
    const { hearing: how, bassFrequency, trebleFrequency } = state.get("look");
    const { beats, tempo } = hearing;
    return { fps: FPS, hearing: how, bassFrequency, trebleFrequency, beats, tempo };
  }

  /** A worker that still hears an older song is ended: nothing else would stop it. */
  function restart() {
    if (worker && busy) worker.terminate();
    if (!worker || busy) worker = started();
    busy = true;
  }

  function started() {
    const made = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
    made.onmessage = ({ data }) => answer(data);
    made.onerror = (event) => failed(event.message);
    return made;
  }

  function answer(data) {
    if (data.kind === "progress") return progress(data.share);
    if (data.kind === "heard") busy = false;
    if (data.id !== newest) return;
    if (data.kind === "error") return failed(data.message);
    if (data.kind !== "bands") return;
    state.set({ bands: data.bands, loading: null });
    release();
  }

  function progress(share) {
    const loading = state.get("loading");
    if (loading?.step === "listening") state.set({ loading: { ...loading, share } });
  }

  function failed(message) {
    console.error(message);
    state.set({ loading: null, notice: { kind: "error", text: "This song plays, but it could not be listened to, so the picture does not move with it." } });
    release();
  }

  function release() {
    waiting.forEach((resolve) => resolve());
    waiting = [];
  }

  const offs = [
    state.on("song", hear),
    state.on("look", () => hearing && earsOf(state.get("look")) !== last && listen()),
  ];

  function heard(song) {
    if (state.get("song") !== song || state.get("bands")) return Promise.resolve();
    return new Promise((resolve) => waiting.push(resolve));
  }

  function dispose() {
    offs.forEach((off) => off());
    worker?.terminate();
  }

  return { heard, dispose };
}

/** The part of a look that decides what is heard. */
function earsOf({ hearing, bassFrequency, trebleFrequency }) {
  return [hearing, bassFrequency, trebleFrequency].join();
}
