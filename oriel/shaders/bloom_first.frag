// The ink of the whole picture, averaged down to the largest level of the bloom's pyramid.
uniform sampler2D source;
uniform vec2 size;    // pixels of the target
uniform vec2 spacing; // texels of the source between the taps, in its coordinates
uniform int taps;     // each way: enough that no texel is passed over

out vec4 ink;

float tapped(vec2 place) {
    return texture(source, place).r;
}

void main() {
    vec2 first = gl_FragCoord.xy / size - 0.5 * spacing * float(taps - 1);
    float sum = 0.0;
    if (taps == 2) {
        // As in HD: without the loop, which costs software renderers as much as its lookups.
        sum = tapped(first) + tapped(first + vec2(spacing.x, 0.0))
            + tapped(first + vec2(0.0, spacing.y)) + tapped(first + spacing);
    } else {
        for (int y = 0; y < taps; y++)
            for (int x = 0; x < taps; x++) sum += tapped(first + spacing * vec2(x, y));
    }
    ink = vec4(sum / float(taps * taps));
}
