// How much of a pixel a round-capped line covers: the overlap of two boxes across the line.
flat in vec4 v_line;
flat in vec3 v_shape;
in float v_ink;

out vec4 ink;

void main() {
    vec2 from_start = gl_FragCoord.xy - v_line.xy;
    float along = dot(from_start, v_line.zw);
    float across = dot(from_start, vec2(-v_line.w, v_line.z));
    float beyond = max(max(-along, along - v_shape.x), 0.0);
    float distance = length(vec2(beyond, across));
    ink = vec4(clamp(v_shape.y - distance, 0.0, v_shape.z) * v_ink);
}
