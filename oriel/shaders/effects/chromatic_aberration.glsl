// Chromatic aberration: a lens that bends red and blue apart, more towards the corners.
// stage: split 10
uniform float chromatic_aberration_amount; // 0..1 = 0.35 | how far apart the colours are
vec2 chromatic_aberration(vec2 p, float channel) {
    return p * (1.0 + 0.03 * chromatic_aberration_amount * channel * dot(p, p));
}
