// How much of a pixel a round-capped line covers: the overlap of two boxes across the line.
flat in vec4 v_line;
flat in vec3 v_shape;
flat in vec2 v_ink;

out vec4 ink;

void main() {
    vec2 from_start = gl_FragCoord.xy - v_line.xy;
    float along = dot(from_start, v_line.zw);
    float across = dot(from_start, vec2(-v_line.w, v_line.z));
    float inside = clamp(along, 0.0, v_shape.x);
    float distance = length(vec2(along - inside, across));
    ink = vec4(clamp(v_shape.y - distance, 0.0, v_shape.z) * (v_ink.x + v_ink.y * inside));
}
