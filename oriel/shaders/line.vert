// One edge of the mesh as a quad in the picture, wide enough for its antialiased rim.
#include "frame.glsl"
#include "space.glsl"

in vec3 start;
in vec3 end;
in vec2 corner; // x: 0 at the start, 1 at the end; y: -1 and 1 across

uniform float half_width; // pixels

out vec2 v_place;         // pixels along the line and across it
flat out float v_length;  // pixels
flat out float v_reach;   // pixels from the line's middle to where it covers nothing
flat out float v_most;    // pixels of overlap that cover the most
out float v_ink;          // of a pixel of overlap

void main() {
    vec4 a = mvp * vec4(start, 1.0);
    vec4 b = mvp * vec4(end, 1.0);
    if (max(a.w, b.w) < NEAR) {
        gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
        return;
    }
    // What lies behind the camera is cut off at the near plane.
    if (a.w < NEAR) a = mix(a, b, (NEAR - a.w) / (b.w - a.w));
    if (b.w < NEAR) b = mix(b, a, (NEAR - b.w) / (a.w - b.w));

    vec2 from = to_pixels(a);
    vec2 to = to_pixels(b);
    v_length = length(to - from);
    vec2 along = v_length > 1e-4 ? (to - from) / v_length : vec2(1.0, 0.0);
    vec2 across = vec2(-along.y, along.x);
    // Across a slanting line a pixel is wider: without this, lines near 45 degrees look beaded.
    float pixel_width = abs(along.x) + abs(along.y);
    v_reach = half_width + 0.5 * pixel_width;
    v_most = min(pixel_width, 2.0 * half_width);

    v_place = vec2(mix(-v_reach, v_length + v_reach, corner.x), v_reach * corner.y);
    v_ink = faded(corner.x < 0.5 ? a : b) / pixel_width;
    vec2 pixel = from + along * v_place.x + across * v_place.y;
    gl_Position = vec4(pixel / resolution * 2.0, 0.0, 1.0);
}
