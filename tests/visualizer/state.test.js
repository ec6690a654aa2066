import assert from "node:assert/strict";
import { test } from "node:test";

import { createState } from "../../web/visualizer/state.js";
import { createStore } from "../../web/visualizer/store.js";

test("a listener is called once for each change of what it listens to", () => {
  const state = createState({ a: 1, b: 2, c: 3 });
  const heard = [];
  state.on(["a", "b"], (changed) => heard.push([...changed]));

  state.set({ a: 10, b: 20, c: 30 });
  state.set({ c: 31 });
  state.set({ a: 10 });

  assert.deepEqual(heard, [["a", "b", "c"]]);
  assert.equal(state.get("c"), 31);
});

test("who stops listening hears no more", () => {
  const state = createState({ a: 1 });
  let calls = 0;
  const off = state.on("a", () => (calls += 1));

  off();
  state.set({ a: 2 });

  assert.equal(calls, 0);
});

test("a store keeps values between visits", () => {
  const kept = new Map();
  const storage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, text) => kept.set(key, text), removeItem: (key) => kept.delete(key) };
  createStore(storage).set("theme", "light");

  assert.equal(createStore(storage).get("theme"), "light");
  assert.equal(createStore(storage).get("locks", "none"), "none");
});

test("where a browser keeps nothing, the page still remembers while it is open", () => {
  const full = { getItem: () => null, setItem: () => { throw new Error("full"); }, removeItem: () => {} };
  for (const storage of [full, null]) {
    const store = createStore(storage);

    assert.equal(store.set("theme", "light"), false);
    assert.equal(store.get("theme"), "light");
  }
});

test("what another hand spoilt is as if it were not there", () => {
  const spoilt = { getItem: () => "{not json" };

  assert.equal(createStore(spoilt).get("theme", "dark"), "dark");
});
