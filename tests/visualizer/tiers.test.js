import assert from "node:assert/strict";
import { test } from "node:test";

import { beyond, beyondAll, fits, includes, missing, offered, price, takes } from "../../web/visualizer/tiers.js";

const FREE = {
  tier: "free",
  name: "Free",
  price_cents: 0,
  currency: "usd",
  width: 1280,
  height: 720,
  fps: 30,
  seconds: 180,
  watermark: true,
  codecs: ["h264"],
  licence: "personal",
};
const BOUGHT = { ...FREE, tier: "premium", name: "Premium", price_cents: 1999, codecs: ["any"], watermark: false };
const ORDER = { sizes: [[1280, 720]], fps: "30", format: "h264", seconds: 60 };

test("a standing picture may be as large as a lying one", () => {
  const sizes = [[1280, 720], [720, 1280], [720, 720], [864, 1080], [1280, 722]];

  assert.deepEqual(sizes.map((size) => fits(FREE, size)), [true, true, true, false, false]);
});

test("what an order asks for beyond a tier is said for each thing", () => {
  assert.deepEqual(beyond(FREE, ORDER), []);

  const said = beyond(FREE, { sizes: [[1920, 1080], [720, 720]], fps: "60", format: "prores", seconds: 181 });

  assert.deepEqual(said, [
    "1920 × 1080 is larger than Free allows: choose a smaller size.",
    "Free has up to 30 frames a second: choose fewer.",
    "Free has no MOV · ProRes 422: choose another format.",
    "Free videos last up to 3:00: choose a part of the song.",
  ]);
});

test("a song that no tier takes is told of before it is sent", () => {
  const shop = { upload_limit_mb: 100, song_limit_minutes: 20 };

  assert.deepEqual(beyondAll(shop, { blob: { size: 100e6 }, seconds: 1200 }), []);
  assert.deepEqual(beyondAll(shop, { blob: { size: 100e6 + 1 }, seconds: 1265 }), [
    "Songs may have up to 100 MB here: MP3 or FLAC are smaller.",
    "Songs may last up to 20 minutes here, and this one lasts 21:05: choose a shorter one.",
  ]);
});

test("any codec is every codec", () => {
  assert.ok(takes(BOUGHT, "av1"));
  assert.ok(!takes(FREE, "av1"));
});

test("where nothing is sold there is what is free, and what somebody has credit of", () => {
  const tiers = [FREE, BOUGHT];
  const names = (...given) => offered(...given).map(({ tier }) => tier);

  assert.deepEqual(names({ tiers, payments: "off" }), ["free"]);
  assert.deepEqual(names({ tiers, payments: "off" }, { premium: 1 }), ["free", "premium"]);
  assert.deepEqual(names({ tiers, payments: "stripe" }), ["free", "premium"]);
});

test("each video takes a credit", () => {
  assert.deepEqual([missing(FREE, 3, { free: 5 }), missing(FREE, 3, { free: 1 }), missing(BOUGHT, 2)], [0, 2, 2]);
});

test("prices are written as people write them", () => {
  assert.deepEqual([price(0, "usd"), price(299, "usd"), price(400, "eur")], ["Free", "$2.99", "€4"]);
});

test("what a tier includes is told whole", () => {
  assert.deepEqual(includes(FREE), ["Up to 1280 × 720", "30 fps", "3:00", "MP4", "with Oriel’s mark", "personal licence"]);
  assert.equal(includes({ ...FREE, codecs: ["h264", "prores"] })[3], "H.264, ProRes 422");
});
