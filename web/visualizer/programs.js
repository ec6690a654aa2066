// Shader files by name in, whole GLSL sources for WebGL 2 out: what oriel/glsl.py does, and the
// switches that oriel/gl/painter.py sets. Three.js itself writes the line with the version.

const INCLUDE = /^#include "([\w./]+)"$/gm;
const UNIFORM = /^uniform (\w+) (\w+(?:, \w+)*);/gm;

/**
 * A whole shader: the header, and every `#include` replaced by its text, once.
 * @param {{shaders: Record<string, string>, header: string}} catalog the files as they lie in Oriel
 * @param {string} name a file, such as "screen.frag"
 * @param {Record<string, string>} [parts] texts made at run time, included by their key
 * @returns {string}
 */
export function source(catalog, name, parts = {}) {
  const included = new Set();

  function insert(_, wanted) {
    if (included.has(wanted)) return "";
    included.add(wanted);
    return (parts[wanted] ?? read(catalog.shaders, wanted)).replace(INCLUDE, insert);
  }

  const header = catalog.header.replace(/^#version.*\n/, "");
  return header + read(catalog.shaders, name).replace(INCLUDE, insert);
}

/**
 * What picture.glsl includes: what this look switches on, and its effects.
 * @param {{effects_source: string}} catalog every effect, each for whoever defines `USE_` its name
 * @param {object} look complete
 * @param {boolean} finer whether the ink is drawn at twice the picture's size
 * @returns {Record<string, string>} parts for `source`; the same text is the same program
 */
export function parts(catalog, look, finer) {
  const flags = {
    GRADIENT: look.background !== look.backgroundEdge,
    FINER: finer,
    GLOWING: look.glow > 0,
  };
  const on = Object.keys(flags).filter((name) => flags[name]);
  const used = Object.keys(look.effects).sort().map((name) => `USE_${name}`);
  const defined = [...on, ...used].map((name) => `#define ${name}\n`).join("");
  return { "effects.glsl": defined + catalog.effects_source };
}

/**
 * @param {string} text GLSL
 * @returns {Record<string, string>} the type of each uniform by its name, whatever is switched on
 */
export function uniforms(text) {
  const found = {};
  for (const [, type, names] of text.matchAll(UNIFORM)) {
    for (const name of names.split(", ")) found[name] = type;
  }
  return found;
}

function read(shaders, name) {
  const text = shaders[name];
  if (text === undefined) throw new Error(`There is no shader ${name}`);
  return text;
}
