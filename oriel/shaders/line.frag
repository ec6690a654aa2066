// How much of a pixel a round-capped line covers: the overlap of two boxes across the line.
in vec2 v_place;
flat in float v_length;
flat in float v_reach;
flat in float v_most;
in float v_ink;

out vec4 ink;

void main() {
    float beyond = max(max(-v_place.x, v_place.x - v_length), 0.0);
    float distance = length(vec2(beyond, v_place.y));
    ink = vec4(clamp(v_reach - distance, 0.0, v_most) * v_ink);
}
