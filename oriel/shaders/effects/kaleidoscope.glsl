// Kaleidoscope: folds the picture into mirrored wedges around its middle.
// stage: coordinates 30
uniform int kaleidoscope_wedges;  // 2..16 = 6 | how many pairs of mirrored wedges
uniform float kaleidoscope_turn;  // -1..1 = 0.1 | how fast the mirrors turn, in radians a second
uniform float kaleidoscope_shift; // 0..1 = 0.35 | how far from the middle the picture is taken

vec2 kaleidoscope(vec2 p) {
    float wedge = 3.14159265 / float(kaleidoscope_wedges);
    float turned = kaleidoscope_turn * time;
    float radius = length(p);
    float angle = atan(p.y, p.x) - turned;
    angle = abs(mod(angle, 2.0 * wedge) - wedge);
    vec2 folded = radius * vec2(cos(angle), sin(angle));
    return folded - vec2(kaleidoscope_shift * 0.5, 0.0);
}
