// One level of the bloom's pyramid from the next larger one: a 4x4 box, so energy is kept.
uniform sampler2D source;
uniform vec2 size;  // pixels of the target
uniform vec2 texel; // of the source, in its coordinates

out vec4 ink;

void main() {
    vec2 middle = gl_FragCoord.xy / size;
    ink = 0.25 * (texture(source, middle + texel * vec2(-1.0, -1.0))
                + texture(source, middle + texel * vec2(1.0, -1.0))
                + texture(source, middle + texel * vec2(-1.0, 1.0))
                + texture(source, middle + texel));
}
