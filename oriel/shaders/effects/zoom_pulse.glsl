// Zoom pulse: the picture leaps towards the viewer on each beat.
// stage: coordinates 10
uniform float zoom_pulse_amount; // 0..1 = 0.35 | how far it leaps
vec2 zoom_pulse(vec2 p) {
    return p / (1.0 + 0.3 * zoom_pulse_amount * pulse);
}
