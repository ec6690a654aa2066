// From linear light to what a screen shows.

// Tone mapping: Reinhard's curve with a white point (Reinhard et al. 2002, equation 4); where
// white is 1 it changes nothing.
vec3 tone_mapped(vec3 light, float white) {
    return light * (1.0 + light / (white * white)) / (1.0 + light);
}

// The sRGB transfer function (IEC 61966-2-1). Above its linear part a fit of square roots stands
// for the power, at most 0.0004 away from it and a third cheaper on processors.
vec3 to_srgb(vec3 light) {
    vec3 x = clamp(light, 0.0, 1.0);
    vec3 root = sqrt(x);
    vec3 curve = 0.83375145 * root + 0.29810973 * sqrt(root) - 0.05531654 * x - 0.07690398;
    return mix(curve, 12.92 * x, vec3(lessThan(x, vec3(0.0031308))));
}
