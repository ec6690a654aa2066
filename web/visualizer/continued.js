// A render of one's own goes in; its song and its look, to go on with, come out on the page.

import { Refused, unreached } from "./ask.js";
import { isolated } from "./isolated.js";
import { ASPECTS } from "./sizes.js";
import { title } from "./stages.js";

/**
 * @param {string} id of the render
 * @param {{set: Function}} state
 * @param {object} context session, signIn, songs, editing, looks, catalog
 */
export async function goOn(id, state, context) {
  const { session } = context;
  const account = (await session.look()) ?? (await context.signIn("This video is in somebody’s account."));
  if (!account) return;
  try {
    const render = await session.ask("GET", `/api/jobs/${encodeURIComponent(id)}/status`);
    context.editing.choose(context.whole(render.look), title(render));
    state.set({ aspect: aspectOf(render) });
    await context.songs.open(await songOf(render, session), { play: false });
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    state.set({ notice: { kind: "error", text: error.message } });
  }
}

async function songOf({ id, song }, session) {
  const { kept } = await session.ask("GET", `/api/user/songs?sha256=${song.sha256}`);
  const message = `“${isolated(song.name)}” is kept no longer: choose the file to go on with this look.`;
  if (!kept) throw new Refused({ code: "gone", message }, 410);
  const response = await fetch(`/api/jobs/${id}/song`).catch(() => null);
  if (!response?.ok) throw unreached();
  return new File([await response.blob()], song.name);
}

function aspectOf({ width, height }) {
  const away = ({ ratio }) => Math.abs(Math.log(width / height / ratio));
  return ASPECTS.reduce((best, one) => (away(one) < away(best) ? one : best)).key;
}
