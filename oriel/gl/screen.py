"""A fragment shader's name in, a pass over a whole target out."""

from typing import Any

import moderngl
import numpy as np

from oriel.gl import programs
from oriel.gl.targets import Target

_TRIANGLE = np.array([[-1, -1], [3, -1], [-1, 3]], np.float32)


class Pass:
    """One fragment shader, run for every texel of a target."""

    def __init__(
        self, context: moderngl.Context, fragment: str, parts: dict[str, str] | None = None
    ) -> None:
        self.program = programs.link(context, "screen.vert", fragment, parts)
        self._array = context.vertex_array(
            self.program, [(context.buffer(_TRIANGLE), "2f", "corner")]
        )

    def draw(self, into: Target, **uniforms: Any) -> None:
        """Run the shader with these uniforms, over the whole target."""
        programs.assign(self.program, uniforms)
        into.framebuffer.use()
        self._array.render(vertices=3)
