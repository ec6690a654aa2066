import assert from "node:assert/strict";
import { test } from "node:test";

import { cost, label } from "../../web/visualizer/prices.js";

const FREE = { tier: "free", name: "Free", price_cents: 0, currency: "usd", welcome: 5 };
const BOUGHT = { ...FREE, tier: "personal", name: "Personal", price_cents: 299, welcome: 0 };

test("the button names what its click costs, and the first payment of several makes none yet", () => {
  const labels = [
    label(FREE, 1, null),
    label(FREE, 3, { free: 5 }),
    label(BOUGHT, 1, null),
    label(BOUGHT, 3, { personal: 2 }),
    label(BOUGHT, 3, { personal: 1 }),
    label(BOUGHT, 3, {}),
    label(BOUGHT, 2, { personal: 2 }),
  ];

  assert.deepEqual(labels, [
    "Make video",
    "Make 3 videos",
    "Pay $2.99 and make video",
    "Pay $2.99 and make 3 videos",
    "Pay $2.99, the first of 2",
    "Pay $2.99, the first of 3",
    "Make 2 videos",
  ]);
});

test("a guest is told what a new account brings, and who has one what is left", () => {
  assert.deepEqual(cost(FREE, 1, null), ["Free", "5 free videos with a new account"]);
  assert.deepEqual(cost(FREE, 2, { free: 3 }), ["Free", "1 free video left after this"]);
  assert.deepEqual(cost(FREE, 2, { free: 0 }), ["Free", "No free video is left."]);
  assert.deepEqual(cost(FREE, 2, { free: 1 }), ["Free", "1 free video left"]);
});

test("what is to be paid is told for all and for each", () => {
  assert.deepEqual(cost(BOUGHT, 1, { personal: 2 }), ["Paid already", "1 Personal video left after this"]);
  assert.deepEqual(cost(BOUGHT, 1, {}), ["$2.99", "Paid at Stripe’s page; you come back here."]);
  assert.deepEqual(cost(BOUGHT, 1, {}, true), ["$2.99", "Paid at another page; you come back here."]);
  assert.deepEqual(cost(BOUGHT, 3, null), ["$8.97", "3 videos, each paid by itself with $2.99"]);
});
