"""A framebuffer of packed blocks in, the planes Y, U and V of a video frame out."""

from dataclasses import dataclass

import moderngl
import numpy as np
from numpy.typing import NDArray

from oriel.gl.targets import Target, target

Plane = NDArray[np.uint8]
Planes = tuple[Plane, Plane, Plane]

# A fragment of planes.frag makes this many pixels.
_WIDE, _HIGH = 4, 2


@dataclass(frozen=True)
class Reel:
    """The targets that planes.frag draws on, and pixel buffers that are read while it goes on."""

    size: tuple[int, int]
    target: Target
    buffers: tuple[tuple[moderngl.Buffer, ...], ...]
    packed: tuple[bytearray, ...]

    @property
    def depth(self) -> int:
        """How many frames may be under way."""
        return len(self.buffers)

    def fetch(self, slot: int) -> None:
        """Begin to copy what was drawn into the pixel buffers of this slot."""
        for attachment, buffer in enumerate(self.buffers[slot]):
            self.target.framebuffer.read_into(buffer, components=4, attachment=attachment)

    def take(self, slot: int, planes: Planes) -> None:
        """Wait for this slot's copy and unpack it into these planes."""
        for buffer, memory in zip(self.buffers[slot], self.packed, strict=True):
            buffer.read_into(memory)
        _unpack(self.packed, self.target.size, planes)


def reel(context: moderngl.Context, size: tuple[int, int], depth: int) -> Reel:
    """Targets and buffers for pictures of this even size."""
    blocks = -(-size[0] // _WIDE), size[1] // _HIGH
    count = blocks[0] * blocks[1] * 4
    return Reel(
        size=size,
        target=target(context, blocks, 4, count=3),
        buffers=tuple(
            tuple(context.buffer(reserve=count) for _ in range(3)) for _ in range(depth)
        ),
        packed=tuple(bytearray(count) for _ in range(3)),
    )


def empty(size: tuple[int, int]) -> Planes:
    """Planes for a picture of this even size: (h, w), (h / 2, w / 2) and (h / 2, w / 2)."""
    width, height = size
    half = height // 2, width // 2
    return np.empty((height, width), np.uint8), np.empty(half, np.uint8), np.empty(half, np.uint8)


def _unpack(packed: tuple[bytearray, ...], blocks: tuple[int, int], planes: Planes) -> None:
    upper, lower, chroma = (np.frombuffer(each, np.uint8) for each in packed)
    luma, blue, red = planes
    rows, width = blocks[1], luma.shape[1]
    luma[0::2] = upper.reshape(rows, -1)[:, :width]
    luma[1::2] = lower.reshape(rows, -1)[:, :width]
    pairs = chroma.reshape(rows, blocks[0], 2, 2)
    blue[:] = pairs[:, :, 0].reshape(rows, -1)[:, : width // 2]
    red[:] = pairs[:, :, 1].reshape(rows, -1)[:, : width // 2]
