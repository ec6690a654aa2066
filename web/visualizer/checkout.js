// An order goes in; carried through signing in, paying and sending, over reloads too, renders come out.

import { sha256 } from "./hash.js";
import { make, settled } from "./making.js";
import { forgetSong, keepSong, keptSong } from "./shelf.js";
import { missing } from "./tiers.js";
import { upload } from "./upload.js";

const STAYS = "It takes a minute; your song and your look stay as they are.";
const PAID_LATER =
  "The order is forgotten. If its payment is confirmed, its credit will be in your account: order again then.";
const KEPT = "order"; // where the browser keeps the order that is under way

/** What went wrong with the song's file, in a sentence. */
class BadFile extends Error {}

/**
 * @param {{get: Function, set: Function}} state
 * @param {object} context session, store, signIn, songs, renders
 * @param {(step: object) => void} say how far it is
 */
export function createCheckout(state, context, say) {
  const { session, store } = context;
  let file = null; // the song's; after a reload, from this browser's shelf
  let stop = new AbortController();

  const tools = {
    say,
    save: (pending) => store.set(KEPT, pending),
    ...heeding(() => stop.signal, {
      wait: (seconds) => pause(1000 * seconds, stop.signal),
      account: async () => (await session.look()) ?? context.signIn(STAYS, store.get("member") ? "login" : "register"),
      hash: () => sha256(needed(file)).catch((error) => unreadable(error)),
      known: async (hash) => (await session.ask("GET", `/api/user/songs?sha256=${hash}`)).kept,
      begin: (tier, key) =>
        session.ask("POST", "/api/payments/create-session", { tier, back: "studio", idempotency_key: key }),
      payment: (id) => session.ask("GET", `/api/payments/${id}`),
      leave: (url) => location.assign(url),
      submit: (pending, withSong, onShare) =>
        upload("/api/jobs/submit", form(pending, withSong ? needed(file) : null), {
          key: pending.key,
          signal: stop.signal,
          onShare,
        }),
    }),
  };

  /** @param {import("./making.js").Pending} pending @param {File} song */
  async function begin(pending, song) {
    stop = new AbortController();
    store.set(KEPT, pending);
    say({ step: "reading" });
    await keepSong(song);
    file = (await keptSong()) ?? song; // a copy that is there even where the file on the disk changes
    await run(pending);
  }

  async function run(pending) {
    try {
      const made = await make(pending, tools);
      if (made === "guest") return end();
      return made === "paying" ? undefined : done(made.renders);
    } catch (error) {
      return failed(error, pending);
    }
  }

  async function done(renders) {
    end();
    await context.renders.begin(renders);
  }

  function end() {
    store.set(KEPT, null);
    forgetSong();
    file = null;
    say({ step: "none" });
  }

  /** Money that is on its way arrives all the same; so may an order whose answer was lost. */
  function stopped({ payment, sent }) {
    end();
    if (sent) context.renders.look().catch(() => {}); // said when something is asked for
    if (payment) state.set({ notice: { kind: "info", text: PAID_LATER, lasting: true } });
  }

  function failed(error, pending) {
    if (stop.signal.aborted) return stopped(pending);
    if (!error.code && !(error instanceof BadFile)) console.error(error);
    const details = Object.values(error.details ?? {}).filter((one) => typeof one === "string");
    const words = error.code === "invalid" && details.length ? `${error.message} ${details.join("; ")}.` : error.message;
    return say({ step: "failed", words, pending });
  }

  /** What was under way when the page was left: paid meanwhile, or not. */
  async function resume({ payment = null, left = false } = {}) {
    const pending = store.get(KEPT);
    if (!pending) return payment && mention(payment);
    if (!pending.user) return end(); // it never got further than the question who orders
    if (pending.payment && payment && !left) pending.payment.done = true; // as far as anybody knows
    store.set(KEPT, pending);
    file ??= await keptSong();
    await restore(pending);
    stop = new AbortController();
    try {
      if (!(await tools.account())) return say({ step: "failed", words: "Sign in, and your order goes on.", pending });
      if (pending.payment) {
        const why = await settled(pending, tools, { left: !pending.payment.done });
        if (why) return say({ step: "unpaid", words: why, pending });
        const { credits } = await session.look();
        const lacking = missing(pending, pending.count, credits);
        if (lacking > 0) return say({ step: "unpaid", words: bought(pending.count, lacking), pending });
      }
      return await run(pending);
    } catch (error) {
      return failed(error, pending);
    }
  }

  /** The page as it was when the order was given. */
  async function restore(pending) {
    context.panel.show("Video");
    state.set({ aspect: pending.aspect });
    if (file && !state.get("song")) await context.songs.open(file, { play: false });
  }

  /** A payment without an order of this browser: it can have been begun elsewhere. */
  async function mention(id) {
    const { status } = await session.ask("GET", `/api/payments/${id}`).catch(() => ({}));
    await session.look();
    if (status === "paid") state.set({ notice: { kind: "info", text: "It is paid: the video can be made whenever you like." } });
  }

  /** A song for an order whose own this browser did not keep. @param {File} song */
  function choose(song) {
    const pending = store.get(KEPT);
    if (!pending || file) return;
    file = song;
    store.set(KEPT, { ...pending, song: { name: song.name } });
  }

  /** What is kept, unless another tab has made it or given it up meanwhile. */
  function goOn() {
    stop = new AbortController();
    const pending = store.get(KEPT);
    return pending ? run(pending) : end();
  }

  return { begin, goOn, resume, choose, end, stop: () => stop.abort(new Error("stopped")) };
}

/** The same, of which nothing begins once it is to stop. */
function heeding(signal, tools) {
  const guarded = (work) => (...given) => {
    signal().throwIfAborted();
    return work(...given);
  };
  return Object.fromEntries(Object.entries(tools).map(([name, work]) => [name, guarded(work)]));
}

function bought(count, lacking) {
  return `Paid: ${count - lacking} of ${count} videos. Each is paid by itself, so ${lacking} more.`;
}

function needed(file) {
  if (file) return file;
  throw new BadFile("This browser did not keep the song: choose it once more, then go on.");
}

function unreadable(error) {
  if (error instanceof BadFile) throw error;
  throw new BadFile("The song’s file cannot be read any more: choose it once more, then go on.");
}

function form({ fields, song }, file) {
  const made = new FormData();
  for (const [name, value] of Object.entries(fields)) for (const one of [value].flat()) made.append(name, one);
  if (file) made.append("song", file, song.name);
  else made.append("song_hash", song.sha256);
  return made;
}

function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => (clearTimeout(timer), reject(signal.reason)));
  });
}
