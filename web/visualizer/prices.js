// A tier, a number of videos and an account's credits go in; what is to be paid comes out in words.

import { missing, price } from "./tiers.js";

/**
 * What is written on the button that orders: what this one click costs.
 * @param {import("./tiers.js").Tier} tier
 * @param {number} count
 * @param {Record<string, number> | null} credits null where there is no account
 */
export function label(tier, count, credits) {
  const what = count === 1 ? "ake video" : `ake ${count} videos`;
  const lacking = missing(tier, count, credits ?? {});
  if (tier.price_cents === 0 || lacking === 0) return `M${what}`;
  const pay = `Pay ${price(tier.price_cents, tier.currency)}`;
  return lacking === 1 ? `${pay} and m${what}` : `${pay}, the first of ${lacking}`;
}

/**
 * What all of them cost, and a remark.
 * @param {import("./tiers.js").Tier} tier
 * @param {number} count
 * @param {Record<string, number> | null} credits null where there is no account
 * @param {boolean} [simulated] whether the page to pay on is Oriel's own
 * @returns {[string, string]}
 */
export function cost(tier, count, credits, simulated = false) {
  if (tier.price_cents === 0) return ["Free", free(tier, count, credits)];
  const one = price(tier.price_cents, tier.currency);
  const lacking = missing(tier, count, credits ?? {});
  if (lacking === 0) return ["Paid already", `${videos(credits[tier.tier] - count, tier.name)} left after this`];
  if (lacking === 1) return [one, `Paid at ${simulated ? "another page" : "Stripe’s page"}; you come back here.`];
  return [price(lacking * tier.price_cents, tier.currency), `${lacking} videos, each paid by itself with ${one}`];
}

function free(tier, count, credits) {
  if (!credits) return `${videos(tier.welcome, "free")} with a new account`;
  const has = credits[tier.tier] ?? 0;
  if (has === 0) return "No free video is left.";
  return has < count ? `${videos(has, "free")} left` : `${videos(has - count, "free")} left after this`;
}

/** "3 free videos", "1 Personal video", "5 videos". @param {number} count @param {string} kind */
export function videos(count, kind) {
  return [count, kind, count === 1 ? "video" : "videos"].filter((word) => word !== "").join(" ");
}
