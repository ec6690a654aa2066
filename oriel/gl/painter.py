"""A look, a mesh and the frames' numbers in; pictures out, as video planes or as RGB."""

from collections.abc import Iterator, Mapping
from typing import Any

import moderngl
import numpy as np
from numpy.typing import NDArray

from oriel import effects
from oriel.frames import Frames
from oriel.gl import planes, programs
from oriel.gl.bloom import Bloom
from oriel.gl.cover import Cover
from oriel.gl.screen import Pass
from oriel.gl.targets import Target, target
from oriel.look import Look
from oriel.shapes import Mesh

# While one frame is drawn the one before is copied back.
_FRAMES_UNDER_WAY = 2


class Painter:
    """Draws the pictures of one look at one size; lives as long as its context."""

    def __init__(
        self, context: moderngl.Context, look: Look, mesh: Mesh, size: tuple[int, int]
    ) -> None:
        self._context = context
        self._size = size
        self._cover = Cover(context, mesh, look["style"], size)
        self._bloom = Bloom(context, size, look["glowRadius"])
        self._parts = {"effects.glsl": _flags(look, self._cover) + effects.compose(look.effects)}

    def picture(self, frames: Frames, index: int) -> NDArray[np.uint8]:
        """One picture as (height, width, 3) sRGB, the top row first."""
        into = target(self._context, self._size, 3)
        finish = Pass(self._context, "screen.frag", self._parts)
        self._begin(finish, frames.still)
        self.draw(finish, into, frames.uniforms(index))
        pixels = np.frombuffer(into.framebuffer.read(components=3, alignment=1), np.uint8)
        into.release()
        return pixels.reshape(self._size[1], self._size[0], 3)[::-1].copy()

    def film(self, frames: Frames) -> Iterator[planes.Planes]:
        """Each frame's planes Y, U and V, in turn; they are overwritten by the next."""
        finish = Pass(self._context, "planes.frag", self._parts)
        self._begin(finish, frames.still)
        reel = planes.reel(self._context, self._size, _FRAMES_UNDER_WAY)
        taken = planes.empty(self._size)
        for index in range(len(frames)):
            self.draw(finish, reel.target, frames.uniforms(index))
            reel.fetch(index % reel.depth)
            if index > 0:
                reel.take((index - 1) % reel.depth, taken)
                yield taken
        if len(frames):
            reel.take((len(frames) - 1) % reel.depth, taken)
            yield taken

    def draw(self, finish: Pass, into: Target, uniforms: Mapping[str, Any]) -> None:
        """Draw one picture with this last pass into this target."""
        self._cover.assign(uniforms)
        self._cover.draw()
        self._bloom.draw(self._cover.texture)
        self._cover.texture.use(0)
        self._bloom.texture.use(1)
        finish.draw(into, **uniforms)

    def _begin(self, finish: Pass, still: Mapping[str, Any]) -> None:
        """Set what stays the same in all pictures."""
        self._cover.assign(still)
        programs.assign(finish.program, {**still, "ink_map": 0, "bloom_map": 1})


def _flags(look: Look, cover: Cover) -> str:
    gradient = look["background"] != look["backgroundEdge"]
    return "#define GRADIENT\n" * gradient + "#define FINER\n" * cover.finer
