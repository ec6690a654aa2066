// The picture as video wants it: 8-bit Y'CbCr 4:2:0 (ITU-R BT.709, limited range).
//
// Each fragment makes a block of four by two pixels, the top row of the picture first: four Y' of
// its upper row, four of its lower row, and two pairs of Cb and Cr.
//
// BARE blocks are made as if there were no ink, at a fraction of the cost; they say by their depth, 1,
// where there may be some, so that those alone are made again, with it.
#include "picture.glsl"
#include "video.glsl"

#ifdef BARE
uniform sampler2D near_map; // 0 where there is no ink near
uniform float near;         // pixels: how near
#endif

layout(location = 0) out vec4 upper;
layout(location = 1) out vec4 lower;
layout(location = 2) out vec4 chroma; // Cb, Cb, Cr, Cr

struct Block {
    vec2 corner; // pixels: its upper left
    mat3x2 red, green, blue; // where in the maps its corner looks, and the steps a pixel right, down
    vec2 bloom;  // at the middle of its left and its right side
};

mat3x2 affine(vec2 corner) {
    vec2 here = looked(corner, 0.0);
    return mat3x2(here, (looked(corner + vec2(4.0, 0.0), 0.0) - here) / 4.0,
                  (looked(corner - vec2(0.0, 2.0), 0.0) - here) / 2.0);
}

Block block_at(vec2 corner) {
    mat3x2 green = affine(corner);
    vec2 left = green[0] + green[2], right = left + 4.0 * green[1];
    vec2 bloom = vec2(bloom_in(left), bloom_in(right));
#ifdef SPLIT
    // Within a block red and blue run as green does.
    return Block(corner, mat3x2(looked(corner, -1.0), green[1], green[2]), green,
                 mat3x2(looked(corner, 1.0), green[1], green[2]), bloom);
#else
    return Block(corner, green, green, green, bloom);
#endif
}

vec2 pixel_of(Block block, float x, float y) {
    return clamp(block.corner + vec2(x + 0.5, -y - 0.5), vec2(0.5), resolution - 0.5);
}

#ifdef BARE
// Whether a block that looks there may see ink.
bool inked(mat3x2 map) {
    vec2 across = 4.0 * map[1] * resolution, down = 2.0 * map[2] * resolution;
    // Does it look further around than the map tells?
    bool far = 0.5 * sqrt(dot(across, across) + dot(down, down)) + 1.0 > near;
    vec2 middle = map * vec3(1.0, 2.0, 1.0);
    return far || texelFetch(near_map, ivec2(middle * vec2(textureSize(near_map, 0))), 0).r > 0.0;
}

bool inked(Block block) {
  #ifdef SPLIT
    return inked(block.red) || inked(block.green) || inked(block.blue);
  #else
    return inked(block.green);
  #endif
}
#endif

#if defined(BARE) && defined(COARSE)
// In large pictures a block is small: its two sides tell all.
vec3 at(Block block, float x, float y) {
    vec3 left = developed(block.corner + vec2(0.0, -1.0), vec3(0.0), block.bloom.x);
    vec3 right = developed(block.corner + vec2(4.0, -1.0), vec3(0.0), block.bloom.y);
    return displayed(mix(left, right, (x + 0.5) / 4.0), pixel_of(block, x, y));
}
#elif defined(BARE)
vec3 at(Block block, float x, float y) {
    vec2 pixel = pixel_of(block, x, y);
    return picture(pixel, vec3(0.0), bloom_at(pixel));
}
#elif defined(COARSE)
// In large pictures a block looks through one affine map, its bloom runs straight from side to
// side, and red and blue share a lookup for each two pixels, as video keeps colour for two anyway.
float ink(mat3x2 map, float x, float y) {
    return texture(ink_map, map * vec3(1.0, x + 0.5, y + 0.5)).r;
}

vec3 at(Block block, float x, float y) {
    vec2 pixel = pixel_of(block, x, y);
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
vec3 at(Block block, float x, float y) {
    return picture(pixel_of(block, x, y));
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

vec4 paired(vec3 first, vec3 second, ivec2 block) {
    vec2 luma = vec2(dot(first, LUMA), dot(second, LUMA));
    vec4 differences = vec4((vec2(first.b, second.b) - luma) / BLUE_SPAN,
                            (vec2(first.r, second.r) - luma) / RED_SPAN);
    // The next chroma sample's place in Bayer's matrix is always half a step away.
    float first_dither = dither(block / 2);
    float second_dither = first_dither - 0.5 * sign(first_dither);
    return (128.0 + 224.0 * differences + vec2(first_dither, second_dither).xyxy) / 255.0;
}

void main() {
    ivec2 place = ivec2(gl_FragCoord.xy) * ivec2(4, 2); // x to the right, y down
    Block block = block_at(vec2(place.x, resolution.y - float(place.y)));

    vec3 p0 = at(block, 0.0, 0.0), p1 = at(block, 1.0, 0.0);
    vec3 p2 = at(block, 2.0, 0.0), p3 = at(block, 3.0, 0.0);
    vec3 q0 = at(block, 0.0, 1.0), q1 = at(block, 1.0, 1.0);
    vec3 q2 = at(block, 2.0, 1.0), q3 = at(block, 3.0, 1.0);
#if defined(COARSE) && (defined(BARE) || defined(BENT))
    vec3 before = p0 + q0; // a block knows nothing of the one before it
#else
    vec3 before = at(block, -1.0, 0.0) + at(block, -1.0, 1.0);
#endif

    upper = coded(vec4(dot(p0, LUMA), dot(p1, LUMA), dot(p2, LUMA), dot(p3, LUMA)), place, 0.0);
    lower = coded(vec4(dot(q0, LUMA), dot(q1, LUMA), dot(q2, LUMA), dot(q3, LUMA)), place, 1.0);
    chroma = paired(sited(before, p0 + q0, p1 + q1), sited(p1 + q1, p2 + q2, p3 + q3), place);
#ifdef BARE
    gl_FragDepth = inked(block) ? 1.0 : 0.0;
#endif
}
