"""Sizes in; plates, on which blocks of pixels are printed side by side, out."""

from collections.abc import Sequence

import moderngl
import numpy as np
from numpy.typing import NDArray

from oriel.gl.boxes import Box, enclosing
from oriel.gl.screen import Pass
from oriel.gl.targets import target

Plane = NDArray[np.uint8]
Planes = tuple[Plane, Plane, Plane]

HIGH = 2  # rows of a block


class Plate:
    """A target whose fragments make blocks of two rows each; `printed` are the last ones.

    A block's upper and lower row and its chroma, Cb before Cr, are an attachment each. Those
    that are `wide` columns of 4 fill the four bytes of RGBA8, those of 16 four numbers of 32 bits.
    """

    def __init__(
        self, context: moderngl.Context, size: tuple[int, int], wide: int, *, depth: bool = False
    ) -> None:
        self._height = size[1]
        self.wide = wide
        self.type = "f1" if wide == 4 else "u4"
        self.size = -(-size[0] // wide), size[1] // HIGH
        self.printed = Box(0, 0, 0, 0)
        self._target = target(context, self.size, 4, dtype=self.type, count=3, depth=depth)
        for texture in self.textures:
            texture.filter = moderngl.NEAREST, moderngl.NEAREST  # numbers have nothing in between

    @property
    def textures(self) -> tuple[moderngl.Texture, ...]:
        """The upper rows, the lower rows and the chroma."""
        return self._target.textures

    def blocks(self, box: Box) -> Box:
        """The blocks, counted from the top, that this part of the picture touches."""
        return box.shrunk(self.wide, HIGH, flipped_height=self._height)

    def print(self, shader: Pass, boxes: Sequence[Box]) -> None:
        """Run a shader over these boxes of blocks."""
        shader.draw(self._target, boxes)
        self.printed = enclosing(boxes)

    def read(self, into: Sequence[bytearray]) -> None:
        """Copy the blocks that were printed last to memory, an attachment each."""
        for attachment, memory in enumerate(into):
            self._target.framebuffer.read_into(
                memory,
                viewport=self.printed.scissor,
                components=4,
                attachment=attachment,
                dtype=self.type,
            )


def empty(size: tuple[int, int]) -> Planes:
    """Planes for a picture of this even size: (h, w), (h / 2, w / 2) and (h / 2, w / 2)."""
    width, height = size
    half = height // 2, width // 2
    return np.empty((height, width), np.uint8), np.empty(half, np.uint8), np.empty(half, np.uint8)
