// How much of a pixel a round-capped line covers: the overlap of two boxes across the line.
in vec2 v_place;
flat in float v_length;
in float v_ink;

uniform float half_width; // pixels

out vec4 ink;

void main() {
    float beyond = max(max(-v_place.x, v_place.x - v_length), 0.0);
    float distance = length(vec2(beyond, v_place.y));
    float coverage = clamp(half_width + 0.5 - distance, 0.0, min(1.0, 2.0 * half_width));
    ink = vec4(coverage * v_ink);
}
