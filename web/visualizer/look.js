/** A look: a document and the schema in, a checked and complete look, or sentences, out. */

const MOST = 5; // problems that are told at once

/** Every field's default. @param {object} schema JSON Schema of a look @returns {object} */
export function defaults(schema) {
  const look = {};
  for (const [key, field] of Object.entries(schema.properties)) {
    look[key] = key === "effects" ? {} : field.default;
  }
  return look;
}

/**
 * The look with every field that it left out, and every parameter of the effects that it has.
 *
 * @param {object} look a valid look, perhaps with only what differs from the defaults
 * @param {object} schema
 * @returns {object}
 */
export function complete(look, schema) {
  const effects = {};
  for (const [name, turned] of Object.entries(look.effects ?? {})) {
    const parameters = schema.properties.effects.properties[name].properties;
    effects[name] = { ...defaultsOf(parameters), ...turned };
  }
  return tidy({ ...defaults(schema), ...look, effects }, schema);
}

/** Only what differs from the defaults: small enough for a link. @returns {object} */
export function diff(look, schema) {
  const kept = {};
  for (const [key, value] of Object.entries(look)) {
    if (key !== "effects" && value !== schema.properties[key].default) kept[key] = value;
  }
  const effects = {};
  for (const [name, turned] of Object.entries(look.effects)) {
    const parameters = schema.properties.effects.properties[name].properties;
    effects[name] = Object.fromEntries(
      Object.entries(turned).filter(([key, value]) => value !== parameters[key].default),
    );
  }
  if (Object.keys(effects).length > 0) kept.effects = effects;
  return kept;
}

/** Whether two complete looks are the same. */
export function same(one, other) {
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}

/**
 * @param {unknown} document anything that came as JSON
 * @param {object} schema
 * @returns {{look: object} | {problems: string[]}} the complete look, or at most five sentences
 */
export function check(document, schema) {
  if (!isObject(document)) {
    return { problems: ['A look must be a JSON object, such as {"shape": "cube"}.'] };
  }
  const problems = [];
  for (const found of problemsOf(document, schema)) {
    problems.push(found);
    if (problems.length === MOST) break; // a document of a million mistakes is not read to its end
  }
  return problems.length > 0 ? { problems } : { look: complete(document, schema) };
}

/** What may stand in a field, in words. @param {object} field its JSON Schema */
export function allowed(field) {
  if (field.enum) return `one of ${field.enum.join(", ")}`;
  if (field.type === "string") return 'a colour such as "#8309d5"';
  if (field.type === "boolean") return "true or false";
  const noun = field.type === "integer" ? "a whole number" : "a number";
  return `${noun} from ${field.minimum} to ${field.maximum}`;
}

/** Whether a value, of JSON's types, may stand in a field. */
export function accepts(field, value) {
  if (field.enum) return field.enum.includes(value);
  if (field.type === "string") return typeof value === "string" && new RegExp(field.pattern).test(value);
  if (field.type === "boolean") return typeof value === "boolean";
  if (typeof value !== "number" || !Number.isFinite(value)) return false;
  if (field.type === "integer" && !Number.isInteger(value)) return false;
  return value >= field.minimum && value <= field.maximum;
}

function* problemsOf(document, schema) {
  for (const [key, value] of Object.entries(document)) {
    if (key === "effects") yield* effectProblems(value, schema.properties.effects);
    else yield* problem("a look", "", key, value, schema.properties, ["effects"]);
  }
}

function* effectProblems(value, schema) {
  if (!isObject(value)) return yield 'effects must be an object, such as {"vignette": {"amount": 0.5}}.';
  for (const [name, turned] of Object.entries(value)) {
    const effect = Object.hasOwn(schema.properties, name) ? schema.properties[name] : null;
    if (!effect) yield `There is no effect ${shown(name)}${nearest(name, Object.keys(schema.properties))}.`;
    else if (!isObject(turned)) yield `effects.${name} must be an object of its parameters, {} for the defaults.`;
    else
      for (const [key, one] of Object.entries(turned))
        yield* problem(`effects.${name}`, `effects.${name}.`, key, one, effect.properties, []);
  }
  return undefined;
}

function* problem(owner, path, key, value, fields, others) {
  if (!Object.hasOwn(fields, key)) {
    const start = owner.charAt(0).toUpperCase() + owner.slice(1);
    yield `${path ? owner : start} has no key ${shown(key)}${nearest(key, [...Object.keys(fields), ...others])}.`;
  } else if (!accepts(fields[key], value)) {
    yield `${path}${key} is ${shown(value)} but must be ${allowed(fields[key])}.`;
  }
}

function tidy(look, schema) {
  for (const [key, value] of Object.entries(look)) {
    if (schema.properties[key]?.format === "color") look[key] = value.toLowerCase();
  }
  return look;
}

function defaultsOf(parameters) {
  return Object.fromEntries(Object.entries(parameters).map(([key, one]) => [key, one.default]));
}

function sorted(value) {
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]));
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function shown(value) {
  const text = written(value);
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}

function written(value) {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return "too deep or too long";
  }
}

/** " (did you mean shape?)" where a known word is about a third of its letters away. */
function nearest(word, known) {
  const ranked = known
    .map((one) => ({ one, far: distance(word.slice(0, 60), one) }))
    .sort((a, b) => a.far - b.far);
  const best = ranked[0];
  return best && best.far <= Math.ceil(best.one.length / 3) ? ` (did you mean ${best.one}?)` : "";
}

function distance(a, b) {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const swap = row[j - 1] + (a[i - 1].toLowerCase() === b[j - 1].toLowerCase() ? 0 : 1);
      next.push(Math.min(swap, row[j] + 1, next[j - 1] + 1));
    }
    row = next;
  }
  return row[b.length];
}
