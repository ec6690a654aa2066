// One vertex of the mesh as a square in the picture.
#include "frame.glsl"
#include "space.glsl"

in vec3 start;
in vec2 corner; // -1 and 1

uniform float half_width; // pixels, of a point at the camera's distance from the middle

out vec2 v_place;         // pixels from the point's middle
flat out float v_radius;  // pixels
out float v_ink;

void main() {
    vec4 middle = mvp * vec4(start, 1.0);
    if (middle.w < NEAR) {
        gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
        return;
    }
    v_radius = half_width * CAMERA_Z / middle.w;
    v_place = corner * (v_radius + 0.5);
    v_ink = faded(middle);
    gl_Position = vec4((to_pixels(middle) + v_place) / resolution * 2.0, 0.0, 1.0);
}
