import assert from "node:assert/strict";
import { test } from "node:test";

import { Refused } from "../../web/visualizer/ask.js";
import { make, settled } from "../../web/visualizer/making.js";

const RENDERS = [{ id: "R" }];
const HASH = "ab".repeat(32);

/** An order of one free video, as the page begins it. */
function ordered(changes = {}) {
  return { key: "k", tier: "free", count: 1, song: { name: "song.wav" }, fields: {}, ...changes };
}

/** A page for which all goes well, but for what is given; `said` and `sent` tell what it did. */
function page(given = {}) {
  const said = [];
  const sent = [];
  const tools = {
    said,
    sent,
    say: ({ step }) => said.push(step),
    save: () => {},
    wait: async (seconds) => void said.push(`${seconds} s`),
    account: async () => ({ id: "U", credits: { free: 5 } }),
    hash: async () => HASH,
    known: async () => false,
    begin: async () => ({ id: "P", url: "/pay" }),
    payment: async () => ({ status: "paid" }),
    leave: (url) => said.push(url),
    ...given,
    submit: async (pending, withSong, onShare) => {
      sent.push({ key: pending.key, withSong });
      return (given.submit ?? (async () => ({ renders: RENDERS })))(sent.length, onShare);
    },
  };
  return tools;
}

function broken(status = 0, wait = 0) {
  return new Refused({ code: "broken", message: "It broke." }, status, wait);
}

test("a song that the server does not know is sent with the order", async () => {
  const tools = page();

  const made = await make(ordered(), tools);

  assert.deepEqual(made, { renders: RENDERS });
  assert.deepEqual(tools.sent, [{ key: "k", withSong: true }]);
  assert.deepEqual(tools.said, ["reading", "sending"]);
});

test("a song that it knows is not", async () => {
  const tools = page({ known: async (hash) => hash === HASH });

  await make(ordered(), tools);

  assert.deepEqual(tools.sent, [{ key: "k", withSong: false }]);
});

test("where the browser computes no hash the song is sent", async () => {
  const tools = page({ hash: async () => null, known: () => assert.fail("asked for no hash") });

  await make(ordered(), tools);

  assert.deepEqual(tools.sent, [{ key: "k", withSong: true }]);
});

test("a guest who does not sign in orders nothing", async () => {
  const tools = page({ account: async () => null });

  assert.equal(await make(ordered(), tools), "guest");
  assert.deepEqual(tools.sent, []);
});

test("a connection that breaks is tried again with the same key, ever more slowly", async () => {
  const tools = page({
    submit: async (tries) => {
      if (tries < 4) throw broken();
      return { renders: RENDERS };
    },
  });

  await make(ordered(), tools);

  assert.deepEqual(new Set(tools.sent.map(({ key }) => key)), new Set(["k"]));
  assert.deepEqual(
    tools.said.filter((one) => / s$/.test(one)),
    ["1 s", "2 s", "4 s"],
  );
});

test("a server that asks for patience is given it", async () => {
  const tools = page({
    submit: async (tries) => {
      if (tries === 1) throw broken(503, 17);
      return { renders: RENDERS };
    },
  });

  await make(ordered(), tools);

  assert.ok(tools.said.includes("17 s"));
});

test("what is refused is not tried again", async () => {
  const tools = page({
    submit: async () => {
      throw broken(415);
    },
  });

  await assert.rejects(make(ordered(), tools), { status: 415 });
  assert.equal(tools.sent.length, 1);
});

test("without a credit the page to pay on is opened, and nothing is sent", async () => {
  const tools = page();
  const pending = ordered({ tier: "premium" });

  assert.equal(await make(pending, tools), "paying");

  assert.deepEqual(tools.sent, []);
  assert.equal(tools.said.at(-1), "/pay");
  assert.deepEqual(pending.payment, { id: "P", url: "/pay" });
});

test("a payment that was begun is gone on with: there is never a second one", async () => {
  const tools = page({ begin: () => assert.fail("begun twice") });
  const pending = ordered({ tier: "premium", user: "U", payment: { id: "Q", url: "/before" } });

  await make(pending, tools);

  assert.equal(tools.said.at(-1), "/before");
});

test("a payment whose answer was lost is asked for with the same key; one after it has another", async () => {
  const keys = [];
  const tools = page({
    begin: async (tier, key) => {
      keys.push(key);
      if (keys.length === 1) throw broken();
      return { id: "P", url: "/pay" };
    },
    payment: async () => ({ status: "expired" }),
  });
  const pending = ordered({ tier: "premium" });

  await make(pending, tools);
  await settled(pending, tools);
  await make(pending, tools);

  const [lost, again, next] = keys;
  assert.equal(again, lost);
  assert.notEqual(next, lost);
});

test("somebody else's payment is not", async () => {
  const tools = page();
  const pending = ordered({ tier: "premium", user: "V", payment: { id: "Q", url: "/before" } });

  await make(pending, tools);

  assert.equal(tools.said.at(-1), "/pay");
});

test("an order that may have arrived is asked for again before anything is paid", async () => {
  const tools = page();
  const pending = ordered({ tier: "premium", user: "U", sent: true });

  assert.deepEqual(await make(pending, tools), { renders: RENDERS });
});

test("one that never arrived is paid then", async () => {
  const tools = page({
    submit: async () => {
      throw new Refused({ code: "no_credit", message: "There is none." }, 402);
    },
  });
  const pending = ordered({ tier: "premium", user: "U", sent: true });

  assert.equal(await make(pending, tools), "paying");
});

test("a payment that is confirmed late is waited for, and said to be", async () => {
  const states = ["created", "created", "paid"];
  const tools = page({ payment: async () => ({ status: states.shift() }) });
  const pending = ordered({ payment: { id: "P", url: "/pay" } });

  assert.equal(await settled(pending, tools), null);

  assert.deepEqual(tools.said, ["confirming", "3 s", "confirming", "3 s"]);
  assert.equal(pending.payment, null);
});

test("a payment that was left is not waited for, and stays to be gone on with", async () => {
  const tools = page({ payment: async () => ({ status: "created" }) });
  const pending = ordered({ payment: { id: "P", url: "/pay" } });

  assert.match(await settled(pending, tools, { left: true }), /nothing was charged/);

  assert.deepEqual(pending.payment, { id: "P", url: "/pay" });
});

for (const status of ["failed", "expired", "refunded", "disputed"]) {
  test(`a payment that is ${status} is over, and another can be begun`, async () => {
    const tools = page({ payment: async () => ({ status }) });
    const pending = ordered({ payment: { id: "P", url: "/pay" } });

    assert.ok(await settled(pending, tools));

    assert.equal(pending.payment, null);
  });
}
