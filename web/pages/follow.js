/** A render's identifier in; each state that it comes to, out, until the page tells of its end. */

const AGAIN = 3000; // milliseconds between two questions, where no events come
const ENDED = ["done", "failed", "cancelled"];

/**
 * Follows a render by server-sent events; where they cannot be had, by asking now and then. Once it
 * has ended, or is not told of to this visitor any more, the page is asked for anew: it shows what
 * came of the render, renews a sign-in, or leads to signing in.
 *
 * @param {string} id
 * @param {(state: object) => void} show gets what /api/jobs/ID/status tells while it is under way
 * @param {{events?: boolean}} [how] without events it asks: browsers keep few connections to a server
 */
export function follow(id, show, { events = true } = {}) {
  let over = false;
  let source = null;
  let timer = 0;

  function told(state) {
    if (over) return;
    if (ENDED.includes(state.status)) stop();
    else show(state);
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
    location.reload();
  }

  if (events && "EventSource" in globalThis) listen();
  else ask();
}
