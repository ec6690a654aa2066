// How much of a pixel a disc covers.
in vec2 v_place;
flat in float v_radius;
in float v_ink;

out vec4 ink;

void main() {
    float coverage = clamp(v_radius + 0.5 - length(v_place), 0.0, min(1.0, 2.0 * v_radius));
    ink = vec4(coverage * v_ink);
}
