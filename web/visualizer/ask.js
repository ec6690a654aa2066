// A method, a path and a body go in; the service's answer, or in words what it refuses, comes out.

const UNREACHED = { code: "unreached", message: "Oriel’s server does not answer. Is this computer online?" };
const UNREADABLE = { code: "unreadable", message: "The server’s answer makes no sense: try again in a moment." };
const PASSING = new Set([0, 408, 425, 429, 500, 502, 503, 504]); // of which nobody can tell what was done
const MOST_TRIES = 6;
const LONGEST = 60; // seconds between two of them

/** What the service refused; `status` 0 where it did not answer, `wait` the seconds it asks for. */
export class Refused extends Error {
  /** @param {{code: string, message: string, details?: object}} error @param {number} status */
  constructor({ code, message, details = {} }, status, wait = 0) {
    super(message);
    Object.assign(this, { code, status, details, wait });
  }
}

/**
 * @param {string} method
 * @param {string} path
 * @param {object} [body] sent as JSON
 * @returns {Promise<any>} what was answered; throws Refused
 */
export async function ask(method, path, body = undefined) {
  const json = body && { "Content-Type": "application/json" };
  const sent = body && JSON.stringify(body);
  const response = await fetch(path, { method, headers: json, body: sent }).catch(() => null);
  if (!response) throw unreached();
  return answerOf(response.status, await response.text(), response.headers.get("Retry-After"));
}

export function unreached() {
  return new Refused(UNREACHED, 0);
}

/**
 * @param {number} status
 * @param {string} text the body
 * @param {string | null} retryAfter the header
 * @returns {any} the body's JSON; throws Refused
 */
export function answerOf(status, text, retryAfter) {
  const told = parsed(text);
  if (status >= 200 && status < 300) return told;
  throw new Refused(told?.error ?? UNREADABLE, status, Number(retryAfter) || 0);
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/**
 * How long to wait before the same is asked again; null where that does not help.
 * @param {unknown} error
 * @param {number} tries so far
 * @returns {number | null} seconds
 */
export function patience(error, tries) {
  if (!(error instanceof Refused) || !PASSING.has(error.status) || tries >= MOST_TRIES) return null;
  return Math.min(LONGEST, Math.max(error.wait, 2 ** (tries - 1)));
}
