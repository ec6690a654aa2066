// This browser's cookies, which no script can read, go in; state's `account` comes out.

import { ask } from "./ask.js";

const STALE = 30_000; // milliseconds after which a page that is seen again asks anew

/**
 * `account` is undefined until it is known, null for a guest, else {id, email, name, credits}. The
 * server renews a sign-in with whatever is asked of it.
 * @param {{get: Function, set: Function}} state
 * @returns {{look: Function, ask: typeof ask, signIn: Function, signOut: Function}}
 */
export function createSession(state) {
  let looked = 0; // milliseconds since 1970

  async function look() {
    const { user, credits } = await ask("GET", "/api/auth/session");
    looked = Date.now();
    const account = user && { ...user, credits };
    if (JSON.stringify(account) !== JSON.stringify(state.get("account"))) state.set({ account });
    return account;
  }

  /** As `ask`; where the sign-in has ended, there is a guest from then on. */
  async function asked(method, path, body = undefined) {
    try {
      return await ask(method, path, body);
    } catch (error) {
      if (error.status === 401) await look();
      throw error;
    }
  }

  /** @param {"login" | "register"} way @param {{email: string, password: string, code?: string}} who */
  async function signIn(way, who) {
    await ask("POST", `/api/auth/${way}`, who);
    return look();
  }

  async function signOut() {
    await ask("POST", "/api/auth/logout", {});
    return look();
  }

  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && Date.now() - looked > STALE) look().catch(() => {}); // said at the next click
  });
  return { look, ask: asked, signIn, signOut };
}
