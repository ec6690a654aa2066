"""Ink in, the same ink spread by a pyramid of blurs out; on the whole as bright as before."""

import math

import moderngl

from oriel.gl import programs
from oriel.gl.screen import Pass
from oriel.gl.targets import Target, target

# Texels along the shorter side of the pyramid's largest level, whatever the picture's size: so a
# small and a large picture glow alike. The lowest level is about nine.
_LARGEST = 270
_LEVELS = 6


class Bloom:
    """A pyramid for pictures of one size; `texture` is the finished bloom."""

    def __init__(self, context: moderngl.Context, size: tuple[int, int], radius: float) -> None:
        self._first = Pass(context, "bloom_first.frag")
        self._down = Pass(context, "bloom_down.frag")
        self._up = Pass(context, "bloom_up.frag")
        sizes = [_level_size(size, level) for level in range(_LEVELS)]
        self._levels = [target(context, each, 1, dtype="f2") for each in sizes]
        self._spread = [target(context, each, 1, dtype="f2") for each in sizes[:-1]]
        programs.assign(self._up.program, {"source": 0, "sharp": 1, "spread": 0.3 + 0.6 * radius})

    @property
    def texture(self) -> moderngl.Texture:
        """The bloom, of the pyramid's largest size."""
        return self._spread[0].texture

    def draw(self, ink: moderngl.Texture) -> None:
        """Spread this ink."""
        self._gather(ink)
        for larger, smaller in zip(self._levels, self._levels[1:], strict=False):
            self._shrink(larger, smaller)
        wide = self._levels[-1]
        for level in reversed(range(len(self._spread))):
            self._widen(wide, self._levels[level], self._spread[level])
            wide = self._spread[level]

    def _gather(self, ink: moderngl.Texture) -> None:
        width, height = self._levels[0].size
        step = ink.width / width, ink.height / height
        # A bilinear tap between texels averages two each way.
        taps = max(1, math.ceil(max(step) / 2))
        ink.use(0)
        spacing = 1 / (width * taps), 1 / (height * taps)
        self._first.draw(
            self._levels[0], size=(float(width), float(height)), spacing=spacing, taps=taps
        )

    def _shrink(self, larger: Target, smaller: Target) -> None:
        larger.texture.use(0)
        self._down.draw(smaller, size=_floats(smaller), texel=_texel(larger))

    def _widen(self, wide: Target, sharp: Target, into: Target) -> None:
        wide.texture.use(0)
        sharp.texture.use(1)
        self._up.draw(into, size=_floats(into), texel=_texel(wide))


def _level_size(size: tuple[int, int], level: int) -> tuple[int, int]:
    shrink = _LARGEST / min(size) / 2**level
    return max(1, round(size[0] * shrink)), max(1, round(size[1] * shrink))


def _floats(one: Target) -> tuple[float, float]:
    return float(one.size[0]), float(one.size[1])


def _texel(one: Target) -> tuple[float, float]:
    return 1 / one.size[0], 1 / one.size[1]
