// Bytes of a file go in; a song that can be played and heard comes out, or a sentence why not.

import { mixInto } from "./downmix.js";
import { isolated } from "./isolated.js";
import { RATE } from "./loops.js";
import { STRETCHES, fill } from "./peaks.js";
import { clock } from "./times.js";

const CHUNK = 1 << 20; // samples between two breaths, about 3 ms of work
const LARGEST = 1 << 30; // bytes: above it browsers fail to read a file in one piece
const UNSUSPECTED = 3e6; // bytes: no smaller file is likely to be hours long

/** What is wrong with a song, in a sentence for the person who dropped it. */
export class BadSong extends Error {}

/**
 * @param {Blob} blob the file
 * @param {string} name its name, for messages
 * @returns {Promise<{name: string, seconds: number, buffer: AudioBuffer, samples: Float32Array,
 *   peaks: Float32Array}>} samples mono at 44100 Hz; peaks (2 × 16384,)
 */
export async function decode(blob, name) {
  if (blob.size === 0) throw new BadSong(`“${isolated(name)}” is empty: choose another file.`);
  if (blob.size > LARGEST) throw new BadSong(`“${isolated(name)}” is too large for this browser: 1 GB at most.`);
  const head = new Uint8Array(await read(blob.slice(0, 16), name));
  if (!maybeSound(head, blob.type, name)) {
    throw new BadSong(
      `“${isolated(name)}” is not a song. Drop a sound file, such as MP3, WAV, FLAC or M4A, or a video.`,
    );
  }
  if (blob.size > UNSUSPECTED) checkLength(await durationOf(blob), name);
  const buffer = await decoded(await read(blob, name), name);
  checkLength(buffer.duration, name);
  const samples = await mono(buffer, name);
  return { name, seconds: buffer.duration, buffer, samples, peaks: await overview(samples) };
}

async function read(blob, name) {
  try {
    return await blob.arrayBuffer();
  } catch {
    throw new BadSong(`“${isolated(name)}” cannot be read. Is it a folder, or was it moved? Choose it again.`);
  }
}

async function decoded(bytes, name) {
  try {
    const buffer = await new OfflineAudioContext(2, 1, RATE).decodeAudioData(bytes);
    if (buffer.length > 0) return buffer;
  } catch {
    // The browser's own words name neither the file nor a way out.
  }
  throw new BadSong(
    `This browser finds no sound that it can decode in “${isolated(name)}”. Try it as MP3, WAV or FLAC.`,
  );
}

async function mono(buffer, name) {
  const channels = Array.from({ length: buffer.numberOfChannels }, (_, index) =>
    buffer.getChannelData(index),
  );
  if (channels.length === 1) return channels[0];
  const samples = reserved(buffer.length, name);
  for (let from = 0; from < samples.length; from += CHUNK) {
    mixInto(channels, samples, from, Math.min(from + CHUNK, samples.length));
    await breath();
  }
  return samples;
}

async function overview(samples) {
  const found = new Float32Array(2 * STRETCHES);
  const step = Math.max(1, Math.ceil((STRETCHES * CHUNK) / samples.length));
  for (let first = 0; first < STRETCHES; first += step) {
    fill(found, samples, first, Math.min(first + step, STRETCHES));
    await breath();
  }
  return found;
}

function reserved(length, name) {
  try {
    return new Float32Array(length);
  } catch {
    throw new BadSong(`“${isolated(name)}” is too long for the memory of this browser: choose a shorter song.`);
  }
}

function checkLength(seconds, name) {
  const most = longest(navigator.deviceMemory);
  if (seconds > most) {
    const limit = clock(most);
    throw new BadSong(
      `“${isolated(name)}” lasts ${clock(seconds)}, too long for this browser (${limit} at most). The oriel command takes up to a day.`,
    );
  }
}

/**
 * Seconds of song that fit: decoded they take 0.5 MB each, with what hearing needs.
 * @param {number} [gigabytes] the device's memory, where the browser tells it
 */
export function longest(gigabytes = 4) {
  return Math.min(Math.max(gigabytes, 1), 8) * 900;
}

const KNOWN =
  /\.(aac|aif|aiff|alac|caf|flac|m4a|m4b|m4r|mka|mkv|mov|mp2|mp3|mp4|m4v|oga|ogg|ogv|opus|wav|wave|weba|webm|wma)$/i;

/**
 * Whether a file may hold sound: by its first bytes, by its type, or by its name.
 * @param {Uint8Array} head at least its first 12 bytes
 * @param {string} type MIME
 * @param {string} name
 */
export function maybeSound(head, type, name) {
  const text = String.fromCharCode(...head.subarray(0, 12));
  const magic = /^(RIFF....WAVE|RF64|ID3|OggS|fLaC|FORM|caff|\x1aE\xdf\xa3|....ftyp|ADIF)/s.test(text);
  const mpeg = head[0] === 0xff && (head[1] & 0xe0) === 0xe0;
  const other = /^(%PDF|PK\x03\x04|\x89PNG|\xff\xd8\xff|GIF8|<|\{)/.test(text);
  return !other && (magic || mpeg || /^(audio|video)\//.test(type) || KNOWN.test(name));
}

/** Seconds that a media element expects of a file; 0 where it does not know. */
function durationOf(blob) {
  const element = document.createElement("audio");
  const url = URL.createObjectURL(blob);
  return new Promise((resolve) => {
    const told = () => resolve(Number.isFinite(element.duration) ? element.duration : 0);
    element.addEventListener("loadedmetadata", told);
    element.addEventListener("error", () => resolve(0));
    setTimeout(resolve, 1500, 0);
    element.preload = "metadata";
    element.src = url;
  }).finally(() => {
    element.removeAttribute("src");
    element.load();
    URL.revokeObjectURL(url);
  });
}

/** Lets the page draw and answer before more work. */
function breath() {
  return globalThis.scheduler?.yield?.() ?? new Promise((resolve) => setTimeout(resolve));
}
