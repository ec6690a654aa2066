// A level of the bloom's pyramid where it has no light of its own: the wider glow below it.
uniform sampler2D source; // the wider glow, half the size and smooth here
uniform vec2 size;        // pixels of the target
uniform float spread;     // 0..1: share of the wider glow

out vec4 ink;

void main() {
    ink = vec4(spread * texture(source, gl_FragCoord.xy / size).r);
}
