/** A look, a seed and what is locked in; another look that one would want to see out. Pure. */
import { contrast, oklch } from "./palette.js";

/** What a lock may hold beside a field: all effects together, by their name here. */
const EFFECTS = "effects";

// What concerns the song rather than the picture is never left to chance.
const KEPT = new Set(["hearing", "bassFrequency", "trebleFrequency", "sensitivity", "smoothing"]);
const PALETTE = ["baseColor", "glowColor", "background", "backgroundEdge"];

// Where known numbers look well; within these all is equally likely. Others stay near their default.
const TASTE = {
  size: [3.6, 6.6],
  rotationSpeed: [0.08, 0.5],
  pulseIntensity: [0.45, 1.3],
  lineWidth: [0.0012, 0.0045],
  pointSize: [0.006, 0.016],
  depthFade: [0.2, 0.9],
  glow: [0.4, 1.5],
  glowRadius: [0.4, 0.9],
};
const STYLES = { wireframe: 6, solid: 2.5, points: 1.5 };
const SHAPES = { plane: 0.15, ring: 0.4, wavyPlane: 0.5 }; // flat ones are thin whenever they turn
const DUSTY = new Set(["sphere", "spikySphere", "torus", "torusKnot", "torusLarge", "twistedBox", "wavyPlane"]);
const HARMONIES = [18, 30, 60, 120, 150, 180]; // degrees between the two colours
const MOODS = { night: 6, dusk: 3, paper: 1 };
const READABLE = 3.2; // least contrast of the shape to its background
const SEEN = 2; // and of its glow

/**
 * @param {object} look complete
 * @param {object} schema
 * @param {number} seed whole number; the same seed gives the same look
 * @param {Iterable<string>} [locks] fields, "effects", or one effect as "effects.grain"
 * @returns {object} a complete look
 */
export function randomise(look, schema, seed, locks = []) {
  const chance = chances(seed);
  const locked = new Set(locks);
  const made = { ...look };
  const free = (key) => key in schema.properties && !locked.has(key) && !KEPT.has(key);
  for (const key of Object.keys(schema.properties)) {
    if (!free(key) || key === EFFECTS || PALETTE.includes(key)) continue;
    made[key] = chosen(key, schema.properties[key], chance);
  }
  // A few points alone make no picture.
  if (free("style") && made.style === "points" && !DUSTY.has(made.shape)) made.style = "wireframe";
  const mood = weighed(Object.keys(MOODS), free("glow") ? MOODS : { ...MOODS, paper: 0 }, chance);
  if (mood === "paper") Object.assign(made, onPaper(made, free));
  Object.assign(made, palette(look, PALETTE.filter(free), mood, chance));
  if (!locked.has(EFFECTS)) made.effects = someEffects(look.effects, schema, locked, chance);
  return made;
}

/** Light would only bleach paper, and thin or fading lines are lost on it. */
function onPaper({ lineWidth, depthFade }, free) {
  const inked = { glow: 0, lineWidth: Math.max(lineWidth, 0.0032), depthFade: Math.min(depthFade, 0.25) };
  return Object.fromEntries(Object.entries(inked).filter(([key]) => free(key)));
}

/** Numbers 0..1 from a seed: mulberry32, the same everywhere. @param {number} seed */
export function chances(seed) {
  let state = seed >>> 0;
  return function next() {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function chosen(key, field, chance) {
  if (key === "style") return weighed(field.enum, STYLES, chance);
  if (key === "shape") return weighed(field.enum, SHAPES, chance);
  if (field.enum) return pick(field.enum, chance);
  if (field.type === "boolean") return chance() < 0.5;
  if (field.type === "integer" || field.type === "number") return number(key, field, chance);
  return field.format === "color" ? oklch(0.7, 0.15, 360 * chance()) : field.default;
}

function number(key, field, chance) {
  const { minimum, maximum } = field;
  const [low, high] = TASTE[key] ?? near(field);
  const value = low > 0 && high / low > 2.5 ? low * (high / low) ** chance() : low + (high - low) * chance();
  const kept = Math.min(Math.max(value, minimum), maximum);
  return field.type === "integer" ? Math.round(kept) : Number(kept.toPrecision(3));
}

/** A fifth of the range to either side of the default; all of it where that is a seed's. */
function near({ default: middle, minimum, maximum }) {
  if (maximum - minimum > 100_000) return [minimum, maximum];
  const reach = (maximum - minimum) / 5;
  return [Math.max(minimum, middle - reach), Math.min(maximum, middle + reach)];
}

/** Colours that go together and can be told from the background, those that are not free included. */
function palette(look, free, mood, chance) {
  const taken = {};
  for (let i = 0; i < 40; i += 1) {
    const proposed = scheme(mood, chance);
    for (const key of free) taken[key] = proposed[key];
    if (readable({ ...look, ...taken })) return taken;
  }
  // What is locked leaves little room: white or black is always seen.
  const all = { ...look, ...taken };
  const plain = contrast("#ffffff", all.background) > contrast("#000000", all.background) ? "#ffffff" : "#000000";
  for (const key of ["baseColor", "glowColor"]) if (free.includes(key)) taken[key] = plain;
  return taken;
}

function scheme(mood, chance) {
  const hue = 360 * chance();
  const other = hue + pick(HARMONIES, chance) * (chance() < 0.5 ? 1 : -1);
  const ground = chance() < 0.6 ? other : hue;
  const between = (low, high) => low + (high - low) * chance();
  if (mood === "paper") {
    return {
      baseColor: oklch(between(0.18, 0.35), between(0.01, 0.08), hue),
      glowColor: oklch(between(0.45, 0.6), between(0.16, 0.24), other),
      background: oklch(between(0.93, 0.98), between(0.005, 0.03), ground),
      backgroundEdge: oklch(between(0.87, 0.92), between(0.01, 0.04), ground),
    };
  }
  const clean = mood === "dusk" ? unmuddied(ground) : ground;
  const deep = mood === "dusk" ? between(0.26, 0.4) : between(0.05, 0.2);
  const rich = mood === "dusk" ? between(0.08, 0.15) : between(0.02, 0.07);
  return {
    baseColor: oklch(between(0.84, 0.99), between(0.02, 0.14), hue),
    glowColor: oklch(between(0.58, 0.78), between(0.17, 0.29), other),
    background: oklch(deep, rich, clean),
    backgroundEdge: oklch(deep * 0.5, rich * 0.7, clean + between(-25, 25)),
  };
}

/** Dark yellows are muddy: their place is taken by red and by green. @param {number} hue degrees */
function unmuddied(hue) {
  const turn = ((hue % 360) + 360) % 360;
  if (turn < 45 || turn > 140) return turn;
  return turn < 90 ? 25 : 155;
}

function readable({ baseColor, glowColor, background, backgroundEdge }) {
  return [background, backgroundEdge].every(
    (ground) => contrast(baseColor, ground) >= READABLE && contrast(glowColor, ground) >= SEEN,
  );
}

/** None to two effects, gently turned; those that are locked stay as they are, on or off. */
function someEffects(effects, schema, locked, chance) {
  const known = schema.properties.effects.properties;
  const kept = Object.entries(effects).filter(([name]) => locked.has(`${EFFECTS}.${name}`));
  const made = Object.fromEntries(kept);
  const free = Object.keys(known).filter((name) => !locked.has(`${EFFECTS}.${name}`));
  const wanted = weighed([0, 1, 2], { 0: 3, 1: 4, 2: 2 }, chance);
  for (let i = 0; i < wanted && free.length > 0; i += 1) {
    const [name] = free.splice(Math.floor(chance() * free.length), 1);
    made[name] = turned(known[name].properties, chance);
  }
  return made;
}

function turned(parameters, chance) {
  return Object.fromEntries(
    Object.entries(parameters).map(([key, field]) => [key, chosen(key === "size" ? "" : key, field, chance)]),
  );
}

function pick(list, chance) {
  return list[Math.floor(chance() * list.length)];
}

function weighed(list, weights, chance) {
  const weight = (one) => weights[one] ?? 1;
  let left = chance() * list.reduce((sum, one) => sum + weight(one), 0);
  return list.find((one) => (left -= weight(one)) < 0) ?? list.at(-1);
}
