// One edge of the mesh in the picture, wide enough for its antialiased rim: as a quad, or as a wide
// line of OpenGL's own, which software renderers set up in half the time.
#include "frame.glsl"
#include "space.glsl"

in vec3 start;
in vec3 end;
in vec2 corner; // x: 0 at the start, 1 at the end; y: -1 and 1 across, 0 for wide lines

uniform float half_width; // pixels
uniform float margin;     // pixels that the viewport reaches beyond the picture on each side

flat out vec4 v_line;  // pixels: where the line starts; its direction
flat out vec3 v_shape; // pixels: its length, from its middle to where it covers nothing, most overlap
flat out vec2 v_ink;   // of a pixel of overlap: at the start, and how much more a pixel along

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
    float span = length(to - from);
    vec2 along = span > 1e-4 ? (to - from) / span : vec2(1.0, 0.0);
    vec2 across = vec2(-along.y, along.x);
    // Across a slanting line a pixel is wider: without this, lines near 45 degrees look beaded.
    float pixel_width = abs(along.x) + abs(along.y);
    float reach_across = half_width + 0.5 * pixel_width;

    v_line = vec4(from + 0.5 * resolution, along);
    v_shape = vec3(span, reach_across, min(pixel_width, 2.0 * half_width));
    float ink = faded(a);
    v_ink = vec2(ink, (faded(b) - ink) / max(span, 1e-4)) / pixel_width;
    // Wide lines end along an axis, not at a right angle, and which pixel is their last is the
    // driver's affair.
    float beyond = (reach_across + 0.5) / max(abs(along.x), abs(along.y));
    vec2 pixel = from + along * mix(-beyond, span + beyond, corner.x)
               + across * reach_across * corner.y;
    gl_Position = vec4(pixel / (resolution + 2.0 * margin) * 2.0, 0.0, 1.0);
}
