// The picture as video wants it: 8-bit Y'CbCr 4:2:0 (ITU-R BT.709, limited range).
//
// Each fragment makes a block of four by two pixels, the top row of the picture first: four Y' of
// its upper row, four of its lower row, and two pairs of Cb and Cr.
#include "picture.glsl"

layout(location = 0) out vec4 upper;
layout(location = 1) out vec4 lower;
layout(location = 2) out vec4 chroma; // Cb, Cb, Cr, Cr

// BT.709, items 3.2 and 3.3.
const vec3 LUMA = vec3(0.2126, 0.7152, 0.0722);
const float BLUE_SPAN = 1.8556;
const float RED_SPAN = 1.5748;

vec3 at(vec2 corner, float x, float y) {
    return picture(clamp(corner + vec2(x + 0.5, -y - 0.5), vec2(0.5), resolution - 0.5));
}

// 16..235 of 255, with the dither of four neighbouring pixels.
vec4 coded(vec4 luma, ivec2 pixel) {
    vec4 offset = vec4(dither(pixel), dither(pixel + ivec2(1, 0)),
                       dither(pixel + ivec2(2, 0)), dither(pixel + ivec2(3, 0)));
    return (16.0 + 219.0 * luma + offset) / 255.0;
}

// A chroma sample lies on the left pixel of its pair, between the rows (H.264's default siting):
// hence the weights 1, 2, 1 along the row.
vec3 sited(vec3 left, vec3 middle, vec3 right) {
    return 0.125 * left + 0.25 * middle + 0.125 * right;
}

void main() {
    ivec2 block = ivec2(gl_FragCoord.xy) * ivec2(4, 2);
    vec2 corner = vec2(block.x, resolution.y - float(block.y));

    vec3 p0 = at(corner, 0.0, 0.0), p1 = at(corner, 1.0, 0.0);
    vec3 p2 = at(corner, 2.0, 0.0), p3 = at(corner, 3.0, 0.0);
    vec3 q0 = at(corner, 0.0, 1.0), q1 = at(corner, 1.0, 1.0);
    vec3 q2 = at(corner, 2.0, 1.0), q3 = at(corner, 3.0, 1.0);
    vec3 before = at(corner, -1.0, 0.0) + at(corner, -1.0, 1.0);

    upper = coded(vec4(dot(p0, LUMA), dot(p1, LUMA), dot(p2, LUMA), dot(p3, LUMA)), block);
    lower = coded(vec4(dot(q0, LUMA), dot(q1, LUMA), dot(q2, LUMA), dot(q3, LUMA)),
                  block + ivec2(0, 1));

    vec3 first = sited(before, p0 + q0, p1 + q1);
    vec3 second = sited(p1 + q1, p2 + q2, p3 + q3);
    vec2 luma = vec2(dot(first, LUMA), dot(second, LUMA));
    vec4 differences = vec4((vec2(first.b, second.b) - luma) / BLUE_SPAN,
                            (vec2(first.r, second.r) - luma) / RED_SPAN);
    chroma = (128.0 + 224.0 * differences + dither(block / 2)) / 255.0;
}
