// A microphone or a tab's sound goes in; the moments of an AnalyserNode come out.

import { RATE } from "./loops.js";
import { overhear } from "./overheard.js";

/** A reason, in words, why nothing can be heard. */
export class CannotListen extends Error {}

const REFUSED = {
  microphone:
    "The microphone was not allowed. Allow it where your browser shows the page's address, then try again.",
  tab: "Nothing was shared, so there is nothing to hear.",
};

/**
 * Opens the sound; the person is asked by the browser.
 * @param {"microphone" | "tab"} kind
 * @param {() => void} onEnd the sound was taken away: unplugged, or sharing stopped
 * @returns {Promise<{hear: (look: object) => object, stop: () => void}>} `hear` gives what
 *   frames.js's `picture` wants of this very moment
 * @throws {CannotListen}
 */
export async function listenTo(kind, onEnd) {
  const stream = await opened(kind);
  const context = new AudioContext({ sampleRate: RATE, latencyHint: "interactive" });
  const { node, context: real } = await connected(context, stream);
  const analyser = new AnalyserNode(real, { fftSize: 256, smoothingTimeConstant: 0.8 });
  const scope = new AnalyserNode(real, { fftSize: 1024 });
  node.connect(analyser);
  node.connect(scope); // nothing is played back: that would howl
  const bins = new Uint8Array(analyser.frequencyBinCount);
  const wave = new Float32Array(scope.fftSize);
  const begun = performance.now();
  const follow = overhear();
  for (const track of stream.getAudioTracks()) track.addEventListener("ended", onEnd);

  function hear({ bassFrequency, trebleFrequency }) {
    analyser.getByteFrequencyData(bins);
    scope.getFloatTimeDomainData(wave);
    const seconds = (performance.now() - begun) / 1000;
    return follow({ seconds, bins, wave, rate: real.sampleRate, bassFrequency, trebleFrequency });
  }

  function stop() {
    for (const track of stream.getTracks()) {
      track.removeEventListener("ended", onEnd);
      track.stop();
    }
    real.close();
  }

  return { hear, stop };
}

/** Whether this browser can share a tab's sound: telephones cannot. */
export function sharesTabs() {
  return typeof navigator.mediaDevices?.getDisplayMedia === "function";
}

async function opened(kind) {
  const devices = navigator.mediaDevices;
  if (!devices) throw new CannotListen("This browser lets a page listen only over https or on localhost: open it there.");
  try {
    return kind === "microphone" ? await microphone(devices) : await tab(devices);
  } catch (error) {
    throw error instanceof CannotListen ? error : new CannotListen(words(error, kind));
  }
}

/** Without what makes speech clearer: it would take the music out of the music. */
function microphone(devices) {
  return devices.getUserMedia({
    audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
  });
}

async function tab(devices) {
  const stream = await devices.getDisplayMedia({
    video: true,
    audio: true,
    systemAudio: "include",
    selfBrowserSurface: "exclude",
  });
  if (stream.getAudioTracks().length > 0) return stream;
  stream.getTracks().forEach((track) => track.stop());
  throw new CannotListen(
    "That was shared without its sound. Choose a tab, and turn on “Also share tab audio”.",
  );
}

function words(error, kind) {
  if (error.name === "NotAllowedError") return REFUSED[kind];
  if (error.name === "NotFoundError") return "No microphone was found. Plug one in, then try again.";
  if (error.name === "NotReadableError")
    return "Another program is using the sound. Close it there, then try again.";
  return `This browser cannot listen to it (${error.message}): drop a song, or try another browser.`;
}

/** Some browsers join streams and contexts of one rate only: there the context takes the stream's. */
async function connected(context, stream) {
  try {
    const node = new MediaStreamAudioSourceNode(context, { mediaStream: stream });
    await context.resume();
    return { node, context };
  } catch {
    await context.close();
    const other = new AudioContext({ latencyHint: "interactive" });
    await other.resume();
    return { node: new MediaStreamAudioSourceNode(other, { mediaStream: stream }), context: other };
  }
}
