// One triangle that covers the whole target.
in vec2 corner; // (-1, -1), (3, -1), (-1, 3)

void main() {
    gl_Position = vec4(corner, 0.0, 1.0);
}
