// Randomness that every driver agrees on: integer hashes, and a dither pattern.

// A hash of three integers (the PCG output permutation of O'Neill 2014, as used by Jarzynski and
// Olano 2020).
uint hashed(ivec3 key) {
    uint state = uint(key.x) * 747796405u + uint(key.y) * 2891336453u + uint(key.z) * 277803737u;
    state = state * 747796405u + 2891336453u;
    state = ((state >> ((state >> 28u) + 4u)) ^ state) * 277803737u;
    return (state >> 22u) ^ state;
}

// Noise with a triangular distribution, -1..1: the sum of the hash's two halves.
float noise(ivec3 key) {
    uint bits = hashed(key);
    return float((bits >> 16u) + (bits & 65535u)) / 65535.0 - 1.0;
}

// Bayer's ordered 8x8 matrix, -0.5..0.5: the same in every frame, so that video can skip it.
float dither(ivec2 pixel) {
    int y = pixel.y;
    int x = pixel.x ^ y;
    int rank = ((x & 1) << 5) | ((y & 1) << 4) | ((x & 2) << 2) | ((y & 2) << 1)
             | ((x & 4) >> 1) | ((y & 4) >> 2);
    return (float(rank) + 0.5) / 64.0 - 0.5;
}

// The same for four pixels in a row, from one whose x is a multiple of 4 and whose y is even; `row`
// (0 or 1) is added to y. The bits that differ between them are known beforehand.
vec4 dither_four(ivec2 pixel, float row) {
    int y = pixel.y >> 1;
    int x = (pixel.x ^ pixel.y) >> 2;
    float high = float((y & 1) << 3);
    float low = float(((y & 1) << 2) | ((x & 1) << 1) | ((y & 2) >> 1)) + 0.5;
    vec4 first = row * vec4(48.0, -16.0, 48.0, -16.0) + vec4(0.0, 32.0, 0.0, 32.0);
    return (first + vec4(high, high, 8.0 - high, 8.0 - high) + low) / 64.0 - 0.5;
}
