// The planes U and V, the top row first, out of the blocks that planes.frag and far.frag printed.
uniform ivec4 printed; // blocks of planes.frag: from the first column and row up to, without, the second

uniform sampler2D near_chroma; // Cb, Cb, Cr, Cr
uniform highp usampler2D far_chroma; // eight Cb, eight Cr, four in a number

layout(location = 0) out float blue;
layout(location = 1) out float red;

void main() {
    ivec2 place = ivec2(gl_FragCoord.xy); // x to the right, y down
    ivec2 block = ivec2(place.x / 2, place.y);
    if (all(greaterThanEqual(block, printed.xy)) && all(lessThan(block, printed.zw))) {
        vec4 samples = texelFetch(near_chroma, block, 0);
        blue = samples[place.x & 1];
        red = samples[2 + (place.x & 1)];
        return;
    }
    block.x = place.x / 8;
    uvec4 samples = texelFetch(far_chroma, block, 0);
    int number = (place.x & 7) >> 2;
    uint shift = uint(8 * (place.x & 3));
    blue = float(samples[number] >> shift & 255u) / 255.0;
    red = float(samples[2 + number] >> shift & 255u) / 255.0;
}
