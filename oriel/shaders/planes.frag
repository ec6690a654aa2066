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

#ifdef COARSE
// In large pictures a block is small: where it looks is one affine map, its bloom runs straight
// from its left to its right end, and red and blue share a lookup for each two pixels, as video
// keeps colour for two pixels at once anyway.
struct Block {
    vec2 corner; // pixels: the block's upper left
    vec2 bloom;  // at its left and right end
    mat3x2 red, green, blue; // where its corner looks, and the steps for a pixel right and down
};

mat3x2 affine(vec2 corner, float channel) {
    vec2 here = looked(corner, channel);
    return mat3x2(here, (looked(corner + vec2(4.0, 0.0), channel) - here) / 4.0,
                  (looked(corner - vec2(0.0, 2.0), channel) - here) / 2.0);
}

Block block_at(vec2 corner) {
    mat3x2 green = affine(corner, 0.0);
    vec2 left = green[0] + green[2], right = left + 4.0 * green[1];
    vec2 bloom = vec2(bloom_in(left), bloom_in(right));
  #ifdef SPLIT
    return Block(corner, bloom, affine(corner, -1.0), green, affine(corner, 1.0));
  #else
    return Block(corner, bloom, green, green, green);
  #endif
}

float ink(mat3x2 map, float x, float y) {
    return texture(ink_map, map * vec3(1.0, x + 0.5, y + 0.5)).r;
}

vec3 at(Block block, float x, float y) {
  #ifdef BENT
    x = max(x, 0.0);
  #endif
    vec2 pixel = clamp(block.corner + vec2(x + 0.5, -y - 0.5), vec2(0.5), resolution - 0.5);
  #if defined(SPLIT)
    float pair = floor(x / 2.0) * 2.0;
    vec3 cover = vec3(ink(block.red, pair, y), ink(block.green, x, y), ink(block.blue, pair, y));
  #elif defined(BENT)
    vec3 cover = vec3(ink(block.green, x, y));
  #else
    vec3 cover = cover_at(pixel);
  #endif
    return picture(pixel, cover, mix(block.bloom.x, block.bloom.y, (x + 0.5) / 4.0));
}
#else
#define Block vec2
#define block_at(corner) corner

vec3 at(vec2 corner, float x, float y) {
    return picture(clamp(corner + vec2(x + 0.5, -y - 0.5), vec2(0.5), resolution - 0.5));
}
#endif

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
    // The next chroma sample's place in Bayer's matrix is always half a step away.
    float first_dither = dither(block / 2);
    float second_dither = first_dither - 0.5 * sign(first_dither);
    chroma = (128.0 + 224.0 * differences + vec2(first_dither, second_dither).xyxy) / 255.0;
}

void main() {
    ivec2 place = ivec2(gl_FragCoord.xy) * ivec2(4, 2); // x to the right, y down
    vec2 corner = vec2(place.x, resolution.y - float(place.y));

#if defined(COARSE) && defined(BARE)
    // Nothing here but bloom: the block's two ends tell all.
    vec3 left = picture(corner + vec2(0.0, -1.0));
    vec3 right = picture(corner + vec2(4.0, -1.0));
    vec4 luma = mix(vec4(dot(left, LUMA)), vec4(dot(right, LUMA)), vec4(1.0, 3.0, 5.0, 7.0) / 8.0);
    write(luma, luma, mix(left, right, 0.125), mix(left, right, 0.625), place);
#else
    Block block = block_at(corner);
    vec3 p0 = at(block, 0.0, 0.0), p1 = at(block, 1.0, 0.0);
    vec3 p2 = at(block, 2.0, 0.0), p3 = at(block, 3.0, 0.0);
    vec3 q0 = at(block, 0.0, 1.0), q1 = at(block, 1.0, 1.0);
    vec3 q2 = at(block, 2.0, 1.0), q3 = at(block, 3.0, 1.0);
    vec3 before = at(block, -1.0, 0.0) + at(block, -1.0, 1.0);

    write(vec4(dot(p0, LUMA), dot(p1, LUMA), dot(p2, LUMA), dot(p3, LUMA)),
          vec4(dot(q0, LUMA), dot(q1, LUMA), dot(q2, LUMA), dot(q3, LUMA)),
          sited(before, p0 + q0, p1 + q1), sited(p1 + q1, p2 + q2, p3 + q3), place);
#endif
}
