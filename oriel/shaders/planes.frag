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

vec3 at(vec2 corner, float x, float y, vec2 bloom) {
    vec2 pixel = clamp(corner + vec2(x + 0.5, -y - 0.5), vec2(0.5), resolution - 0.5);
#ifdef COARSE
    return picture(pixel, mix(bloom.x, bloom.y, (x + 0.5) / 4.0));
#else
    return picture(pixel);
#endif
}

// 16..235 of 255, dithered.
vec4 coded(vec4 luma, ivec2 block, float row) {
    return (16.0 + 219.0 * luma + dither_four(block, row)) / 255.0;
}

// A chroma sample lies on the left pixel of its pair, between the rows (H.264's default siting):
// hence the weights 1, 2, 1 along the row.
vec3 sited(vec3 left, vec3 middle, vec3 right) {
    return 0.125 * left + 0.25 * middle + 0.125 * right;
}

void write(vec4 upper_luma, vec4 lower_luma, vec3 first, vec3 second, ivec2 block) {
    upper = coded(upper_luma, block, 0.0);
    lower = coded(lower_luma, block, 1.0);
    vec2 luma = vec2(dot(first, LUMA), dot(second, LUMA));
    vec4 differences = vec4((vec2(first.b, second.b) - luma) / BLUE_SPAN,
                            (vec2(first.r, second.r) - luma) / RED_SPAN);
    chroma = (128.0 + 224.0 * differences + dither(block / 2)) / 255.0;
}

void main() {
    ivec2 block = ivec2(gl_FragCoord.xy) * ivec2(4, 2);
    vec2 corner = vec2(block.x, resolution.y - float(block.y));

#if defined(COARSE) && defined(BARE)
    // Nothing here but bloom, in texels larger than a block: its two ends tell all.
    vec3 left = picture(corner + vec2(0.0, -1.0));
    vec3 right = picture(corner + vec2(4.0, -1.0));
    vec4 luma = mix(vec4(dot(left, LUMA)), vec4(dot(right, LUMA)), vec4(1.0, 3.0, 5.0, 7.0) / 8.0);
    write(luma, luma, mix(left, right, 0.125), mix(left, right, 0.625), block);
#else
  #ifdef COARSE
    vec2 bloom = vec2(bloom_at(corner + vec2(0.0, -1.0)), bloom_at(corner + vec2(4.0, -1.0)));
  #else
    vec2 bloom = vec2(0.0);
  #endif
    vec3 p0 = at(corner, 0.0, 0.0, bloom), p1 = at(corner, 1.0, 0.0, bloom);
    vec3 p2 = at(corner, 2.0, 0.0, bloom), p3 = at(corner, 3.0, 0.0, bloom);
    vec3 q0 = at(corner, 0.0, 1.0, bloom), q1 = at(corner, 1.0, 1.0, bloom);
    vec3 q2 = at(corner, 2.0, 1.0, bloom), q3 = at(corner, 3.0, 1.0, bloom);
    vec3 before = at(corner, -1.0, 0.0, bloom) + at(corner, -1.0, 1.0, bloom);

    write(vec4(dot(p0, LUMA), dot(p1, LUMA), dot(p2, LUMA), dot(p3, LUMA)),
          vec4(dot(q0, LUMA), dot(q1, LUMA), dot(q2, LUMA), dot(q3, LUMA)),
          sited(before, p0 + q0, p1 + q1), sited(p1 + q1, p2 + q2, p3 + q3), block);
#endif
}
