// A page's query in, the one picture that it asks for out: pure, without a page.
import { check, complete } from "./look.js";

const SIZE = /^(\d{1,5})[x×](\d{1,5})$/i;
const LARGEST_SIDE = 16384;

/**
 * @typedef {object} Asked one moment of one song
 * @property {string} song URL of this origin
 * @property {object} look complete
 * @property {number} at seconds
 * @property {[number, number]} size pixels
 */

/** Whether a page's query asks for nothing but one picture. @param {string} search @returns {boolean} */
export function wantsStill(search) {
  return new URLSearchParams(search).has("still");
}

/**
 * What `?song=URL&look=NAME-or-JSON&at=SECONDS&size=WxH&still` asks for.
 * @param {string} address the page's whole URL
 * @param {{looks: Record<string, object>, schema: object}} catalog
 * @param {[number, number]} room pixels of the window, where no size is asked for
 * @returns {Asked}
 * @throws {Error} with a sentence for whoever wrote the address
 */
export function asked(address, catalog, room) {
  const query = new URL(address).searchParams;
  return {
    song: songOf(query.get("song") ?? "/demo/song.wav", address),
    look: lookOf(query.get("look") ?? "default", catalog),
    at: momentOf(query.get("at") ?? "0"),
    size: query.has("size") ? sizeOf(query.get("size")) : room,
  };
}

function songOf(text, address) {
  const url = URL.canParse(text, address) ? new URL(text, address) : null;
  if (url?.origin !== new URL(address).origin) {
    throw new Error(`The song must be an address of this page's own server, not ${shown(text)}.`);
  }
  return url.href;
}

function lookOf(text, { looks, schema }) {
  if (Object.hasOwn(looks, text)) return complete(looks[text], schema);
  if (!text.trimStart().startsWith("{")) {
    throw new Error(`There is no look ${shown(text)}; choose one of ${Object.keys(looks).join(", ")}.`);
  }
  const { look, problems } = check(parsed(text), schema);
  if (problems) throw new Error(problems.join(" "));
  return look;
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`The look is not JSON (${error.message}): mend it.`, { cause: error });
  }
}

function momentOf(text) {
  const at = text.trim() === "" ? NaN : Number(text);
  if (!(at >= 0 && at < Infinity)) throw new Error(`There is no picture at ${shown(text)}: write seconds, such as 12.5.`);
  return at;
}

function sizeOf(text) {
  const [, width, height] = (SIZE.exec(text.trim()) ?? []).map(Number);
  if (!(width > 0 && height > 0)) throw new Error(`${shown(text)} is no size: write 1280x720.`);
  if (Math.max(width, height) > LARGEST_SIDE) {
    throw new Error(`A picture of ${width}x${height} is too large: at most ${LARGEST_SIDE} pixels a side.`);
  }
  return [width, height];
}

function shown(text) {
  return `“${text.length > 60 ? `${text.slice(0, 57)}…` : text}”`;
}
