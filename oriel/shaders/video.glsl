// What video keeps of a colour: Y'CbCr in 8 bits (ITU-R BT.709, limited range).

// BT.709, items 3.2 and 3.3.
const vec3 LUMA = vec3(0.2126, 0.7152, 0.0722);
const float BLUE_SPAN = 1.8556;
const float RED_SPAN = 1.5748;

// Y' as 16..235 and Cb, Cr as 16..240; not yet rounded.
float luma_steps(float luma) {
    return 16.0 + 219.0 * luma;
}

vec2 chroma_steps(vec3 color, float luma) {
    return 128.0 + 224.0 * (color.br - luma) / vec2(BLUE_SPAN, RED_SPAN);
}
