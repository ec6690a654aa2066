// A lit surface in one colour: a key light, soft light from below, a bright rim and a highlight.
#include "frame.glsl"

in vec3 v_normal;
in vec3 v_position;
in float v_ink;

out vec4 ink;

const vec3 EYE = vec3(0.0, 0.0, 10.0);
const vec3 KEY = vec3(-0.48, 0.64, 0.6);
const vec3 FILL = vec3(0.6, -0.64, 0.48);

void main() {
    vec3 view = normalize(EYE - v_position);
    vec3 n = normalize(v_normal);
    n = dot(n, view) < 0.0 ? -n : n; // open shapes show both their sides

    float key = max(dot(n, KEY), 0.0);
    float fill = max(dot(n, FILL), 0.0);
    float facing = max(dot(n, view), 0.0);
    float rim = (1.0 - facing) * (1.0 - facing) * (1.0 - facing);
    float shine = max(dot(n, normalize(KEY + view)), 0.0);
    shine *= shine; shine *= shine; shine *= shine; shine *= shine; shine *= shine; // to the 32nd

    ink = vec4((0.03 + 0.62 * key + 0.10 * fill + 0.35 * rim + 0.5 * shine) * v_ink);
}
