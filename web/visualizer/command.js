// A song's name, a look and an order go in; the shell command that makes this very video comes out.

import { exact } from "./times.js";

/** Formats to choose from: how they are called, what the command is told, and the file's suffix. */
export const FORMATS = [
  { key: "h264", name: "MP4 · H.264", about: "Plays everywhere.", suffix: ".mp4", sound: 192 },
  {
    key: "hevc",
    name: "MP4 · HEVC",
    about: "A quarter smaller; for newer players.",
    suffix: ".mp4",
    sound: 192,
  },
  {
    key: "av1",
    name: "MP4 · AV1",
    about: "Sharp for its size; for the newest players.",
    suffix: ".mp4",
    sound: 192,
  },
  { key: "vp9", name: "WebM · VP9", about: "For web pages.", suffix: ".webm", sound: 160 },
  {
    key: "prores",
    name: "MOV · ProRes 422",
    about: "For editing; ten times as large.",
    suffix: ".mov",
    sound: 192,
  },
];

/** @param {string} key @returns {typeof FORMATS[number]} */
export function formatOf(key) {
  return FORMATS.find((format) => format.key === key) ?? FORMATS[0];
}

/**
 * One word for a POSIX shell, whatever is in it: quoted only where it must be.
 * @param {string} text
 */
export function quoted(text) {
  if (/^[\w@%+:,./-]+$/.test(text)) return text;
  return `'${text.replaceAll("'", `'"'"'`)}'`;
}

/** A file's name that no command takes for an option. @param {string} name */
function asPath(name) {
  return name.startsWith("-") ? `./${name}` : name;
}

/**
 * The command, one word after the other, not yet quoted.
 * @param {{song: string, look: string, width: number, height: number, fps: string,
 *   start?: number, end?: number | null, format: string, quality: string}} order
 *   `song` and `look` are file names (`look` also a built-in look's name), start and end seconds
 * @returns {string[]}
 */
export function words(order) {
  const said = ["oriel", "render", asPath(order.song), "--look", asPath(order.look)];
  said.push("--size", `${order.width}x${order.height}`, "--fps", order.fps);
  if (order.start) said.push("--start", exact(order.start));
  if (order.end != null) said.push("--end", exact(order.end));
  if (order.format !== "h264") said.push("--codec", order.format);
  if (order.quality !== "standard") said.push("--quality", order.quality);
  said.push("--out", asPath(videoName(order)));
  return said;
}

/**
 * The words, quoted, in pieces that belong together: the song, then each option with its value.
 * @param {Parameters<typeof words>[0]} order
 */
export function lines(order) {
  const [oriel, render, song, ...options] = words(order).map(quoted);
  const pairs = options.flatMap((word, index) => (index % 2 ? [] : [`${word} ${options[index + 1]}`]));
  return [`${oriel} ${render} ${song}`, ...pairs];
}

/** The video's file name: the song's, and its shape where that is not the usual one. */
export function videoName({ song, width, height, format }) {
  const stem = song.replace(/\.[^.]{1,5}$/, "") || "song";
  const shape = width > height ? "" : width === height ? "-square" : "-vertical";
  const name = `${stem}${shape}${formatOf(format).suffix}`;
  return name === song ? `${stem}-video${formatOf(format).suffix}` : name;
}

/** The look's file name: "my-look.json" of "My look!". @param {string | null} name */
export function lookFile(name) {
  const slug = (name ?? "")
    .normalize("NFKD")
    .replace(/[^\w]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .toLowerCase();
  return `${slug || "my"}${slug.endsWith("look") ? "" : "-look"}.json`;
}
