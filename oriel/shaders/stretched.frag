// A finished picture, stretched over a part of a window.
uniform sampler2D picture_map;
uniform vec2 corner; // pixels of the window: the picture's lower left
uniform vec2 size;   // pixels of the window

out vec4 shown;

void main() {
    shown = texture(picture_map, (gl_FragCoord.xy - corner) / size);
}
