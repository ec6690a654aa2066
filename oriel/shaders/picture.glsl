// The finished picture at a pixel: ink and bloom, seen through the look's effects.
#include "frame.glsl"
#include "chance.glsl"
#include "effects.glsl"
#include "colour.glsl"

uniform sampler2D ink_map;   // how much of the shape covers each place
uniform sampler2D bloom_map; // the same, spread by the bloom
uniform float white;         // light that becomes white

// Places are centred, y up, and the shorter side of the picture goes from -1 to 1.
vec2 place_of(vec2 pixel) {
    return (2.0 * pixel - resolution) / shorter_side();
}

vec2 map_of(vec2 place) {
    return 0.5 + 0.5 * place * shorter_side() / resolution;
}

vec3 background_at(vec2 place) {
#ifdef GRADIENT
    vec2 corner = resolution / shorter_side();
    float outward = clamp(dot(place, place) / dot(corner, corner), 0.0, 1.0);
    return mix(background, background_edge, outward);
#else
    return background;
#endif
}

// The bloom that a pixel (its middle is at .5) sees.
float bloom_at(vec2 pixel) {
#ifdef BENT
    return texture(bloom_map, map_of(see(place_of(pixel)))).r;
#else
    return texture(bloom_map, pixel / resolution).r;
#endif
}

// How much of the shape a pixel sees, for red, green and blue.
vec3 cover_at(vec2 pixel) {
#if defined(BARE)
    return vec3(0.0);
#elif defined(SPLIT)
    vec2 place = see(place_of(pixel));
    return vec3(texture(ink_map, map_of(see_apart(place, -1.0))).r,
                texture(ink_map, map_of(see_apart(place, 0.0))).r,
                texture(ink_map, map_of(see_apart(place, 1.0))).r);
#elif defined(BENT)
    return vec3(texture(ink_map, map_of(see(place_of(pixel)))).r);
#elif defined(FINER)
    return vec3(texture(ink_map, pixel / resolution).r);
#else
    return vec3(texelFetch(ink_map, ivec2(pixel), 0).r);
#endif
}

// The colour on the screen at a pixel with this bloom: sRGB, 0..1, not yet dithered.
vec3 picture(vec2 pixel, float bloom) {
    vec2 place = place_of(pixel);
    vec3 cover = cover_at(pixel);
    vec3 backdrop = background_at(place) * (1.0 - min(cover, 1.0));
    vec3 light = backdrop + color * cover + halo * bloom;
    vec3 shown = to_srgb(tone_mapped(develop_light(light, place), white));
    return develop_display(shown, place);
}

vec3 picture(vec2 pixel) {
    return picture(pixel, bloom_at(pixel));
}
