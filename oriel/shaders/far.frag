// The picture far from all ink, as planes.frag makes it near: each fragment makes sixteen by two
// pixels, along which the colours run straight from one side to the other.
#include "picture.glsl"
#include "video.glsl"

uniform float share; // 0..1: how much of what bloom_map holds the finished bloom has here

layout(location = 0) out uvec4 upper;  // sixteen Y', four in a number
layout(location = 1) out uvec4 lower;
layout(location = 2) out uvec4 chroma; // eight Cb, eight Cr

// Y', Cb and Cr where there is no ink, and a half to round them by.
vec3 steps(vec2 pixel) {
    vec3 color = developed(pixel, vec3(0.0), share * bloom_at(pixel));
    float luma = dot(color, LUMA);
    return vec3(luma_steps(luma), chroma_steps(color, luma)) + 0.5;
}

uint four_in_one(vec4 samples) {
    uvec4 whole = uvec4(samples);
    return whole.x | whole.y << 8u | whole.z << 16u | whole.w << 24u;
}

// Four samples in a row from each of these two on.
uvec2 run(vec2 first, float grows, vec4 dither_first, vec4 dither_second) {
    vec4 grown = grows * vec4(0.0, 1.0, 2.0, 3.0);
    return uvec2(four_in_one(first.x + grown + dither_first), four_in_one(first.y + grown + dither_second));
}

void main() {
    ivec2 place = ivec2(gl_FragCoord.xy) * ivec2(16, 2); // x to the right, y down
    vec2 left = vec2(place.x, resolution.y - float(place.y) - 1.0);
    vec3 begin = steps(left);
    vec3 grows = (steps(left + vec2(16.0, 0.0)) - begin) / 16.0;
    begin += 0.5 * grows;

    // Bayer's matrix is eight wide: each second four of a row are dithered alike.
    ivec2 next = place + ivec2(4, 0);
    vec4 firsts = begin.x + grows.x * vec4(0.0, 4.0, 8.0, 12.0);
    vec4 first = dither_four(place, 0.0), second = dither_four(next, 0.0);
    upper = uvec4(run(firsts.xy, grows.x, first, second), run(firsts.zw, grows.x, first, second));
    first = dither_four(place, 1.0), second = dither_four(next, 1.0);
    lower = uvec4(run(firsts.xy, grows.x, first, second), run(firsts.zw, grows.x, first, second));

    ivec2 pair = place / 2;
    float row = float(pair.y & 1);
    pair.y -= pair.y & 1;
    first = dither_four(pair, row), second = dither_four(pair + ivec2(4, 0), row);
    vec2 fifth = vec2(0.0, 8.0);
    chroma = uvec4(run(begin.y + grows.y * fifth, 2.0 * grows.y, first, second),
                   run(begin.z + grows.z * fifth, 2.0 * grows.z, first, second));
}
