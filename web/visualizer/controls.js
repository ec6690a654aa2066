/** The schema in, the controls of a look out: a section a group, a switch an effect. */
import { control } from "./control.js";
import { make } from "./elements.js";
import { controlFor, effectWords, sections } from "./fields.js";
import { icon } from "./icons.js";

const HEARING = "Hearing";

/**
 * @param {HTMLElement} place where the sections go
 * @param {{get: Function, set: Function, on: Function}} state
 * @param {{catalog: object, editing: object, locks: object, store: object}} context
 * @param {HTMLElement} hearing where the section about hearing goes
 */
export function mountControls(place, state, context, hearing) {
  const { schema } = context.catalog;
  const rows = [];
  for (const { name, keys } of sections(schema)) {
    const made = keys.map((key) => fieldRow(key, schema.properties[key], context));
    (name === HEARING ? hearing : place).append(section(name, made, context.store));
    rows.push(...made);
  }
  const effects = Object.entries(schema.properties.effects.properties);
  const made = effects.map(([name, effect]) => effectRows(name, effect, context));
  place.append(section("Effects", made, context.store));
  rows.push(...made);

  function show() {
    const look = state.get("look");
    for (const row of rows) row.show(look);
  }
  state.on("look", show);
  show();
}

function section(name, rows, store) {
  const closed = store.get("closed", []);
  const summary = make("summary", {}, make("h2", {}, name), icon("chevron", 16));
  const fields = make("div", { class: "section-fields" }, ...rows.map((row) => row.element));
  const details = make("details", { class: "section", open: !closed.includes(name) }, summary, fields);
  details.addEventListener("toggle", () => {
    const others = store.get("closed", []).filter((one) => one !== name);
    store.set("closed", details.open ? others : [...others, name]);
  });
  return details;
}

function fieldRow(key, schema, { editing, locks }) {
  const made = control(key, schema, {
    id: `field-${key}`,
    onTurn: (value) => editing.turn(key, value),
    onEnd: editing.seal,
    lock: locks.button(key, controlFor(key, schema).label),
  });
  return { element: made.element, show: (look) => made.show(look[key]) };
}

/** An effect's switch, and while it is on its parameters. */
function effectRows(name, effect, { editing, locks }) {
  const words = effectWords(name, effect);
  const path = `effects.${name}`;
  const lit = control(name, { type: "boolean", default: false, description: words.hint }, {
    id: `field-effects-${name}`,
    onTurn: (on) => editing.turn(path, on ? {} : undefined),
    onEnd: editing.seal,
    lock: locks.button(path, words.label),
  });
  lit.element.querySelector(".field-label").textContent = words.label;
  lit.element.querySelector("input").setAttribute("aria-label", words.label);
  const parameters = Object.entries(effect.properties).map(([key, schema]) => {
    const wiring = { id: `field-effects-${name}-${key}`, owner: words.label, onTurn: (value) => editing.turn(`${path}.${key}`, value), onEnd: editing.seal };
    return { key, ...control(key, schema, wiring) };
  });
  const inner = make("div", { class: "effect-fields" }, make("p", { class: "hint" }, words.hint), ...parameters.map((one) => one.element));
  const element = make("div", { class: "effect" }, lit.element, inner);

  function show(look) {
    const turned = look.effects[name];
    lit.show(turned !== undefined);
    inner.hidden = turned === undefined;
    if (turned) for (const one of parameters) one.show(turned[one.key]);
  }
  return { element, show };
}
