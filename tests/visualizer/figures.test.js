import assert from "node:assert/strict";
import { test } from "node:test";

import { bands, compact, dated, exact, lonely, stacked, whole } from "../../web/pages/figures.js";

const bars = (name, values) => ({ name, values, shape: "bars", whole: "sum" });
const line = (name, values) => ({ name, values, shape: "line", whole: "last" });

test("bars stand on those before them, the highest is drawn first, and lines come last", () => {
  const told = stacked([line("ordered", [9, 9]), bars("done", [1, 2]), bars("failed", [3, null])]);

  assert.deepEqual(
    told.map((one) => [one.series.name, one.values]),
    [
      ["failed", [4, 2]],
      ["done", [1, 2]],
      ["ordered", [9, 9]],
    ],
  );
});

test("one number is made of all days as its series says", () => {
  assert.equal(whole(bars("done", [1, null, 2])), 3);
  assert.equal(whole({ ...bars("queue", [1, 5, 2]), whole: "most" }), 5);
  assert.equal(whole(line("speed", [1, 4, null])), 4);
  assert.equal(whole(line("speed", [null, null])), null);
});

test("charts of the same name are together", () => {
  const all = [{ name: "revenue", unit: "EUR" }, { name: "users" }, { name: "revenue", unit: "USD" }];

  assert.deepEqual(
    bands(all).map((one) => [one.name, one.charts.length]),
    [
      ["revenue", 2],
      ["users", 1],
    ],
  );
});

test("numbers are written with their unit, and what is not known as a dash", () => {
  assert.equal(exact(1234.5, "USD"), "$1,234.50");
  assert.equal(exact(10, "CHF"), "10.00 CHF");
  assert.equal(exact(12.34, "frames/s"), "12.3 frames/s");
  assert.equal(exact(0.0272, "GB"), "0.03 GB");
  assert.equal(exact(1234, ""), "1,234");
  assert.equal(exact(null, "GB"), "–");
  assert.equal(compact(12345), "12.3K");
  assert.deepEqual([0, 0.05, 0.1].map(compact), ["0", "0.05", "0.1"]);
  assert.deepEqual([0.005, 0.01].map(compact), ["0.005", "0.01"]);
});

test("days are UTC's, wherever the browser is", () => {
  assert.equal(dated(Date.parse("2026-11-26") / 1000), "26 Nov");
  assert.equal(dated(Date.parse("2026-11-26T23:59:59Z") / 1000, true), "Thu 26 Nov");
});

test("a value beside which nothing is known stands alone", () => {
  assert.deepEqual(lonely([null, 4, null, 1, 2, null, 0]), [1, 6]);
  assert.deepEqual(lonely([3]), [0]);
  assert.deepEqual(lonely([null, null]), []);
});
