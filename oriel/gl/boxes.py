"""A mesh's corners and a matrix in; the part of the picture that they can reach out, in pixels."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_NEAR = 0.1


class Box(NamedTuple):
    """Pixels from (left, bottom) up to, but without, (right, top); y goes up, as OpenGL's does."""

    left: int
    bottom: int
    right: int
    top: int

    @property
    def scissor(self) -> tuple[int, int, int, int]:
        """As OpenGL wants it: x, y, width, height."""
        return self.left, self.bottom, self.right - self.left, self.top - self.bottom

    def shrunk(self, x: float, y: float, flipped_height: int | None = None) -> "Box":
        """The box of cells, each x by y pixels, that it touches; y downwards if `flipped_height`."""
        bottom, top = self.bottom, self.top
        if flipped_height is not None:
            bottom, top = flipped_height - self.top, flipped_height - self.bottom
        return Box(
            int(self.left // x), int(bottom // y), int(-(-self.right // x)), int(-(-top // y))
        )

    def grown(self, margin: int, size: tuple[int, int]) -> "Box":
        """The box and so many pixels on each side of it, in a picture of this size."""
        return Box(
            max(self.left - margin, 0),
            max(self.bottom - margin, 0),
            min(self.right + margin, size[0]),
            min(self.top + margin, size[1]),
        )

    def aligned(self, x: int, y: int, size: tuple[int, int]) -> "Box":
        """The box up to the borders of cells, each x by y pixels, or of a picture of this size."""
        left, bottom, right, top = self.shrunk(x, y)
        return Box(left * x, bottom * y, min(right * x, size[0]), min(top * y, size[1]))

    def around(self, size: tuple[int, int]) -> "list[Box]":
        """What is left of a picture of this size without the box: up to four boxes."""
        width, height = size
        beside = [
            Box(0, 0, width, self.bottom),
            Box(0, self.top, width, height),
            Box(0, self.bottom, self.left, self.top),
            Box(self.right, self.bottom, width, self.top),
        ]
        return [box for box in beside if box.right > box.left and box.top > box.bottom]


def enclosing(boxes: Sequence[Box]) -> Box:
    """The smallest box that has all of these in it; an empty one if there are none."""
    lefts, bottoms, rights, tops = zip(*(boxes or [Box(0, 0, 0, 0)]), strict=True)
    return Box(min(lefts), min(bottoms), max(rights), max(tops))


def bounds(
    corners: NDArray[np.float32], mvp: NDArray[np.float32], size: tuple[int, int], margin: float
) -> Box:
    """Where points (n, 3) lie under `mvp`, as Frames has it, with `margin` pixels around each.

    The margin is that of a point at the camera's distance from the middle; nearer ones have more.
    The whole picture if a point is behind the camera.
    """
    columns = mvp[:, [0, 1, 3]]
    # A row for each of x, y and w: numpy takes seven times as long over one for each point.
    across, up, depth = columns[:3].T @ corners.T + columns[3][:, None]
    nearest = float(depth.min())
    if nearest < _NEAR:
        return Box(0, 0, *size)
    spare = margin * max(1.0, 10.0 / nearest) + 1.5
    left, right = _reach(across / depth, size[0], spare)
    bottom, top = _reach(up / depth, size[1], spare)
    return Box(left, bottom, right, top)


def _reach(places: NDArray[np.float32], side: int, spare: float) -> tuple[int, int]:
    """The pixels of a side that places from -1 to 1, and so many pixels around them, touch."""
    low, high = (0.5 * side * (float(end) + 1) for end in (places.min(), places.max()))
    first, last = math.floor(low - spare), math.ceil(high + spare)
    return min(max(first, 0), side), min(max(last, 0), side)
