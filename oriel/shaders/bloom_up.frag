// A level of the pyramid mixed with the wider glow below it; the weights sum to one.
uniform sampler2D source; // the wider glow, half the size
uniform sampler2D sharp;  // this level
uniform vec2 size;        // pixels of the target
uniform vec2 texel;       // of the source, in its coordinates
uniform float spread;     // 0..1: share of the wider glow

out vec4 ink;

void main() {
    vec2 middle = gl_FragCoord.xy / size;
    vec4 wide = 0.25 * (texture(source, middle + texel * vec2(-0.5, -0.5))
                      + texture(source, middle + texel * vec2(0.5, -0.5))
                      + texture(source, middle + texel * vec2(-0.5, 0.5))
                      + texture(source, middle + texel * 0.5));
    ink = mix(texelFetch(sharp, ivec2(gl_FragCoord.xy), 0), wide, spread);
}
