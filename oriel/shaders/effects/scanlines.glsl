// Scanlines: the dark lines of a picture tube, slowly rolling.
// stage: display 20
uniform float scanlines_amount; // 0..1 = 0.3 | how dark the lines are
uniform int scanlines_count;    // 60..540 = 180 | how many there are along the picture's shorter side
uniform float scanlines_roll;   // -4..4 = 0 | how fast they move, in lines a second

vec3 scanlines(vec3 color, vec2 p) {
    float line = 0.5 * (p.y + 1.0) * float(scanlines_count) + scanlines_roll * time;
    float wave = abs(2.0 * fract(line) - 1.0);
    float dark = wave * wave * (3.0 - 2.0 * wave);
    // Lines finer than the pixels would beat with them: their mean stands for them.
    float resolved = clamp(0.5 * shorter_side() / float(scanlines_count) - 1.0, 0.0, 1.0);
    return color * (1.0 - scanlines_amount * mix(0.5, dark, resolved));
}
