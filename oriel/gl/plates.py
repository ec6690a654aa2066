"""Blocks of pixels, printed side by side on a plate, in; the planes Y, U and V that they make out."""

from collections.abc import Sequence

import moderngl
import numpy as np
from numpy.typing import NDArray

from oriel.gl.boxes import Box, enclosing
from oriel.gl.context import is_software
from oriel.gl.screen import Pass
from oriel.gl.targets import target

Plane = NDArray[np.uint8]
Planes = tuple[Plane, Plane, Plane]

HIGH = 2  # rows of a block


class Plate:
    """A target whose fragments make blocks of two rows each, and memory to copy them to.

    A block's upper and lower row and its chroma, Cb before Cr, are an attachment each. Those
    that are `wide` columns of 4 fill the four bytes of RGBA8, those of 16 four numbers of 32 bits.
    """

    def __init__(
        self,
        context: moderngl.Context,
        size: tuple[int, int],
        wide: int,
        *,
        under_way: int,
        depth: bool = False,
    ) -> None:
        self._height = size[1]
        self._wide = wide
        self._type = "f1" if wide == 4 else "u4"
        self.size = -(-size[0] // wide), size[1] // HIGH
        self._target = target(context, self.size, 4, dtype=self._type, count=3, depth=depth)
        count = self.size[0] * self.size[1] * wide
        # Software renderers finish before they copy: with them a pixel buffer is one copy more.
        buffered = None if is_software(context.info["GL_RENDERER"]) else context
        self._slots = [_Copy(count, buffered) for _ in range(under_way)]
        self._printed = Box(0, 0, 0, 0)
        self._fetched = [self._printed] * under_way

    def blocks(self, box: Box) -> Box:
        """The blocks, counted from the top, that this part of the picture touches."""
        return box.shrunk(self._wide, HIGH, flipped_height=self._height)

    def print(self, shader: Pass, boxes: Sequence[Box]) -> None:
        """Run a shader over these boxes of blocks."""
        shader.draw(self._target, boxes)
        self._printed = enclosing(boxes)

    def fetch(self, slot: int) -> None:
        """Begin to copy the blocks that were printed last to a slot."""
        self._fetched[slot] = self._printed
        for attachment, memory in enumerate(self._slots[slot].targets):
            self._target.framebuffer.read_into(
                memory,
                viewport=self._printed.scissor,
                components=4,
                attachment=attachment,
                dtype=self._type,
            )

    def take(self, slot: int, planes: Planes) -> None:
        """Wait for a slot's copy and unpack it into its place in these planes."""
        blocks = self._fetched[slot]
        _, _, width, height = blocks.scissor
        count = width * height * self._wide
        if not count:
            return
        upper, lower, chroma = self._slots[slot].read(count)
        _unpack(
            upper.reshape(height, -1),
            lower.reshape(height, -1),
            chroma.reshape(height, width, -1),
            self._place(planes, blocks),
        )

    def _place(self, planes: Planes, blocks: Box) -> Planes:
        """What of the planes these blocks make."""
        luma, blue, red = planes
        left, right = blocks.left * self._wide, blocks.right * self._wide
        whole = np.s_[HIGH * blocks.bottom : HIGH * blocks.top, left:right]
        half = np.s_[blocks.bottom : blocks.top, left // 2 : right // 2]
        return luma[whole], blue[half], red[half]


def empty(size: tuple[int, int]) -> Planes:
    """Planes for a picture of this even size: (h, w), (h / 2, w / 2) and (h / 2, w / 2)."""
    width, height = size
    half = height // 2, width // 2
    return np.empty((height, width), np.uint8), np.empty(half, np.uint8), np.empty(half, np.uint8)


class _Copy:
    """Memory for three attachments, each of so many bytes; in a context, behind pixel buffers."""

    def __init__(self, count: int, context: moderngl.Context | None) -> None:
        self._memory = [bytearray(count) for _ in range(3)]
        self._buffers = [context.buffer(reserve=count) for _ in range(3)] if context else []

    @property
    def targets(self) -> Sequence[moderngl.Buffer | bytearray]:
        """Where a framebuffer is to copy them to."""
        return self._buffers or self._memory

    def read(self, count: int) -> list[NDArray[np.uint8]]:
        """The first bytes of each, once they are there."""
        for buffer, memory in zip(self._buffers, self._memory, strict=False):
            buffer.read_into(memory, count)
        return [np.frombuffer(memory, np.uint8, count) for memory in self._memory]


def _unpack(upper: Plane, lower: Plane, chroma: Plane, into: Planes) -> None:
    """`chroma` is (rows, blocks, samples); the last blocks may reach beyond the picture."""
    luma, blue, red = into
    luma[0::2] = upper[:, : luma.shape[1]]
    luma[1::2] = lower[:, : luma.shape[1]]
    # A block's samples at once, as one number: several times as fast as byte by byte.
    samples = chroma.shape[2] // 2
    numbers = chroma.view(f"u{samples}")
    for which, plane in enumerate((blue, red)):
        whole = plane.shape[1] // samples
        plane[:, : whole * samples].view(numbers.dtype)[:] = numbers[:, :whole, which]
        rest = plane[:, whole * samples :]
        if rest.size:
            rest[:] = chroma[:, whole, which * samples :][:, : rest.shape[1]]
