// An order and what the page can do go in; signed in for, paid and sent once each, renders come out.

import { patience } from "./ask.js";
import { missing } from "./tiers.js";

/**
 * An order as this browser keeps it until its renders are there; all of it is JSON.
 * @typedef {object} Pending
 * @property {string} key the server makes what has this key once, however often it is sent
 * @property {Record<string, string | string[]>} fields of the form, without the song
 * @property {string} tier
 * @property {number} count of videos
 * @property {{name: string, sha256?: string | null}} song
 * @property {string} [user] for whom
 * @property {boolean} [sent] whether it may have reached the server
 * @property {{id: string, url: string} | null} [payment] that was begun and not yet seen to be paid
 * @property {number} [over] how many of its payments are, whatever came of them
 */

/**
 * What the page can do for an order.
 * @typedef {object} Tools
 * @property {() => Promise<{id: string, credits: Record<string, number>} | null>} account signs in
 *   where nobody is; null where that is not wanted
 * @property {() => Promise<string | null>} hash of the song
 * @property {(sha256: string) => Promise<boolean>} known to the server
 * @property {(pending: Pending, withSong: boolean, onShare: (share: number) => void) => Promise<any>} submit
 * @property {(tier: string, key: string) => Promise<{id: string, url: string}>} begin a payment; once
 *   for each key, however often it is asked
 * @property {(id: string) => Promise<{status: string}>} payment as it stands
 * @property {(url: string) => void} leave the page
 * @property {(pending: Pending) => void} save
 * @property {(step: {step: string, share?: number, words?: string, seconds?: number}) => void} say
 * @property {(seconds: number) => Promise<void>} wait
 */

/**
 * @param {Pending} pending
 * @param {Tools} tools
 * @returns {Promise<{renders: object[]} | "guest" | "paying" | {unpaid: string}>} "paying": the page is
 *   being left; throws Refused
 */
export async function make(pending, tools) {
  const account = await tools.account();
  if (!account) return "guest";
  if (pending.user !== account.id) Object.assign(pending, { user: account.id, payment: null, sent: false });
  if (pending.song.sha256 === undefined) {
    tools.say({ step: "reading" });
    pending.song.sha256 = await tools.hash();
  }
  tools.save(pending);
  if (!pending.sent && missing(pending, pending.count, account.credits) > 0) return pay(pending, tools);
  try {
    return { renders: (await send(pending, tools)).renders };
  } catch (error) {
    if (error.code !== "no_credit" || pending.tier === "free") throw error;
    pending.sent = false; // it never arrived, and another window spent the credit
    return pay(pending, tools);
  }
}

/** A payment that was begun goes on where it was: two pages to pay on would be two payments. */
async function pay(pending, tools) {
  tools.say({ step: "paying" });
  const key = `${pending.key}-${pending.over ?? 0}`;
  pending.payment ??= await persistently(() => tools.begin(pending.tier, key), tools);
  tools.save(pending);
  tools.leave(pending.payment.url);
  return "paying";
}

function send(pending, tools) {
  return persistently(async () => {
    const { sha256 } = pending.song;
    const known = Boolean(sha256) && (await tools.known(sha256));
    pending.sent = true;
    tools.save(pending);
    const sending = (share) => tools.say({ step: "sending", share });
    if (known) tools.say({ step: "ordering" });
    else sending(0);
    return tools.submit(pending, !known, sending);
  }, tools);
}

/**
 * After the page to pay on: waits until the credit is there, however late the provider tells.
 * @param {Pending} pending with its payment
 * @param {Tools} tools
 * @param {{left?: boolean}} [how] left: somebody came back without having paid, as far as they know
 * @returns {Promise<null | string>} null: paid; else why not, in a sentence
 */
export async function settled(pending, tools, { left = false } = {}) {
  for (let tries = 0; ; tries += 1) {
    const { status } = await persistently(() => tools.payment(pending.payment.id), tools);
    const over = ENDS[status];
    if (status === "paid" || over) {
      Object.assign(pending, { payment: null, over: (pending.over ?? 0) + 1 });
      tools.save(pending);
      return over ?? null;
    }
    if (left) return "You left the page before it was paid: nothing was charged. Your order waits here.";
    tools.say({ step: "confirming", seconds: Math.round(waited(tries)) });
    await tools.wait(pause(tries));
  }
}

const ENDS = {
  expired: "That page to pay on was open for too long: nothing was charged.",
  failed: "The payment did not go through: nothing was charged.",
  refunded: "That payment was given back, so nothing is ordered.",
  disputed: "That payment was called back, so nothing is ordered.",
};

/** Soon at first; then seldom, for the server asks the provider each time. @returns {number} seconds */
function pause(tries) {
  return tries < 5 ? 3 : tries < 15 ? 6 : 60;
}

function waited(tries) {
  return Array.from({ length: tries }, (_, index) => pause(index)).reduce((sum, one) => sum + one, 0);
}

/** Again, while that may help. @template T @param {() => Promise<T>} work @returns {Promise<T>} */
async function persistently(work, tools) {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      const seconds = patience(error, tries);
      if (seconds === null) throw error;
      tools.say({ step: "again", seconds, words: error.message });
      await tools.wait(seconds);
    }
  }
}
