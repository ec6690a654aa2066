// Mirror: one half of the picture is the other's reflection.
// stage: coordinates 20
uniform int mirror_axis;     // 0..2 = 0 | 0: left and right, 1: top and bottom, 2: both
uniform float mirror_offset; // -1..1 = 0.2 | where in the picture the mirror stands

vec2 mirror(vec2 p) {
    vec2 folded = vec2(mirror_offset) + abs(p);
    return vec2(mirror_axis == 1 ? p.x : folded.x, mirror_axis == 0 ? p.y : folded.y);
}
