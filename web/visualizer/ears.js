// State's song, rhythm and look go in; the bands that worker.js hears come out, anew when the look asks so.

const FPS = 60; // what the preview is planned with, where what is heard does not depend on it

/**
 * Tells state's `rhythm` its downbeat, and keeps `bands` true to `song`, to its `rhythm`, to `fps` and to what the look hears of it.
 * @param {{get: Function, set: Function, on: Function}} state
 * @returns {{heard: (song: object) => Promise<void>}} `heard` is kept when
 *   the bands of this song are there, or when it is no longer the state's song
 */
export function createEars(state) {
  let worker = null;
  let busy = false; // whether the worker is hearing a song right now
  let hearing = null; // the song that the worker knows, or is being told
  let newest = 0; // id of the last request: answers to older ones are dropped
  let asking = false; // whether bands are on their way
  let waiting = [];
  let last = ""; // what the look asked of the ears when they listened last

  function hear() {
    const song = state.get("song");
    if (song === hearing) return listen();
    hearing = song;
    release();
    if (!song) return state.set({ bands: null });
    restart();
    asking = false;
    const samples = song.samples.slice(); // the waveform and the player keep theirs
    worker.postMessage({ kind: "hear", id: ++newest, samples }, [samples.buffer]);
    return listen();
  }

  /** One question at a time: while a slider is dragged the worker answers only its newest place. */
  function listen() {
    if (asking || !worker) return;
    asking = true;
    last = wanted();
    worker.postMessage({ kind: "listen", id: ++newest, options: asked() });
  }

  /** What decides what is heard: a part of the look, the video's frame rate, and the beats that are known. */
  function wanted() {
    const { fps, hearing: how, bassFrequency, trebleFrequency, beats = [] } = asked();
    return [fps, how, bassFrequency, trebleFrequency, ...beats].join();
  }

  function asked() {
    const { hearing: how, bassFrequency, trebleFrequency } = state.get("look");
    const { beats, tempo } = state.get("rhythm") ?? {};
    const fps = how === "classic" ? state.get("fps") : FPS; // an analyser is asked at the video's frames
    return { fps, hearing: how, bassFrequency, trebleFrequency, beats, tempo };
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
    asking = false;
    state.set({ bands: data.bands, rhythm: barred(state.get("rhythm"), data.bands), loading: null });
    release();
    relisten();
  }

  /** The rhythm, with where its bars begin: the server tells beats alone. */
  function barred(rhythm, { beats, downbeat }) {
    return !rhythm || !beats.length || rhythm.downbeat === downbeat ? rhythm : { ...rhythm, downbeat };
  }

  function progress(share) {
    const loading = state.get("loading");
    if (loading?.step === "listening") state.set({ loading: { ...loading, share } });
  }

  function relisten() {
    if (hearing && wanted() !== last) listen();
  }

  function failed(message) {
    console.error(message ?? "worker.js cannot be loaded");
    worker.terminate();
    [worker, busy, asking] = [null, false, false];
    if (!hearing) return; // it was started ahead of time: the first song tries again
    state.set({
      loading: null,
      notice: {
        kind: "error",
        text: "This song plays, but it could not be listened to, so the picture does not move with it.",
      },
    });
    release();
  }

  function release() {
    waiting.forEach((resolve) => resolve());
    waiting = [];
  }

  // Loaded before it is needed, so that the first song is heard sooner.
  setTimeout(() => (worker ??= started()), 500);

  state.on("song", hear);
  state.on(["look", "rhythm", "fps"], relisten);

  function heard(song) {
    if (state.get("song") !== song || state.get("bands")) return Promise.resolve();
    return new Promise((resolve) => waiting.push(resolve));
  }

  return { heard };
}
