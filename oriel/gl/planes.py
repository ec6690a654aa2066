"""Ink and bloom in; the planes Y, U and V of a video frame out."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import moderngl
import numpy as np
from numpy.typing import NDArray

from oriel.gl.boxes import Box
from oriel.gl.screen import Pass
from oriel.gl.targets import target

Plane = NDArray[np.uint8]
Planes = tuple[Plane, Plane, Plane]

# A fragment of planes.frag makes this many pixels.
_WIDE, _HIGH = 4, 2

NEAR_UNIT = 2  # texture unit of Near's map


class Near(NamedTuple):
    """A map of the picture that is 0 where there is no ink within so many pixels."""

    texture: moderngl.Texture
    pixels: float


class Press:
    """Prints pictures of one even size as planes; several may be under way at once.

    Ink covers little of most pictures, so blocks without it are printed at a fraction of the
    cost; a depth buffer tells where those with ink are printed over them.
    """

    def __init__(
        self,
        context: moderngl.Context,
        size: tuple[int, int],
        parts: dict[str, str],
        *,
        under_way: int,
        bent: bool,
    ) -> None:
        """`bent` says that ink may be seen elsewhere than it is."""
        blocks = -(-size[0] // _WIDE), size[1] // _HIGH
        count = blocks[0] * blocks[1] * 4
        self._context = context
        self._height = size[1]
        self._bent = bent
        self._target = target(context, blocks, 4, count=3, depth=True)
        self._inked = Pass(context, "planes.frag", parts)
        self._marked = Pass(context, "planes.frag", _defining(parts, "BARE", "MARKED"))
        self._bare = Pass(context, "planes.frag", _defining(parts, "BARE"))
        self._buffers = [
            [context.buffer(reserve=count) for _ in range(3)] for _ in range(under_way)
        ]
        self._packed = [bytearray(count) for _ in range(3)]

    def assign(self, uniforms: Mapping[str, Any]) -> None:
        """Set the numbers of the next picture."""
        for each in (self._inked, self._marked, self._bare):
            each.assign(uniforms)

    def draw(self, box: Box, near: Near) -> None:
        """Print the picture, with ink in the box alone."""
        blocks = box.shrunk(_WIDE, _HIGH, flipped_height=self._height)
        inside = Box(0, 0, *self._target.size) if self._bent else blocks
        self._marked.assign({"near": near.pixels})
        near.texture.use(NEAR_UNIT)
        self._context.enable_only(moderngl.DEPTH_TEST)
        self._context.depth_func = "1"  # always
        self._marked.draw(self._target, [inside])
        self._context.depth_func = "<"
        self._inked.draw(self._target, [inside])
        self._context.enable_only(moderngl.NOTHING)
        self._bare.draw(self._target, inside.around(self._target.size))

    def fetch(self, slot: int) -> None:
        """Begin to copy what was printed last to a slot."""
        for attachment, buffer in enumerate(self._buffers[slot]):
            self._target.framebuffer.read_into(buffer, components=4, attachment=attachment)

    def take(self, slot: int, planes: Planes) -> None:
        """Wait for a slot's copy and unpack it into these planes."""
        for buffer, memory in zip(self._buffers[slot], self._packed, strict=True):
            buffer.read_into(memory)
        _unpack(self._packed, self._target.size, planes)


def empty(size: tuple[int, int]) -> Planes:
    """Planes for a picture of this even size: (h, w), (h / 2, w / 2) and (h / 2, w / 2)."""
    width, height = size
    half = height // 2, width // 2
    return np.empty((height, width), np.uint8), np.empty(half, np.uint8), np.empty(half, np.uint8)


def _defining(parts: dict[str, str], *flags: str) -> dict[str, str]:
    defined = "".join(f"#define {flag}\n" for flag in flags)
    return {name: defined + text for name, text in parts.items()}


def _unpack(packed: list[bytearray], blocks: tuple[int, int], planes: Planes) -> None:
    upper, lower, chroma = (np.frombuffer(each, np.uint8) for each in packed)
    luma, blue, red = planes
    rows, width = blocks[1], luma.shape[1]
    luma[0::2] = upper.reshape(rows, -1)[:, :width]
    luma[1::2] = lower.reshape(rows, -1)[:, :width]
    # Two samples at once, as one 16-bit number: twice as fast as byte by byte.
    pairs = chroma.view(np.uint16).reshape(rows, blocks[0], 2)
    whole = width // 2 // 2 * 2
    for plane, which in ((blue, 0), (red, 1)):
        plane[:, :whole] = np.ascontiguousarray(pairs[:, : whole // 2, which]).view(np.uint8)
        if whole < width // 2:
            plane[:, whole] = chroma.reshape(rows, blocks[0], 4)[:, -1, 2 * which]
