// Film grain: fine noise that changes twelve times a second, strongest in the middle tones.
// stage: display 30
uniform float grain_amount; // 0..1 = 0.3 | how strong the grain is
uniform float grain_size;   // 1..6 = 2 | size of a grain, in thousandths of the picture's shorter side

vec3 grain(vec3 color, vec2 p) {
    vec2 cell = (p + 4.0) * 500.0 / grain_size;
    float speck = noise(ivec3(ivec2(cell), seed + tick));
    float tone = dot(color, vec3(0.299, 0.587, 0.114));
    return color + 0.16 * grain_amount * speck * (0.15 + 3.4 * tone * (1.0 - tone));
}
