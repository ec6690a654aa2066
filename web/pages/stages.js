/** A render's state in, the words for it out. */

const WORDS = {
  queued: "Waiting for its turn",
  preparing: "Listening to the song",
  drawing: "Drawing",
  finishing: "Putting it together",
};

/** @param {{status: string}} state @returns {string} what is done now */
export function words(state) {
  return WORDS[state.status] ?? state.status;
}

/** @param {object} state @returns {string} how quick it is, and how long it takes yet */
export function facts(state) {
  if (state.status === "queued") {
    return state.queue_position ? `Number ${state.queue_position} in the queue` : "";
  }
  if (state.status !== "drawing") return "";
  const speed = state.frames_per_second >= 1 ? `${Math.round(state.frames_per_second)} frames/s` : "";
  const left = state.seconds_left ? `${long(state.seconds_left)} left` : "";
  return [`${state.frames_done} of ${state.frames} frames`, speed, left].filter(Boolean).join(" · ");
}

function long(seconds) {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
  return `${Math.round(seconds / 60)} min`;
}
