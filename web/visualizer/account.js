// State's account goes in; an entry of the bar comes out: to sign in, or to one's own pages.

import { make } from "./elements.js";
import { dress } from "./icons.js";
import { mountMenu } from "./menu.js";

/**
 * @param {HTMLElement} bar
 * @param {{get: Function, set: Function, on: Function}} state
 * @param {object} context session, store; gets `signIn(why, way)`, which gives the account or null
 */
export function mountAccount(bar, state, context) {
  const button = make("button", { type: "button", class: "quiet-button words account" });
  const menu = accountMenu(state, context, button);
  const entry = menuEntry(state, context);
  bar.prepend(button, menu.element);
  document.getElementById("look-menu").append(...entry.elements);
  button.addEventListener("click", () => {
    if (!state.get("account")) context.signIn();
  });

  async function signIn(why = "", way = "login") {
    const { signIn: open } = await import("./signin.js");
    const account = await open(context.session, { why, way });
    if (account) context.store.set("member", true); // who comes back is asked to sign in, not up
    return account;
  }

  function show() {
    const account = state.get("account");
    button.hidden = account === undefined;
    dress(button, "account", account ? "Account" : "Sign in", { seen: true });
    button.setAttribute("aria-label", account ? "Account" : "Sign in"); // narrow bars hide the words
    button.title = account ? account.email : "Sign in, or make an account";
    if (account) button.setAttribute("aria-haspopup", "menu");
    else button.removeAttribute("aria-haspopup");
    button.popoverTargetElement = account ? menu.element : null;
    menu.show(account);
    entry.show(account);
  }

  context.signIn = signIn;
  state.on("account", show);
  show();
}

function accountMenu(state, context, button) {
  const who = make("p", { class: "menu-who" });
  const element = make("div", { class: "menu", id: "account-menu", popover: "auto", role: "menu", aria: { label: "Account" } });
  const pages = item("dashboard", "Your videos and payments", () => location.assign("/dashboard"));
  const operator = item("shield", "Administration", () => location.assign("/admin/"));
  element.append(who, pages, operator, item("signout", "Sign out", () => leave(state, context)));
  element.addEventListener("click", () => element.hidePopover());
  mountMenu(element, button);
  const show = (account) => {
    who.textContent = account?.email ?? "";
    operator.hidden = account?.role !== "admin";
  };
  return { element, show };
}

/** The same in the menu of narrow windows, whose bar has no room for it. */
function menuEntry(state, context) {
  const hide = (run) => () => (document.getElementById("look-menu").hidePopover(), run());
  const guest = item("account", "Sign in", hide(() => context.signIn()), "menu-narrow");
  const pages = item("dashboard", "Your videos and payments", hide(() => location.assign("/dashboard")), "menu-narrow");
  const operator = item("shield", "Administration", hide(() => location.assign("/admin/")), "menu-narrow");
  const out = item("signout", "Sign out", hide(() => leave(state, context)), "menu-narrow");
  return {
    elements: [make("hr", { class: "menu-narrow" }), guest, pages, operator, out],
    show: (account) => {
      guest.hidden = Boolean(account);
      pages.hidden = out.hidden = !account;
      operator.hidden = account?.role !== "admin";
    },
  };
}

async function leave(state, { session }) {
  try {
    await session.signOut();
    state.set({ notice: { kind: "info", text: "You are signed out. What you made here stays on the page." } });
  } catch (error) {
    state.set({ notice: { kind: "error", text: error.message } });
  }
}

function item(name, words, onClick, look = "") {
  return dress(make("button", { type: "button", role: "menuitem", class: look, onClick }), name, words, { seen: true });
}
