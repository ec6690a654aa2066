"""Lines drawn as OpenGL's own wide lines leave the ink that quads leave."""

import drawings
import moderngl
import numpy as np
import pytest

from oriel.gl.cover import Cover

SIZE = (640, 360)


@pytest.mark.parametrize(
    "look",
    [
        {"shape": "torusKnot"},
        {"shape": "cube", "lineWidth": 0.03},
        {"shape": "sphere", "lineWidth": 0.0005, "depthFade": 1},
        {"shape": "plane", "size": 12, "pulseIntensity": 5},  # lines along and beyond the border
        {"shape": "wavyPlane", "size": 12, "pulseIntensity": 5},  # and behind the camera
    ],
    ids=lambda look: look["shape"],
)
def test_wide_lines_leave_the_same_ink_as_quads(gl: moderngl.Context, look: dict) -> None:
    _, mesh, frames = drawings.plan(look, SIZE, count=5)
    widest = gl.info["GL_ALIASED_LINE_WIDTH_RANGE"][1]
    if widest < 100:
        pytest.skip(f"lacks lines of more than {widest:g} pixels, as cards do")

    quads, lines = (Cover(gl, mesh, "wireframe", SIZE, quads=quads) for quads in (True, False))

    for index in range(len(frames)):
        drawn = []
        for cover in (quads, lines):
            cover.assign(frames.still)
            cover.assign(frames.uniforms(index))
            ink = cover.draw().texture.read(alignment=1)
            drawn.append(np.frombuffer(ink, np.uint8).astype(int))
        assert drawn[0].any()
        difference = np.abs(drawn[0] - drawn[1])
        assert difference.max() <= 2
