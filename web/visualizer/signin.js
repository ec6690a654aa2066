// A guest goes in; somebody who is signed in, or still a guest, comes out, with the page as it was.

import { make } from "./elements.js";
import { dress } from "./icons.js";

const WORDS = {
  login: {
    title: "Sign in",
    done: "Sign in",
    other: "New here?",
    turn: "Make an account",
    password: "current-password",
  },
  register: {
    title: "Make an account",
    done: "Make my account",
    other: "You have an account?",
    turn: "Sign in",
    password: "new-password",
    hint: "Eight characters or more. A sentence is easy to remember.",
  },
  code: {
    title: "Second factor",
    done: "Sign in",
    other: "Without your phone?",
    turn: "Use a recovery code",
    label: "Code",
    hint: "Six digits, as your authenticator app shows them now.",
  },
  recovery: {
    title: "Second factor",
    done: "Sign in",
    other: "You have your phone?",
    turn: "Use its code",
    label: "Recovery code",
    hint: "One of the ten that you kept.",
  },
};
const TURNS = { login: "register", register: "login", code: "recovery", recovery: "code" };

/**
 * @param {{signIn: Function}} session
 * @param {{why?: string, way?: "login" | "register"}} [how] why: what it is for, in a sentence
 * @returns {Promise<object | null>} the account; null where the dialog was closed
 */
export function signIn(session, { why = "", way = "login" } = {}) {
  const email = field("E-mail", { type: "email", name: "email", autocomplete: "username", inputMode: "email" });
  const password = field("Password", { type: "password", name: "password" });
  const reveal = make("button", { type: "button", class: "quiet-button signin-reveal", onClick: turnVisible });
  password.row.append(reveal);
  const code = field("Code", { name: "code", autocomplete: "one-time-code" });
  const title = make("h2", { id: "signin-title" });
  const wrong = make("p", { class: "signin-wrong", role: "alert" });
  const done = make("button", { type: "submit", class: "primary" });
  const other = make("span", { class: "quiet" });
  const turn = make("button", { type: "button", class: "quiet-button signin-turn", onClick: () => show(TURNS[way]) });
  const forgot = make("a", { href: "/forgot-password", target: "_blank" }, "Forgot your password?");
  const terms = make("p", { class: "hint" }, "With an account you accept the ", away("/terms", "terms"), " and the ", away("/privacy", "privacy notice"), ".");
  const close = dress(make("button", { type: "button", class: "icon-button", onClick: () => dialog.close() }), "close", "Close", { key: "Esc" });
  const form = make(
    "form",
    { class: "signin", noValidate: true, onSubmit: submit },
    email.row,
    password.row,
    wrong,
    done,
    forgot,
    terms,
  );
  const dialog = make(
    "dialog",
    { id: "signin", aria: { labelledby: "signin-title" } },
    make("header", { class: "keys-head" }, title, close),
    why && make("p", { class: "signin-why" }, why),
    form,
    make("p", { class: "signin-other" }, other, turn),
  );

  function show(wanted) {
    way = wanted;
    const words = WORDS[way];
    title.textContent = words.title;
    done.textContent = words.done;
    other.textContent = words.other;
    turn.textContent = words.turn;
    const second = Boolean(words.label);
    for (const one of [email, password]) one.row.hidden = second;
    if (second) wrong.before(code.row);
    else code.row.remove(); // password managers would fill it
    if (second) code.call(words.label, way === "code" ? "numeric" : "text");
    else password.input.autocomplete = words.password;
    (second ? code : password).hint(words.hint ?? "");
    forgot.hidden = way !== "login";
    terms.hidden = way !== "register";
    for (const one of [email, password, code]) one.complain("");
    wrong.textContent = "";
    if (second) code.input.focus();
  }

  function turnVisible() {
    const hidden = password.input.type === "password";
    password.input.type = hidden ? "text" : "password";
    nameReveal();
  }

  function nameReveal() {
    const does = password.input.type === "password" ? "Show" : "Hide";
    reveal.textContent = does;
    reveal.setAttribute("aria-label", `${does} the password`);
  }

  let account = null;
  async function submit(event) {
    event.preventDefault();
    if (!filled() || done.disabled) return;
    done.disabled = true;
    wrong.textContent = "";
    try {
      const who = { email: email.input.value.trim(), password: password.input.value };
      if (code.row.isConnected) who.code = code.input.value.trim();
      account = await session.signIn(way === "register" ? way : "login", who);
      dialog.close();
    } catch (error) {
      if (error.code === "second_factor_required") show("code");
      else tell(error);
    } finally {
      done.disabled = false;
    }
  }

  function filled() {
    const lacks = [
      [email, email.input.value.trim() ? "" : "Your e-mail address is missing."],
      [password, password.input.value ? "" : "Your password is missing."],
      [code, !code.row.isConnected || code.input.value.trim() ? "" : "The code is missing."],
    ];
    for (const [one, words] of lacks) one.complain(words);
    const first = lacks.find(([, words]) => words);
    first?.[0].input.focus();
    return !first;
  }

  /** What is wrong with a field stands at the field; the rest above the button. */
  function tell(error) {
    const { details = {} } = error;
    const fields = code.row.isConnected ? { code } : { email, password };
    const named = Object.keys(fields).filter((name) => typeof details[name] === "string");
    for (const name of named) fields[name].complain(sentence(name, details[name]));
    if (named.length > 0) return fields[named[0]].input.focus();
    wrong.textContent = error.message;
    return (code.row.isConnected ? code : password).input.focus();
  }

  nameReveal();
  show(way);
  document.body.append(dialog);
  dialog.showModal();
  email.input.focus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(account);
    });
  });
}

function field(words, about) {
  const id = `signin-${about.name}`;
  const input = make("input", { ...about, class: "input", id, required: true, spellcheck: false, autocapitalize: "none" });
  const said = make("p", { class: "hint", id: `${id}-said` });
  const label = make("label", { htmlFor: id }, words);
  const row = make("div", { class: "signin-field" }, label, input, said);
  input.setAttribute("aria-describedby", said.id);
  let hint = "";
  const complain = (problem) => {
    said.textContent = problem || hint;
    said.classList.toggle("signin-wrong", Boolean(problem));
    input.setAttribute("aria-invalid", String(Boolean(problem)));
  };
  input.addEventListener("input", () => complain(""));
  const call = (name, inputMode) => ((label.textContent = name), Object.assign(input, { inputMode, value: "" }));
  return { row, input, complain, call, hint: (text) => ((hint = text), complain("")) };
}

function sentence(name, problem) {
  const words = { email: "The e-mail address", password: "The password", code: "The code" }[name];
  return `${words} ${problem}${/[.!?]$/.test(problem) ? "" : "."}`;
}

function away(href, words) {
  return make("a", { href, target: "_blank" }, words);
}
