// Vignette: darkens the picture towards its corners.
// stage: light 20
uniform float vignette_amount; // 0..1 = 0.5 | how dark the corners are
uniform float vignette_radius; // 0.2..1.5 = 0.5 | where the darkening begins

vec3 vignette(vec3 light, vec2 p) {
    vec2 corner = resolution / shorter_side();
    float begin = vignette_radius * vignette_radius;
    float outward = clamp((dot(p, p) - begin) / max(dot(corner, corner) - begin, 0.1), 0.0, 1.0);
    float kept = 1.0 - vignette_amount * outward * (2.0 - outward);
    return light * kept * kept;
}
