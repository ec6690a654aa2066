// A render as the server tells of it goes in; what is said of it, in words, comes out.

import { isolated } from "./isolated.js";
import { roughly } from "./times.js";

export const ENDED = new Set(["done", "failed", "cancelled"]);
const BEGUN = new Set(["drawing", "finishing"]); // from then on no credit comes back

const STAGES = {
  queued: "Waiting for its turn",
  preparing: "Listening to the song",
  drawing: "Drawing",
  finishing: "Putting it together",
  done: "Ready",
  failed: "It could not be made",
  cancelled: "It was stopped",
};

/** "Drawing", "Ready" and so on. @param {{status: string}} render */
export function stage({ status }) {
  return STAGES[status] ?? status;
}

/**
 * What is known beside the stage: place in the queue, speed and time left, or what came of it.
 * @param {object} render as /api/jobs/ID/status tells
 * @returns {string}
 */
export function details(render) {
  return (ABOUT[render.status] ?? (() => ""))(render);
}

const CREDITS = {
  returned: "Your credit is back.",
  refunded: "Its payment was refunded.",
  spent: "Its drawing had begun, so its credit is spent.",
};

const ABOUT = {
  queued: ({ queue_position: place }) => (place > 1 ? `${place - 1} before it` : place === 1 ? "next" : ""),
  drawing: ({ frames_per_second: fps, seconds_left: left }) =>
    [fps && `${Math.round(fps)} frames/s`, left !== null && `${roughly(left)} left`].filter(Boolean).join(" · "),
  failed: ({ error, credit }) => [sentence(error?.message ?? "Something failed here."), CREDITS[credit]].filter(Boolean).join(" "),
  cancelled: ({ credit }) => CREDITS[credit] ?? "It cost no credit.",
};

/** What is written on the button that stops a render, as on its own page: what the click costs. @param {{status: string}} render */
export function cancelling({ status }) {
  return `Stop it${BEGUN.has(status) ? "; its credit is spent" : " and give the credit back"}`;
}

/** What a render is called: its song, and how large the picture is. @param {object} render */
export function title({ song, width, height }) {
  const name = song?.title || (song?.name ?? "Your song").replace(/\.[^.]{1,5}$/, "");
  return `${isolated(name)}, ${width} × ${height}`;
}

/** The newer of two states of one render. */
export function newer(known, told) {
  return known && known.version > told.version ? known : told;
}

/**
 * Of an account's renders those to show: under way, or ended since somebody last looked.
 * @param {object[]} renders newest first
 * @param {string[]} followed identifiers of those that were seen under way in this browser
 */
export function shown(renders, followed) {
  return renders.filter((one) => !ENDED.has(one.status) || followed.includes(one.id));
}

function sentence(text) {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
