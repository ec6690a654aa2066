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

// Where in the maps a pixel (its middle is at .5) looks, for red (-1), green (0) or blue (1).
vec2 looked(vec2 pixel, float channel) {
#ifdef BENT
    vec2 map = map_of(see_apart(see(place_of(pixel)), channel));
    return 1.0 - abs(1.0 - abs(map)); // beyond its edges the picture is mirrored, not smeared
#else
    return pixel / resolution;
#endif
}

// How much of the shape a pixel sees, in red, green and blue.
vec3 cover_at(vec2 pixel) {
#if defined(SPLIT)
    return vec3(texture(ink_map, looked(pixel, -1.0)).r,
                texture(ink_map, looked(pixel, 0.0)).r,
                texture(ink_map, looked(pixel, 1.0)).r);
#elif defined(BENT) || defined(FINER)
    return vec3(texture(ink_map, looked(pixel, 0.0)).r);
#else
    return vec3(texelFetch(ink_map, ivec2(pixel), 0).r);
#endif
}

// The bloom at a place of its map; without glow the map is never drawn.
float bloom_in(vec2 map) {
#ifdef GLOWING
    return texture(bloom_map, map).r;
#else
    return 0.0;
#endif
}

float bloom_at(vec2 pixel) {
    return bloom_in(looked(pixel, 0.0));
}

// The colour of a pixel with this cover and bloom, before what the screen does to it: sRGB, 0..1.
vec3 developed(vec2 pixel, vec3 cover, float bloom) {
    vec2 place = place_of(pixel);
    vec3 backdrop = background_at(place) * (1.0 - min(cover, 1.0));
    vec3 light = backdrop + color * cover + halo * bloom;
    return to_srgb(tone_mapped(develop_light(light, place), white));
}

vec3 displayed(vec3 shown, vec2 pixel) {
    return develop_display(shown, place_of(pixel));
}

// The colour on the screen at a pixel with this cover and bloom: sRGB, 0..1, not yet dithered.
vec3 picture(vec2 pixel, vec3 cover, float bloom) {
    return displayed(developed(pixel, cover, bloom), pixel);
}

vec3 picture(vec2 pixel) {
    return picture(pixel, cover_at(pixel), bloom_at(pixel));
}
