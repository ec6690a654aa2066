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

// Light at a pixel (its middle is at .5), before tone mapping.
vec3 light_at(vec2 pixel) {
#ifdef BENT
    vec2 place = see(place_of(pixel));
    vec2 map = map_of(place);
    vec3 backdrop = background_at(place);
  #ifdef SPLIT
    vec3 cover = vec3(texture(ink_map, map_of(see_apart(place, -1.0))).r,
                      texture(ink_map, map).r,
                      texture(ink_map, map_of(see_apart(place, 1.0))).r);
  #else
    float cover = texture(ink_map, map).r;
  #endif
#else
    vec2 map = pixel / resolution;
    vec3 backdrop = background_at(place_of(pixel));
  #ifdef FINER
    float cover = texture(ink_map, map).r;
  #else
    float cover = texelFetch(ink_map, ivec2(pixel), 0).r;
  #endif
#endif
    return backdrop + color * cover + halo * texture(bloom_map, map).r;
}

// The colour on the screen at a pixel, sRGB, 0..1, not yet dithered.
vec3 picture(vec2 pixel) {
    vec2 place = place_of(pixel);
    vec3 light = develop_light(light_at(pixel), place);
    return develop_display(to_srgb(tone_mapped(light, white)), place);
}
