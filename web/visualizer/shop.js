// What the service offers, and the order as it stands, go in; a tier to choose and the button that orders, out.

import { createCheckout } from "./checkout.js";
import { formatOf } from "./command.js";
import { make } from "./elements.js";
import { fileSize } from "./estimates.js";
import { dress } from "./icons.js";
import { diff } from "./look.js";
import { estimated } from "./order.js";
import { mountProgress } from "./ordering.js";
import { cost, label, videos } from "./prices.js";
import { beyond, beyondAll, includes, missing, offered, price } from "./tiers.js";
import { duration, exact, roughly } from "./times.js";

/**
 * @param {{get: Function, set: Function, on: Function}} state
 * @param {object} context order, session, store, signIn; gets `checkout`
 * @param {{tiers: object[], payments: string, simulated: boolean}} shop
 */
export function mountShop(state, context, shop) {
  const { order, store } = context;
  const progress = mountProgress({
    onPay: () => context.checkout.goOn(),
    onStop: () => context.checkout.stop(),
    onGiveUp: () => context.checkout.end(),
    onBusy: show,
  });
  const cards = make("div", { class: "tiers", role: "radiogroup", aria: { label: "What to order" } });
  const wrong = make("ul", { class: "order-problems", role: "status" });
  const button = dress(make("button", { type: "button", class: "primary order-button", onClick: go }), "video", "Make video", { seen: true });
  const pretend = make("p", { class: "hint" }, "This Oriel only pretends to sell: no money moves.");
  pretend.hidden = !shop.simulated;
  let chosen = shop.tiers[0];

  context.checkout = createCheckout(state, context, progress.say);
  order.fields.element.before(cards);
  order.own.before(wrong, button, pretend, progress.element);
  fold(order.own);
  order.told = told;

  const credits = () => state.get("account")?.credits ?? null;

  function showTiers() {
    const all = offered(shop, credits() ?? {});
    chosen = all.find((one) => one.tier === store.get("tier")) ?? all[0];
    cards.replaceChildren(...all.map((tier) => card(tier, tier === chosen, credits(), choose)));
    cards.hidden = all.length < 2;
    order.fields.limit(chosen);
    show();
  }

  function choose(tier) {
    chosen = tier;
    store.set("tier", tier.tier);
    order.fields.limit(tier);
    order.show();
    show();
  }

  /** The part of the song, in seconds, and all else that a tier may limit. */
  function ordered() {
    const now = order.now();
    return now && { ...now, seconds: estimated(now, state).length };
  }

  function problems(now) {
    if (!now) return ["Choose a song first."];
    if (now.wrong) return [now.wrong];
    const said = [...beyondAll(shop, state.get("song")), ...beyond(chosen, now)];
    const lacking = credits() && missing(chosen, now.sizes.length, credits());
    if (lacking && chosen.price_cents === 0)
      said.push(`You have ${videos(credits()[chosen.tier] ?? 0, "free")} left: choose fewer, or another tier.`);
    if (lacking && chosen.price_cents > 0 && shop.payments === "off")
      said.push(`You have ${videos(credits()[chosen.tier] ?? 0, chosen.name)} left, and nothing is sold here.`);
    return said;
  }

  function show() {
    const now = ordered();
    const said = problems(now);
    wrong.replaceChildren(...said.map((words) => make("li", {}, words)));
    wrong.hidden = said.length === 0;
    button.disabled = said.length > 0 || progress.busy();
    button.querySelector("span").textContent = label(chosen, now?.sizes.length ?? 1, credits());
    button.title = "";
  }

  /** Exactly what will be made, and what it costs: [name, value, remark]. */
  function told(now) {
    const each = now.sizes.map(([width, height]) => estimated({ ...now, width, height }, state));
    const sum = (of) => each.reduce((total, one) => total + of(one), 0);
    const format = formatOf(now.format);
    return [
      ["Video", `${now.sizes.map((size) => size.join(" × ")).join(", ")}`, `${now.fps} fps, ${format.name.replace("WebM", "MP4")}, ${chosen.watermark ? "with Oriel’s mark in a corner" : "no watermark"}`],
      ["Length", `${duration(each[0].length)}, ${each[0].frames.toLocaleString("en-GB")} frames`],
      ["File", `about ${fileSize(sum((one) => one.bytes))}`, "Dense or grainy looks: up to three times that."],
      ["Takes", roughly(sum((one) => one.seconds)), "Once it is begun, on two processor cores."],
      ["Licence", chosen.licence === "personal" ? "For your own channels" : "Commercial use too"],
      ["Price", ...cost(chosen, now.sizes.length, credits(), shop.simulated)],
    ];
  }

  async function go() {
    const now = ordered();
    const song = state.get("song");
    if (!now || problems(now).length > 0 || progress.busy()) return;
    await context.checkout.begin(pendingOf(now, state, context, chosen), asFile(song));
  }

  state.on("account", () => (showTiers(), order.show()));
  state.on(["song", "aspect", "loop", "look"], show);
  state.on("song", () => {
    if (state.get("song")) context.checkout.choose(asFile(state.get("song")));
  });
  order.place.addEventListener("input", show);
  order.place.addEventListener("change", show);
  showTiers();
  order.show();
}

/** An order as the server's form takes it, with a key by which it is made once. */
function pendingOf(now, state, { catalog }, tier) {
  const part = { ...(now.start && { start: exact(now.start) }), ...(now.end != null && { end: exact(now.end) }) };
  return {
    key: crypto.getRandomValues(new Uint32Array(4)).join("-"),
    tier: tier.tier,
    count: now.sizes.length,
    aspect: state.get("aspect"),
    song: { name: now.song },
    fields: {
      tier: tier.tier,
      look: JSON.stringify(diff(state.get("look"), catalog.schema)),
      size: now.sizes.map((size) => size.join("x")),
      fps: now.fps,
      codec: now.format,
      quality: now.quality,
      ...part,
    },
  };
}

function asFile({ blob, file }) {
  return blob instanceof File ? blob : new File([blob], file, { type: blob.type });
}

function card(tier, checked, credits, onChoose) {
  const radio = make("input", { type: "radio", name: "tier", value: tier.tier, checked, onChange: () => onChoose(tier) });
  return make(
    "label",
    { class: "tier" },
    radio,
    make("span", { class: "tier-name" }, tier.name),
    make("span", { class: "tier-price" }, costOf(tier, credits)),
    make("span", { class: "tier-about" }, includes(tier).join(" · ")),
  );
}

/** The price, or how many videos there are that need not be paid. */
function costOf(tier, credits) {
  const left = credits?.[tier.tier] ?? 0;
  if (tier.price_cents === 0) return videos(credits ? left : tier.welcome, "");
  return left > 0 ? `${left} paid` : price(tier.price_cents, tier.currency);
}

/** The command stays, for those who render themselves, but out of the way. */
function fold(own) {
  const summary = make("summary", {}, "Make it on your own computer");
  const details = make("details", { class: "order-fold" }, summary);
  own.before(details);
  details.append(own);
}
