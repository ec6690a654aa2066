// A render's identifier goes in; each of its states as it comes, up to the end, comes out.

import { ENDED } from "./stages.js";

const ASK_AGAIN = 3000; // milliseconds between questions where no events come
const MOST_STREAMS = 2; // a browser has six connections to a server, and other windows want some too

let streams = 0;

/**
 * Events while they come; questions where they do not. A page that nobody sees asks nothing.
 * @param {string} id
 * @param {{look: () => Promise<object>, onState: (render: object) => void, onLost: () => void}} how
 *   `look` asks for the state now, with a fresh sign-in
 * @returns {() => void} stop
 */
export function follow(id, { look, onState, onLost }) {
  let source = null;
  let timer = 0;
  let over = false;

  function told(render) {
    if (over) return;
    if (ENDED.has(render.status)) stop();
    onState(render);
  }

  async function once() {
    try {
      told(await look());
    } catch (error) {
      if (error.status === 401 || error.status === 404) return lost();
    }
    return undefined; // else it is asked again
  }

  function lost() {
    stop();
    onLost();
  }

  function listen() {
    close();
    if (over || document.hidden) return;
    if (streams >= MOST_STREAMS) return poll();
    streams += 1;
    source = new EventSource(`/api/jobs/${id}/events`);
    source.addEventListener("status", (event) => told(JSON.parse(event.data)));
    source.addEventListener("error", () => source?.readyState === EventSource.CLOSED && poll());
  }

  /** Where no events come, as behind some proxies or after the sign-in's quarter of an hour. */
  async function poll() {
    close();
    await once();
    if (!over && !document.hidden) timer = setTimeout(listen, ASK_AGAIN);
  }

  function close() {
    clearTimeout(timer);
    if (!source) return;
    source.close();
    source = null;
    streams -= 1;
  }

  function stop() {
    over = true;
    close();
    document.removeEventListener("visibilitychange", seen);
  }

  async function seen() {
    if (document.hidden) return close();
    await once();
    return listen();
  }

  document.addEventListener("visibilitychange", seen);
  listen();
  return stop;
}
