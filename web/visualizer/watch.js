/**
 * Tells a governor how long after each picture the screen takes its next turn: a GPU that cannot
 * keep up delays it, however often the page draws.
 * @param {ReturnType<typeof import("./governor.js").createGovernor>} governor
 * @returns {{drawn: () => number, disturbed: () => void}} `drawn` takes note of a picture and
 *   returns the scale to draw it at; `disturbed`, that something else holds up the page now
 */
export function watch(governor) {
  let drawnAt = null; // the turn in which a picture was drawn, until the next has come
  let asked = false;

  function turned(now) {
    if (drawnAt === null || now <= drawnAt) return;
    governor.waited(now - drawnAt);
    drawnAt = null;
  }

  function turn(now) {
    asked = false;
    turned(now);
    if (drawnAt !== null) ask();
  }

  function ask() {
    if (!asked) requestAnimationFrame(turn);
    asked = true;
  }

  function drawn() {
    const now = document.timeline.currentTime;
    turned(now);
    drawnAt = now;
    ask();
    return governor.scale();
  }

  function disturbed() {
    drawnAt = null;
  }

  return { drawn, disturbed };
}
