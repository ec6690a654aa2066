// From the mesh to pixels: what lines, points and solids share.
uniform mat4 mvp;
uniform float depth_fade;  // 0..1: how much the far side fades
uniform float reach;       // radius of the scaled mesh

const float CAMERA_Z = 10.0;
const float NEAR = 0.1;

// How bright a point at this clip position is: 1 in front, 1 - depth_fade at the back.
float faded(vec4 clip) {
    float depth = clamp((clip.w - CAMERA_Z) / (2.0 * reach) + 0.5, 0.0, 1.0);
    return 1.0 - depth_fade * depth;
}

vec2 to_pixels(vec4 clip) {
    return clip.xy / clip.w * resolution * 0.5;
}
