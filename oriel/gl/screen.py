"""A fragment shader's name in, a pass over a target, or over a box of it, out."""

from collections.abc import Iterable, Mapping
from typing import Any

import moderngl
import numpy as np

from oriel.gl import programs
from oriel.gl.boxes import Box
from oriel.gl.targets import Target

_TRIANGLE = np.array([[-1, -1], [3, -1], [-1, 3]], np.float32)


class Pass:
    """One fragment shader, run for every texel of a target."""

    def __init__(
        self, context: moderngl.Context, fragment: str, parts: dict[str, str] | None = None
    ) -> None:
        self._program = programs.link(context, "screen.vert", fragment, parts)
        self._array = context.vertex_array(
            self._program, [(context.buffer(_TRIANGLE), "2f", "corner")]
        )

    def assign(self, uniforms: Mapping[str, Any]) -> None:
        """Set those of these uniforms that the shader has."""
        programs.assign(self._program, uniforms)

    def draw(self, into: Target, boxes: Iterable[Box] | None = None) -> None:
        """Run the shader over the whole target, or only over these boxes of it."""
        into.framebuffer.use()
        if boxes is None:
            self._array.render(vertices=3)
            return
        for box in boxes:
            into.framebuffer.scissor = box.scissor
            self._array.render(vertices=3)
        into.framebuffer.scissor = 0, 0, *into.size
