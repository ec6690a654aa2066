// A tier and an order go in; whether the one includes the other, and what it costs, come out.

import { formatOf } from "./command.js";
import { clock } from "./times.js";

/**
 * @typedef {object} Tier
 * @property {string} tier
 * @property {string} name
 * @property {number} price_cents
 * @property {string} currency
 * @property {number} width of the largest lying picture; a standing one may be as large
 * @property {number} height
 * @property {number} fps
 * @property {number} seconds
 * @property {boolean} watermark
 * @property {string[]} codecs "any" is all of them
 * @property {string} licence
 */

/** @param {Tier} tier @param {[number, number]} size pixels */
export function fits(tier, [width, height]) {
  return Math.max(width, height) <= tier.width && Math.min(width, height) <= tier.height;
}

/** @param {Tier} tier @param {string} codec */
export function takes(tier, codec) {
  return tier.codecs.includes("any") || tier.codecs.includes(codec);
}

/**
 * The tiers to choose from: what is free, what is sold here, and what there is credit of.
 * @param {{tiers: Tier[], payments: string}} shop
 * @param {Record<string, number>} credits
 */
export function offered({ tiers, payments }, credits = {}) {
  return tiers.filter((one) => one.price_cents === 0 || payments !== "off" || credits[one.tier] > 0);
}

/** What an order asks for beyond a tier, in sentences. @param {Tier} tier */
export function beyond(tier, { sizes, fps, format, seconds }) {
  const said = [];
  for (const size of sizes.filter((one) => !fits(tier, one)))
    said.push(`${size.join(" × ")} is larger than ${tier.name} allows: choose a smaller size.`);
  if (Number(fps) > tier.fps) said.push(`${tier.name} has up to ${tier.fps} frames a second: choose fewer.`);
  if (!takes(tier, format)) said.push(`${tier.name} has no ${formatOf(format).name}: choose another format.`);
  if (seconds > tier.seconds)
    said.push(`${tier.name} videos last up to ${clock(tier.seconds)}: choose a part of the song.`);
  return said;
}

/**
 * What a song is beyond every tier, in sentences.
 * @param {{upload_limit_mb: number, song_limit_minutes: number}} shop
 * @param {{blob: Blob, seconds: number}} song
 */
export function beyondAll({ upload_limit_mb: megabytes, song_limit_minutes: minutes }, { blob, seconds }) {
  const said = [];
  if (blob.size > 1e6 * megabytes) said.push(`Songs may have up to ${megabytes} MB here: MP3 or FLAC are smaller.`);
  if (seconds > 60 * minutes)
    said.push(`Songs may last up to ${minutes} ${minutes === 1 ? "minute" : "minutes"} here, and this one lasts ${clock(Math.ceil(seconds))}: choose a shorter one.`);
  return said;
}

/**
 * How many credits an order of so many videos lacks.
 * @param {{tier: string}} order @param {number} count @param {Record<string, number>} credits
 */
export function missing({ tier }, count, credits = {}) {
  return Math.max(0, count - (credits[tier] ?? 0));
}

/** "Free", "$2.99", "€4". @param {number} cents @param {string} currency */
export function price(cents, currency) {
  if (cents === 0) return "Free";
  const style = { style: "currency", currency, minimumFractionDigits: cents % 100 ? 2 : 0 };
  return new Intl.NumberFormat("en", style).format(cents / 100);
}

/** What a tier includes, in a few words. @param {Tier} tier */
export function includes(tier) {
  return [
    `Up to ${tier.width} × ${tier.height}`,
    `${tier.fps} fps`,
    clock(tier.seconds),
    formats(tier),
    tier.watermark ? "with Oriel’s mark" : "no watermark",
    `${tier.licence} licence`,
  ];
}

function formats({ codecs }) {
  if (codecs.includes("any")) return "every format";
  const named = codecs.map((codec) => formatOf(codec).name);
  return named.length > 1 ? named.map((name) => name.split(" · ").at(-1)).join(", ") : named[0].split(" · ")[0];
}
