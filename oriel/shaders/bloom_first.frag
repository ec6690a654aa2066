// The ink of the whole picture, averaged down to the largest level of the bloom's pyramid.
uniform sampler2D source;
uniform vec2 size;    // pixels of the target
uniform vec2 spacing; // texels of the source between the four taps, in its coordinates
uniform int taps;     // each way: enough that no texel is passed over

out vec4 ink;

void main() {
    vec2 middle = gl_FragCoord.xy / size;
    float sum = 0.0;
    for (int y = 0; y < taps; y++)
        for (int x = 0; x < taps; x++)
            sum += texture(source, middle + spacing * (vec2(x, y) - 0.5 * float(taps - 1))).r;
    ink = vec4(sum / float(taps * taps));
}
