/** A look in, a link that carries it out; and back. Only what differs from the defaults travels. */
import { check, diff } from "./look.js";

const LONGEST = 20_000; // characters; a link that long is no look

/**
 * @param {object} look a complete look
 * @param {object} schema
 * @param {string} page the page's address
 * @returns {string} the page's address with #look=…
 */
export function toLink(look, schema, page) {
  const link = new URL(page);
  link.search = "";
  link.hash = `look=${encoded(JSON.stringify(diff(look, schema)))}`;
  return link.href;
}

/**
 * @param {string} address
 * @param {object} schema
 * @returns {{look: object} | {problems: string[]} | null} null: the address carries no look
 */
export function fromLink(address, schema) {
  const carried = new URLSearchParams(new URL(address).hash.slice(1)).get("look");
  if (carried === null) return null;
  try {
    if (carried.length > LONGEST) throw new RangeError("too long");
    return check(JSON.parse(decoded(carried)), schema);
  } catch {
    return { problems: ["This link's look cannot be read: perhaps a part of the link is missing; copy it whole."] };
  }
}

/** Text as base64url (RFC 4648, section 5), without padding. */
export function encoded(text) {
  const bytes = new TextEncoder().encode(text);
  const letters = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  return letters.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** The text again; throws where it is not one. */
export function decoded(text) {
  const letters = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
}
