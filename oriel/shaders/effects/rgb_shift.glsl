// RGB shift: red and blue jump apart on each onset.
// stage: split 20
uniform float rgb_shift_amount; // 0..1 = 0.5 | how far they jump on the strongest onset
uniform float rgb_shift_angle;  // 0..6.2832 = 0 | in which direction, in radians
vec2 rgb_shift(vec2 p, float channel) {
    vec2 direction = vec2(cos(rgb_shift_angle), sin(rgb_shift_angle));
    return p + 0.06 * rgb_shift_amount * onset * channel * direction;
}
