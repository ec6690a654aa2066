// The numbers of one picture: each has the name of its field in oriel/frames.py.
uniform vec2 resolution;   // pixels, x to the right and y up
uniform float time;        // seconds into the song
uniform int tick;          // counts twelfths of a second
uniform int seed;          // the look's
uniform float bass;        // 0..1
uniform float treble;      // 0..1
uniform float level;       // 0..1, RMS
uniform float onset;       // 0..1, onset strength
uniform float pulse;       // 1 on each beat, then falling to 0
uniform vec3 color;        // linear light, of the shape
uniform vec3 halo;         // linear light, of the bloom at full strength
uniform vec3 background;   // linear light, in the middle
uniform vec3 background_edge; // linear light, in the corners

float shorter_side() {
    return min(resolution.x, resolution.y);
}
