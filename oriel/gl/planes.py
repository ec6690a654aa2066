"""Ink and bloom in; the planes Y, U and V of a video frame out."""

from collections.abc import Mapping
from typing import Any

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


class Press:
    """Prints pictures of one even size as planes; several may be under way at once."""

    def __init__(
        self,
        context: moderngl.Context,
        size: tuple[int, int],
        parts: dict[str, str],
        *,
        under_way: int,
        bare_outside: bool,
    ) -> None:
        blocks = -(-size[0] // _WIDE), size[1] // _HIGH
        count = blocks[0] * blocks[1] * 4
        self._height = size[1]
        self._target = target(context, blocks, 4, count=3)
        self._inside = Pass(context, "planes.frag", parts)
        self._outside = Pass(context, "planes.frag", _bare(parts)) if bare_outside else None
        self._buffers = [
            [context.buffer(reserve=count) for _ in range(3)] for _ in range(under_way)
        ]
        self._packed = [bytearray(count) for _ in range(3)]

    def assign(self, uniforms: Mapping[str, Any]) -> None:
        """Set the numbers of the next picture."""
        for each in (self._inside, self._outside):
            if each is not None:
                each.assign(uniforms)

    def draw(self, box: Box) -> None:
        """Print the picture, with ink in the box alone."""
        blocks = box.shrunk(_WIDE, _HIGH, flipped_height=self._height)
        if self._outside is None:
            self._inside.draw(self._target)
        else:
            self._inside.draw(self._target, [blocks])
            self._outside.draw(self._target, blocks.around(self._target.size))

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


def _bare(parts: dict[str, str]) -> dict[str, str]:
    return {name: f"#define BARE\n{text}" for name, text in parts.items()}


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
