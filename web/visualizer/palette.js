/** Colours in a space where equal steps look equal: OKLCH in, "#rrggbb" out; and contrast. */

/**
 * @param {number} lightness 0..1
 * @param {number} chroma 0..0.4; lowered until the colour exists on a screen
 * @param {number} hue degrees
 * @returns {string} "#rrggbb"
 * @see https://bottosson.github.io/posts/oklab/
 */
export function oklch(lightness, chroma, hue) {
  for (let share = 1; share > 0; share -= 0.05) {
    const light = linearOf(lightness, chroma * share, hue);
    if (light.every((value) => value > -1e-4 && value < 1.0001)) return hex(light);
  }
  return hex(linearOf(lightness, 0, hue));
}

/** Contrast of two colours, 1..21 (WCAG 2.2). @param {string} one @param {string} other */
export function contrast(one, other) {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

/** Relative luminance 0..1 (WCAG 2.2) of "#rrggbb". */
export function luminance(colour) {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const coded = parseInt(colour.slice(at, at + 2), 16) / 255;
    return coded <= 0.04045 ? coded / 12.92 : ((coded + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function linearOf(lightness, chroma, hue) {
  const angle = (hue * Math.PI) / 180;
  const [a, b] = [chroma * Math.cos(angle), chroma * Math.sin(angle)];
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
}

function hex(light) {
  const letters = light.map((value) => {
    const kept = Math.min(Math.max(value, 0), 1);
    const coded = kept <= 0.0031308 ? 12.92 * kept : 1.055 * kept ** (1 / 2.4) - 0.055;
    return Math.round(255 * coded).toString(16).padStart(2, "0");
  });
  return `#${letters.join("")}`;
}
