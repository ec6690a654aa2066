// How far an order is goes in; a bar, a sentence and the buttons that are of use then, come out.

import { formatOf } from "./command.js";
import { make } from "./elements.js";
import { precise } from "./part.js";

const STEPS = {
  reading: () => "Reading the song…",
  ordering: () => "Ordering…",
  sending: ({ share }) => (share < 1 ? `Sending the song, ${Math.floor(100 * share)} %` : "The song is there: ordering…"),
  paying: () => "Opening the page to pay on…",
  confirming: ({ seconds }) =>
    seconds < 6
      ? "Looking for your payment…"
      : "The payment is not confirmed yet. That can take minutes: the order goes on by itself, also if you close this page and come back.",
  again: ({ words, seconds }) => `${words} Trying again in ${Math.ceil(seconds)} seconds.`,
  unpaid: ({ words }) => words,
  failed: ({ words }) => words,
};
const RESTING = new Set(["none", "unpaid", "failed"]);

/**
 * @param {{onPay: Function, onStop: Function, onGiveUp: Function, onBusy: Function}} on
 * @returns {{element: HTMLElement, say: (step: object) => void, busy: () => boolean}}
 */
export function mountProgress({ onPay, onStop, onGiveUp, onBusy }) {
  let now = { step: "none" };
  const bar = make("progress", { max: 1, aria: { label: "Sending the song" } });
  const words = make("p", { role: "status" });
  const which = make("p", { class: "hint" });
  const pay = press("primary", onPay);
  const stop = press("secondary", onStop, "Stop");
  const giveUp = press("secondary", onGiveUp, "Give the order up");
  const buttons = make("div", { class: "block-row" }, pay, stop, giveUp);
  const element = make("div", { class: "ordering" }, words, which, bar, buttons);

  function say(step) {
    now = step;
    const { step: name } = step;
    element.hidden = name === "none";
    element.dataset.step = name;
    // Each percent read out would drown everything else.
    words.setAttribute("aria-live", name === "sending" ? "off" : "polite");
    words.textContent = STEPS[name]?.(step) ?? "";
    which.textContent = step.pending ? ordered(step.pending.fields) : "";
    which.hidden = !step.pending;
    bar.hidden = RESTING.has(name);
    if (name === "sending" && step.share < 1) bar.value = step.share;
    else bar.removeAttribute("value");
    pay.hidden = giveUp.hidden = !step.pending;
    pay.textContent = name === "unpaid" ? "Go on and pay" : "Try again";
    stop.hidden = RESTING.has(name) || name === "paying" || arrived(step);
    onBusy();
  }

  element.hidden = true;
  return { element, say, busy: () => now.step !== "none" };
}

/** Whether all of an order is at the server, which makes it: there is a way to stop the video then. */
function arrived({ step, share }) {
  return step === "ordering" || (step === "sending" && share === 1);
}

/**
 * What an order that waits is of: what is chosen on the page may be something else by then.
 * @param {Record<string, any>} fields of its form
 */
export function ordered({ size, fps, codec, quality, start, end }) {
  const sizes = size.map((one) => one.replace("x", " × ")).join(" and ");
  const part = `${precise(Number(start ?? 0))} to ${end === undefined ? "its end" : precise(Number(end))}`;
  const song = start === undefined && end === undefined ? "the whole song" : `the song from ${part}`;
  return `This order: ${sizes}, ${fps} fps, ${formatOf(codec).name}, ${quality} quality, ${song}.`;
}

function press(look, onClick, words = "") {
  return make("button", { type: "button", class: look, onClick }, words);
}
