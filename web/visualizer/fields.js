/** A field of the look's schema in; which control turns it, in which section, with which words out. */

const SECTIONS = [
  { name: "Shape", keys: ["shape", "style", "size", "seed"] },
  { name: "Colour", keys: ["baseColor", "glowColor"] },
  { name: "Motion", keys: ["pulseIntensity", "rotationSpeed"] },
  { name: "Lines", keys: ["lineWidth", "pointSize", "depthFade"] },
  { name: "Glow", keys: ["glow", "glowRadius"] },
  { name: "Background", keys: ["background", "backgroundEdge"] },
  { name: "Hearing", keys: ["bassFrequency", "trebleFrequency", "hearing"] },
];
// Meters have these beside them.
const ELSEWHERE = new Set(["effects", "sensitivity", "smoothing"]);
const LABELS = {
  baseColor: "Quiet colour",
  glowColor: "Glow colour",
  rotationSpeed: "Rotation",
  pulseIntensity: "Pulse",
  bassFrequency: "Bass at",
  trebleFrequency: "Treble at",
  background: "Middle",
  backgroundEdge: "Edge",
  glow: "Strength",
  glowRadius: "Reach",
  seed: "Variation",
};
const BIN = 44100 / 256; // hertz between an analyser's bins
const SAID = { bassFrequency: pitch, trebleFrequency: pitch };
const MOST_SEGMENTS = 4;
const MOST_LETTERS = 24; // of all segments together
const MOST_STEPS = 1000; // a slider with more whole numbers than this cannot be aimed
const FINENESS = 100; // steps along a slider of numbers

/**
 * The sections that the controls stand in, in order; a field that no section knows goes to "More".
 *
 * @param {object} schema
 * @returns {{name: string, keys: string[]}[]} without empty sections and without the effects
 */
export function sections(schema) {
  const all = Object.keys(schema.properties).filter((key) => !ELSEWHERE.has(key));
  const known = new Set(SECTIONS.flatMap((section) => section.keys));
  const more = { name: "More", keys: all.filter((key) => !known.has(key)) };
  return [...SECTIONS, more]
    .map(({ name, keys }) => ({ name, keys: keys.filter((key) => all.includes(key)) }))
    .filter(({ keys }) => keys.length > 0);
}

/**
 * @typedef {object} Control
 * @property {"slider" | "number" | "segments" | "select" | "pictures" | "colour" | "switch" | "text"} kind
 * @property {string} label
 * @property {string} hint what the schema says of it
 * @property {any} initial the default
 * @property {number} [low]
 * @property {number} [high]
 * @property {number} [step] what one press of an arrow key adds, in values, or in shares if bent
 * @property {boolean} [whole]
 * @property {boolean} [bent] whether the slider's way is logarithmic
 * @property {number} [digits] after the point
 * @property {{value: any, words: string}[]} [options]
 * @property {(value: any) => string} [said] what a value means, in words
 */

/**
 * @param {string} key
 * @param {object} field its JSON Schema
 * @returns {Control}
 */
export function controlFor(key, field) {
  const about = { label: LABELS[key] ?? label(key), hint: hint(field), initial: field.default, said: SAID[key] };
  const options = optionsOf(field);
  if (key === "shape") return { kind: "pictures", ...about, options };
  if (options) return { kind: fits(options) ? "segments" : "select", ...about, options };
  if (field.type === "boolean") return { kind: "switch", ...about };
  if (field.format === "color") return { kind: "colour", ...about };
  if (field.type === "number" || field.type === "integer") return { ...numeric(field), ...about };
  return { kind: "text", ...about };
}

/** An effect's own words: its name, and what it does. @param {string} name @param {object} effect */
export function effectWords(name, effect) {
  const [title, ...rest] = (effect.description ?? "").split(": ");
  if (rest.length === 0) return { label: label(name), hint: effect.description ?? "" };
  const told = rest.join(": ");
  return { label: title, hint: told.charAt(0).toUpperCase() + told.slice(1) };
}

/** What an analyser's bin and its next one hear, as people know it. @param {number} bin */
export function pitch(bin) {
  const hertz = (bin + 0.5) * BIN;
  return hertz < 1000 ? `around ${Math.round(hertz)} Hz` : `around ${(hertz / 1000).toFixed(1)} kHz`;
}

/** "lineWidth" and "line_width" as people write them: "Line width". */
export function label(key) {
  const words = key.replaceAll("_", " ").replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
  const british = words.replace(/\bcolor\b/g, "colour").replace(/\brgb\b/g, "RGB");
  return british.charAt(0).toUpperCase() + british.slice(1);
}

/** Where on its slider a value lies, 0..1. @param {Control} control @param {number} value */
export function toShare({ low, high, bent }, value) {
  const share = bent ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
  return Math.min(Math.max(share, 0), 1);
}

/** The value at a place of the slider, rounded as it is shown. @param {Control} control */
export function fromShare(control, share) {
  const { low, high, bent } = control;
  return rounded(control, bent ? low * (high / low) ** share : low + (high - low) * share);
}

/** The nearest value that the control can show. @param {Control} control @param {number} value */
export function rounded({ low, high, whole, digits }, value) {
  const near = whole ? Math.round(value) : Number(value.toFixed(digits));
  return Math.min(Math.max(near, low), high);
}

/** A value as its number field shows it. @param {Control} control @param {number} value */
export function written({ whole, digits }, value) {
  if (whole) return String(value);
  const text = value.toFixed(digits);
  return Number(text) === value ? text : String(Number(value.toPrecision(6)));
}

/**
 * What somebody typed, as a value within the range; null where it is no number.
 * @param {Control} control @param {string} text
 */
export function typed({ low, high, whole }, text) {
  const said = text.trim().replace(",", ".").replace("−", "-");
  if (said === "" || !Number.isFinite(Number(said))) return null;
  const value = whole ? Math.round(Number(said)) : Number(said);
  return Math.min(Math.max(value, low), high);
}

/** A colour as somebody typed it, or null: "8309D5", "#abc". @param {string} text */
export function typedColour(text) {
  const letters = text.trim().replace(/^#/, "").toLowerCase();
  if (/^[0-9a-f]{6}$/.test(letters)) return `#${letters}`;
  return /^[0-9a-f]{3}$/.test(letters) ? `#${letters.replace(/./g, "$&$&")}` : null;
}

function fits(options) {
  const letters = options.reduce((sum, { words }) => sum + words.length, 0);
  return options.length <= MOST_SEGMENTS && letters <= MOST_LETTERS;
}

function numeric(field) {
  const { minimum: low = 0, maximum: high = 1 } = field;
  const whole = field.type === "integer";
  if (whole && high - low > MOST_STEPS) return { kind: "number", low, high, step: 1, whole, digits: 0 };
  if (whole) return { kind: "slider", low, high, step: 1, whole, bent: false, digits: 0 };
  // Where the default is crowded among the smallest, those get more of the slider's way.
  const bent = low > 0 && (field.default - low) / (high - low) < 0.2;
  const finest = bent ? low : (high - low) / FINENESS;
  const digits = Math.min(Math.max(Math.ceil(-Math.log10(finest)), 0), 4);
  return { kind: "slider", low, high, step: bent ? 1 / FINENESS : 10 ** -digits, whole, bent, digits };
}

/** Choices of a field: those it lists, or those that an integer's words count, "0: this, 1: that". */
function optionsOf(field) {
  if (field.enum) return field.enum.map((value) => ({ value, words: label(String(value)) }));
  if (field.type !== "integer" || field.maximum - field.minimum >= MOST_SEGMENTS) return null;
  const counted = [...(field.description ?? "").matchAll(/(-?\d+): ([^,;]+)/g)];
  const options = counted.map(([, value, words]) => ({ value: Number(value), words: label(words.trim()) }));
  const whole = options.length === field.maximum - field.minimum + 1;
  return whole && options.every(({ value }, i) => value === field.minimum + i) ? options : null;
}

function hint(field) {
  const told = field.description ?? "";
  return told.charAt(0).toUpperCase() + told.slice(1);
}
