"""Ink in, the same ink spread by a pyramid of blurs out; on the whole as bright as before."""

import math
from itertools import pairwise

import moderngl

from oriel.gl.boxes import Box
from oriel.gl.screen import Pass
from oriel.gl.targets import Target, target

# Texels along the shorter side of the pyramid's largest level, whatever the picture's size: so a
# small and a large picture glow alike. The lowest level is about four.
LARGEST_LEVEL = 270
# Texels along its longer side, of pictures that are little more than a line.
_LONGEST_SIDE = 8192
_LEVELS = 7
# How many of its own texels around all ink each of the first levels needs more to be smooth than the
# largest level does.
_SMOOTH_CELLS = 8
# How many of the largest level's texels around it a place in each of the first levels tells of.
_INKED_CELLS = (0.0, 1.0, 3.0, 7.0)


class Bloom:
    """A pyramid for pictures of one size; `texture` is the finished bloom."""

    def __init__(self, context: moderngl.Context, size: tuple[int, int], radius: float) -> None:
        self._first = Pass(context, "bloom_first.frag")
        sizes = [_level_size(size, level) for level in range(_LEVELS)]
        self._cell = size[0] / sizes[0][0], size[1] / sizes[0][1]
        self._levels = [target(context, each, 1, dtype="f2") for each in sizes]
        self._spread = [target(context, each, 1, dtype="f2") for each in sizes[:-1]]
        # One program a level: their uniforms are then set once for all.
        self._down = [Pass(context, "bloom_down.frag") for _ in sizes[1:]]
        self._up = [Pass(context, "bloom_up.frag") for _ in sizes[1:]]
        self._far = [Pass(context, "bloom_far.frag") for _ in sizes[1:3]]
        spreads = self._spreads = _spreads(radius)
        self._first.assign(_gathering(size, sizes[0]))
        for level, far in enumerate(self._far):
            far.assign({"size": _floats(sizes[level]), "spread": spreads[level]})
        for level, (larger, smaller) in enumerate(pairwise(sizes)):
            self._down[level].assign({"size": _floats(smaller), "texel": _texel(larger)})
            self._up[level].assign(
                {
                    "size": _floats(larger),
                    "texel": _texel(smaller),
                    "spread": spreads[level],
                    "source": 0,
                    "sharp": 1,
                }
            )

    @property
    def texture(self) -> moderngl.Texture:
        """The bloom, of the pyramid's largest size."""
        return self._spread[0].texture

    @property
    def wide(self) -> tuple[moderngl.Texture, float]:
        """What the finished bloom is made of far from all ink, and its share there."""
        return self._spread[1].texture, self._spreads[0]

    def inked(self, pixels: float) -> tuple[moderngl.Texture, float]:
        """A level that is above 0 wherever ink was within some pixels, at least these; and how many.

        Told by the texel that the place lies in. A texel of level 1 is the mean of four by four texels of level 0, one of
        level 2 that of four by four of level 1, and so on.
        """
        reaches = [
            0.9 * min(self._cell) * cells for cells in _INKED_CELLS
        ]  # levels' sizes are rounded
        level = next((i for i, reach in enumerate(reaches) if reach >= pixels), len(reaches) - 1)
        return self._levels[level].texture, reaches[level]

    def draw(
        self,
        ink: moderngl.Texture,
        box: Box,
        *,
        near: Box | None = None,
        whole: bool = True,
        spread: bool = True,
    ) -> None:
        """Spread this ink, of which there is none outside the box (in pixels of the picture).

        The bloom is smooth outside of `near`, None for nowhere: there it costs less, and unless
        the `whole` is wanted its finest level is left out. Without `spread` only what `inked` tells
        is drawn.
        """
        box = self._gather(ink, box)
        for level in range(len(self._down) if spread else len(_INKED_CELLS) - 1):
            box = self._sink(level, box)
        if spread:
            self._rise(near, whole=whole)

    def _rise(self, near: Box | None, *, whole: bool) -> None:
        """Mix the levels, from the widest to the finest."""
        wide = self._levels[-1]
        for level in reversed(range(len(self._up))):
            wide.texture.use(0)
            self._levels[level].texture.use(1)
            wide = self._spread[level]
            if near is None or level >= len(self._far):
                self._up[level].draw(wide)
                continue
            sharp = self._cells(near, self._levels[0].size).shrunk(2**level, 2**level)
            sharp = sharp.grown(level * _SMOOTH_CELLS, wide.size)
            self._up[level].draw(wide, [sharp])
            if level or whole:
                self._far[level].draw(wide, sharp.around(wide.size))

    def _cells(self, box: Box, size: tuple[int, int]) -> Box:
        """The largest level's texels that a part of the picture, or a pixel beside it, looks at."""
        return box.shrunk(*self._cell).grown(1 + math.ceil(1 / min(self._cell)), size)

    def _gather(self, ink: moderngl.Texture, box: Box) -> Box:
        """Make the largest level of the ink in a box; the texels that it then has any in."""
        ink.use(0)
        return self._only(self._first, self._levels[0], self._cells(box, self._levels[0].size))

    def _sink(self, level: int, box: Box) -> Box:
        """Make the level below this one, which has ink in a box; where the lower one has any."""
        upper, lower = self._levels[level], self._levels[level + 1]
        upper.texture.use(0)
        halved = box.shrunk(upper.size[0] / lower.size[0], upper.size[1] / lower.size[1])
        return self._only(self._down[level], lower, halved.grown(1, lower.size))

    @staticmethod
    def _only(shader: Pass, into: Target, box: Box) -> Box:
        """Draw a box of a target that is 0 elsewhere."""
        into.framebuffer.clear()
        shader.draw(into, [box])
        return box


def _spreads(radius: float) -> list[float]:
    """What share of its light each level passes on to the wider ones, which get less and less:
    else the widest would show as a pale box."""
    passed = 0.5 + 0.45 * radius
    return [passed * (1 - level / _LEVELS) ** 0.5 for level in range(_LEVELS - 1)]


def _gathering(size: tuple[int, int], largest: tuple[int, int]) -> dict[str, object]:
    """Enough bilinear taps for each texel of the largest level that no pixel is passed over."""
    step = max(size[0] / largest[0], size[1] / largest[1])
    taps = max(1, math.ceil(step / 2))
    spacing = 1 / (largest[0] * taps), 1 / (largest[1] * taps)
    return {"size": _floats(largest), "spacing": spacing, "taps": taps}


def _level_size(size: tuple[int, int], level: int) -> tuple[int, int]:
    shrink = min(LARGEST_LEVEL / min(size), _LONGEST_SIDE / max(size)) / 2**level
    return max(1, round(size[0] * shrink)), max(1, round(size[1] * shrink))


def _floats(size: tuple[int, int]) -> tuple[float, float]:
    return float(size[0]), float(size[1])


def _texel(size: tuple[int, int]) -> tuple[float, float]:
    return 1 / size[0], 1 / size[1]
