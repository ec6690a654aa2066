/** A render's identifier in; each state that it comes to, out, until it has ended. */

const AGAIN = 3000; // milliseconds between two questions, where no events come
const ENDED = ["done", "failed", "cancelled"];

/**
 * Follows a render by server-sent events; where they cannot be had, by asking now and then.
 *
 * @param {string} id
 * @param {(state: object) => void} show gets what /api/jobs/ID/status tells
 * @param {{events?: boolean}} [how] without events it asks: browsers keep few connections to a server
 * @returns {() => void} stops
 */
export function follow(id, show, { events = true } = {}) {
  let over = false;
  let source = null;
  let timer = 0;

  function told(state) {
    if (over) return;
    show(state);
    if (ENDED.includes(state.status)) stop();
  }

  function listen() {
    source = new EventSource(`/api/jobs/${id}/events`);
    source.addEventListener("status", (event) => told(JSON.parse(event.data)));
    source.addEventListener("error", () => {
      if (!over && source.readyState === EventSource.CLOSED) ask(); // it will not try again itself
    });
  }

  async function ask() {
    const answer = await fetch(`/api/jobs/${id}/status`).catch(() => null);
    if (answer?.ok) told(await answer.json());
    if (answer?.status === 404 || answer?.status === 401) stop();
    if (!over) timer = setTimeout(ask, AGAIN);
  }

  function stop() {
    over = true;
    source?.close();
    clearTimeout(timer);
  }

  if (events && "EventSource" in globalThis) listen();
  else ask();
  return stop;
}
