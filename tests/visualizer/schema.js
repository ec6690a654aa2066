/** A schema of looks such as the server's, with a bit of everything that one may hold. */
const colour = (value, description = "A colour") => ({
  type: "string", pattern: "^#[0-9a-fA-F]{6}$", maxLength: 7, format: "color", default: value, description,
});
const number = (low, high, value, description = "How much") => ({ type: "number", minimum: low, maximum: high, default: value, description });
const integer = (low, high, value, description = "How many") => ({ ...number(low, high, value, description), type: "integer" });

export const SCHEMA = {
  type: "object",
  additionalProperties: false,
  properties: {
    shape: { type: "string", enum: ["cube", "cone", "ring", "sphere", "torusKnot"], default: "cube", description: "What is drawn" },
    size: number(0.1, 12, 4, "How large the shape is"),
    baseColor: colour("#ffffff"),
    glowColor: colour("#8309d5"),
    rotationSpeed: number(-5, 5, 0.1, "Radians a second"),
    bassFrequency: integer(0, 126, 2, "Analyser bin of the bass"),
    hearing: { type: "string", enum: ["precise", "classic"], default: "precise", description: "How the song is heard" },
    style: { type: "string", enum: ["wireframe", "solid", "points"], default: "wireframe", description: "How it is drawn" },
    lineWidth: number(0.0005, 0.03, 0.0025, "Width of lines"),
    glow: number(0, 2, 0.6, "Strength of the bloom"),
    background: colour("#000000"),
    backgroundEdge: colour("#000000"),
    seed: integer(0, 2 ** 31 - 1, 0, "Chooses among the random shapes"),
    effects: {
      type: "object",
      additionalProperties: false,
      default: {},
      properties: {
        grain: {
          type: "object",
          description: "Film grain: fine noise that changes.",
          additionalProperties: false,
          properties: { amount: number(0, 1, 0.3), size: number(1, 6, 2) },
        },
        mirror: {
          type: "object",
          description: "Mirror: one half is the other's reflection.",
          additionalProperties: false,
          properties: { axis: integer(0, 2, 0, "0: left and right, 1: top and bottom, 2: both") },
        },
      },
    },
  },
};
