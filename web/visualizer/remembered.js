// A song that an account's server keeps goes in; the rhythm that it heard comes out in state.

import { checked } from "./beats.js";
import { sha256 } from "./hash.js";

/**
 * Asks for the rhythm of the song that is shown, now and whenever another is shown or another
 * account looks; without an answer the page shows what it has.
 * @param {{get: Function, set: Function, on: Function}} state
 * @param {object} context session; gets `remembered`: {look()}, for when the server has heard more
 */
export function mountRemembered(state, context) {
  async function look() {
    const song = state.get("song");
    if (!song || !state.get("account") || state.get("rhythm")) return;
    const hash = await sha256(song.blob);
    if (!hash) return;
    const told = await context.session.ask("GET", `/api/user/songs?sha256=${hash}`);
    const rhythm = told.rhythm && checked(told.rhythm);
    if (rhythm && song === state.get("song")) state.set({ rhythm });
  }

  const quietly = () => look().catch(() => {}); // nobody asked for it
  state.on(["song", "account"], quietly);
  context.remembered = { look: quietly };
  quietly();
}
