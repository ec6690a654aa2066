// The plane Y, the top row first, out of the blocks of pixels that planes.frag and far.frag printed.
uniform ivec4 printed; // blocks of planes.frag: from the first column and row up to, without, the second

uniform sampler2D near_upper, near_lower; // four samples
uniform highp usampler2D far_upper, far_lower; // sixteen, four in a number

out float luma;

void main() {
    ivec2 place = ivec2(gl_FragCoord.xy); // x to the right, y down
    bool upper = (place.y & 1) == 0;
    ivec2 block = place / ivec2(4, 2);
    if (all(greaterThanEqual(block, printed.xy)) && all(lessThan(block, printed.zw))) {
        luma = (upper ? texelFetch(near_upper, block, 0) : texelFetch(near_lower, block, 0))[place.x & 3];
        return;
    }
    block.x = place.x / 16;
    uvec4 samples = upper ? texelFetch(far_upper, block, 0) : texelFetch(far_lower, block, 0);
    luma = float(samples[(place.x & 15) >> 2] >> uint(8 * (place.x & 3)) & 255u) / 255.0;
}
