// A decoded song goes in; it is heard, and the time that is heard at this moment comes out.

import { RATE, clamp, entersLoop, headAt, startAt } from "./loops.js";

const FADE = 0.006; // seconds: a start or stop in the middle of a wave would click
const AHEAD = 0.012; // seconds: a source begins at a time that is still to come, so on its sample
const WAITING = "Your browser wants a click before it makes sound: press play.";
const UNUSED = 10000; // milliseconds of rest after which the sound device is let go, to spare batteries
const PATIENCE = 600; // milliseconds a browser may take to let sound begin

/**
 * Plays state's `song` through Web Audio and keeps `playing` and `position` true.
 * Listens to `song`, `loop` and `volume`.
 * @param {{get: Function, set: Function, on: Function}} state
 * @param {{onRefused?: () => void}} [told] onRefused: the browser lets no sound begin without a click
 */
export function createPlayer(state, { onRefused = () => waits(state) } = {}) {
  let context = null;
  let volume = null; // the GainNode that all goes through
  let sounding = null; // {source, gain, when, start, loop}: what plays now
  let resting = 0; // seconds into the song while nothing plays
  let asked = 0; // counts requests, so that a late answer to an old one is dropped
  let ticking = 0;
  let unused = 0;

  const length = () => state.get("song")?.buffer.duration ?? 0;

  /** Seconds into the song that are heard now, 0..length: without delay of device and loudspeaker. */
  function position() {
    if (!sounding) return resting;
    const late = (state.get("latency") ?? 0) / 1000;
    const elapsed = heardTime(context) - late - sounding.when;
    return clamp(headAt(sounding.start, elapsed, sounding.loop, length()), 0, length());
  }

  async function play() {
    if (!state.get("song") || sounding) return;
    const mine = ++asked;
    if (!(await awake()) || mine !== asked) {
      if (mine === asked) onRefused();
      return;
    }
    begin(startAt(resting, state.get("loop"), length()));
    state.set({ playing: true });
    tick();
  }

  function pause() {
    asked += 1;
    if (sounding) rest(position());
    state.set({ playing: false, position: resting });
  }

  /** @param {number} seconds anything; it is kept within the song */
  function seek(seconds) {
    const to = clamp(Number.isFinite(seconds) ? seconds : 0, 0, length());
    if (sounding && to < length()) begin(to);
    else if (sounding) finish();
    else resting = to;
    state.set({ position: to });
  }

  function begin(start) {
    silence();
    const song = state.get("song");
    const loop = entersLoop(start, state.get("loop")) ? state.get("loop") : null;
    const source = new AudioBufferSourceNode(context, { buffer: song.buffer, loop: loop !== null });
    if (loop) [source.loopStart, source.loopEnd] = loop;
    const when = context.currentTime + AHEAD;
    const gain = new GainNode(context, { gain: 0 });
    gain.gain.setValueAtTime(start === 0 ? 1 : 0, when);
    if (start > 0) gain.gain.linearRampToValueAtTime(1, when + FADE);
    source.connect(gain).connect(volume);
    source.onended = () => sounding?.source === source && finish();
    source.start(when, start);
    sounding = { source, gain, when, start, loop };
  }

  function silence() {
    if (!sounding) return;
    const { source, gain } = sounding;
    source.onended = null;
    gain.gain.cancelScheduledValues(context.currentTime);
    gain.gain.setTargetAtTime(0, context.currentTime, FADE / 3);
    source.stop(context.currentTime + 3 * FADE);
    sounding = null;
  }

  function rest(at) {
    silence();
    resting = at;
    clearTimeout(unused);
    unused = setTimeout(() => !sounding && context?.suspend(), UNUSED);
  }

  function finish() {
    rest(length());
    state.set({ playing: false, position: resting });
  }

  async function awake() {
    clearTimeout(unused);
    context ??= opened();
    if (context.state === "running") return true;
    await Promise.race([context.resume().catch(() => {}), wait(PATIENCE)]);
    return context.state === "running";
  }

  function opened() {
    const made = new AudioContext({ sampleRate: RATE, latencyHint: "balanced" });
    volume = new GainNode(made, { gain: loudness(state.get("volume")) });
    volume.connect(made.destination);
    // A telephone call, or headphones pulled out: the system stopped the sound, so stop the time.
    made.addEventListener("statechange", () => {
      if (made.state !== "running" && sounding) pause();
    });
    return made;
  }

  function tick() {
    cancelAnimationFrame(ticking);
    if (!sounding) return;
    state.set({ position: position() });
    ticking = requestAnimationFrame(tick);
  }

  state.on("song", () => {
    asked += 1;
    rest(0);
    state.set({ playing: false, position: 0, loop: null });
  });
  state.on("loop", () => {
    if (sounding && !same(sounding.loop, state.get("loop"))) begin(position());
  });
  state.on("volume", () => {
    volume?.gain.setTargetAtTime(loudness(state.get("volume")), context.currentTime, 0.015);
  });

  const toggle = () => (sounding ? pause() : play());
  return { play, pause, toggle, seek, position };
}

function waits(state) {
  state.set({ notice: { kind: "info", text: WAITING } });
}

/** Loudness is heard by ratios: half way up the slider is a quarter of the amplitude. */
function loudness(share) {
  return clamp(share ?? 1, 0, 1) ** 2;
}

/**
 * The context's time whose sound leaves the device now, in seconds.
 * getOutputTimestamp tells it for a moment just past; where a browser lacks it, or tells nonsense as
 * some do just after a start, the context's own time less its stated delay serves.
 * @param {AudioContext} context
 */
function heardTime(context) {
  const now = context.currentTime;
  const stamp = context.getOutputTimestamp?.();
  if (stamp?.performanceTime > 0) {
    const heard = stamp.contextTime + (performance.now() - stamp.performanceTime) / 1000;
    if (heard > now - 1 && heard <= now + 0.05) return heard;
  }
  return now - (context.outputLatency || context.baseLatency || 0);
}

function same(one, other) {
  return one === other || (one !== null && other !== null && one[0] === other[0] && one[1] === other[1]);
}

function wait(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
