import assert from "node:assert/strict";
import { test } from "node:test";

import { unreached } from "../../web/visualizer/ask.js";
import { createCheckout } from "../../web/visualizer/checkout.js";
import { ordered } from "../../web/visualizer/ordering.js";
import { createState } from "../../web/visualizer/state.js";

const FIELDS = { tier: "personal", size: ["1920x1080"], fps: "30", codec: "h264", quality: "standard" };

/** A page whose browser keeps an order, or none; `ask` answers for the server. */
function page(order, ask = async () => ({ status: "open" })) {
  const kept = new Map([["order", order]]);
  const said = [];
  const state = createState({ notice: null, aspect: "16:9", song: { name: "song" } });
  const context = {
    store: { get: (key) => kept.get(key), set: (key, value) => kept.set(key, value) },
    session: { look: async () => ({ id: "U", credits: { personal: 1 } }), ask },
    panel: { show: () => {} },
    renders: { look: async () => void said.push("looked for videos") },
  };
  return { kept, said, state, checkout: createCheckout(state, context, (step) => said.push(step)) };
}

test("an order that waits says what it is of, whatever is chosen by then", () => {
  assert.equal(
    ordered(FIELDS),
    "This order: 1920 × 1080, 30 fps, MP4 · H.264, standard quality, the whole song.",
  );
  assert.equal(
    ordered({ ...FIELDS, size: ["1920x1080", "1080x1080"], codec: "hevc", start: "30", end: "60.5" }),
    "This order: 1920 × 1080 and 1080 × 1080, 30 fps, MP4 · HEVC, standard quality, the song from 0:30 to 1:00.5.",
  );
  assert.match(ordered({ ...FIELDS, start: "30" }), /the song from 0:30 to its end/);
});

test("an order that another tab ended is not gone on with, and the next one can be given", async () => {
  const { said, checkout } = page(null);

  await checkout.goOn();

  assert.deepEqual(said, [{ step: "none" }]);
});

test("who stops waiting for a payment is told where its credit will be", async () => {
  const payment = { id: "P", url: "/pay", done: true };
  const pending = { key: "k", tier: "personal", count: 1, aspect: "16:9", song: {}, fields: FIELDS, user: "U", payment };
  const { kept, said, state, checkout } = page(pending);

  const resumed = checkout.resume({ payment: "P" });
  while (said.at(-1)?.step !== "confirming") await new Promise((resolve) => setTimeout(resolve));
  checkout.stop();
  await resumed;

  assert.equal(kept.get("order"), null);
  assert.deepEqual(said.at(-1), { step: "none" });
  assert.match(state.get("notice").text, /its credit will be in your account/);
});

test("who stops before the song is sent has ordered nothing", async () => {
  const asked = [];
  const pending = { key: "k", tier: "personal", count: 1, song: { sha256: "ab" }, fields: FIELDS, user: "U" };
  const { kept, said, checkout } = page(pending, async (...words) => asked.push(words));

  const going = checkout.goOn();
  checkout.stop();
  await going;

  assert.deepEqual(asked, []);
  assert.equal(kept.get("order"), null);
  assert.deepEqual(said, [{ step: "none" }]);
});

test("who stops while it is tried again sees the video, should the first try have arrived", async () => {
  const pending = { key: "k", tier: "personal", count: 1, song: { sha256: "ab" }, fields: FIELDS, user: "U", sent: true };
  const { said, checkout } = page(pending, () => Promise.reject(unreached()));

  const going = checkout.goOn();
  while (said.at(-1)?.step !== "again") await new Promise((resolve) => setTimeout(resolve));
  checkout.stop();
  await going;

  assert.deepEqual(said.slice(-2), [{ step: "none" }, "looked for videos"]);
});
