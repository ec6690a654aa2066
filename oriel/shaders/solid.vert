// The mesh's triangles with what lighting needs.
#include "frame.glsl"
#include "space.glsl"

in vec3 start;
in vec3 normal;

uniform mat4 model; // turns and scales, without camera

out vec3 v_normal;
out vec3 v_position;
out float v_ink;

void main() {
    vec4 clip = mvp * vec4(start, 1.0);
    v_normal = mat3(model) * normal;
    v_position = (model * vec4(start, 1.0)).xyz;
    v_ink = faded(clip);
    gl_Position = clip;
}
