// The picture as 8-bit sRGB, for a screen or a PNG.
#include "picture.glsl"

out vec4 shown;

void main() {
    shown = vec4(picture(gl_FragCoord.xy) + dither(ivec2(gl_FragCoord.xy)) / 255.0, 1.0);
}
