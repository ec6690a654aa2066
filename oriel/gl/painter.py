"""A look, a mesh and the frames' numbers in; pictures out, as video planes or as RGB."""

import itertools
from collections.abc import Callable, Iterator
from functools import cached_property

import moderngl
import numpy as np
from numpy.typing import NDArray

from oriel import effects
from oriel.frames import Frames
from oriel.gl import planes, plates
from oriel.gl.bloom import LARGEST_LEVEL, Bloom
from oriel.gl.boxes import Box
from oriel.gl.context import check_drawn
from oriel.gl.cover import Cover
from oriel.gl.screen import Pass
from oriel.gl.targets import Target, target
from oriel.look import Look
from oriel.shapes import Mesh

# While one frame is drawn the one before is copied back.
_UNDER_WAY = 2
# Frames, of which one is looked at whole: a context that is lost stays so. Of all a corner is.
_LOOKED_AT = 64
# Pixels around its middle that a block of the video may look at, where effects shrink little.
_BLOCK_LOOKS = 3.5
_STILL = _UNDER_WAY  # a slot of its own: a still may be painted while a film is under way


class Painter:
    """Draws the pictures of one look at one size; lives as long as its context."""

    def __init__(
        self, context: moderngl.Context, look: Look, mesh: Mesh, size: tuple[int, int]
    ) -> None:
        self._context = context
        self._look = look
        self._size = size
        self._cover = Cover(context, mesh, look["style"], size)
        self._bloom = Bloom(context, size, look["glowRadius"])

    def picture(self, frames: Frames, index: int) -> NDArray[np.uint8]:
        """One picture as (height, width, 3) sRGB, the top row first."""
        into = target(self._context, self._size, 3)
        self.paint(frames, index, into)
        pixels = np.frombuffer(into.framebuffer.read(components=3, alignment=1), np.uint8)
        return pixels.reshape(self._size[1], self._size[0], 3)[::-1].copy()

    def paint(self, frames: Frames, index: int, into: Target) -> None:
        """Draw one picture, as sRGB, on a target of the painter's size."""
        self._cover.assign(frames.still)
        self._screen.assign({**_MAPS, **frames.still, **frames.uniforms(index)})
        self._draw_bloom(*self._draw_cover(frames, index, slot=_STILL))
        self._screen.draw(into)

    def film(
        self, frames: Frames, blank: Callable[[], plates.Planes] | None = None
    ) -> Iterator[plates.Planes]:
        """Each frame's planes Y, U and V, in turn: filled into what `blank` gives, once a frame.

        Without it they are overwritten by the next. Raises NoGL where nothing is drawn any more, at
        the last frame at the latest.
        """
        if not len(frames):
            return
        coarse = min(self._size) >= 4 * LARGEST_LEVEL
        press = planes.Press(
            self._context,
            self._size,
            self._parts(coarse=coarse),
            under_way=_UNDER_WAY,
            fine=self._has("coordinates", "split", "display"),
        )
        near = planes.Near(*self._bloom.inked(_BLOCK_LOOKS))
        wide = planes.Wide(*self._bloom.wide)
        press.assign({**_MAPS, **frames.still})
        self._cover.assign(frames.still)
        blank = blank or itertools.repeat(plates.empty(self._size)).__next__
        drawn = self._draw_cover(frames, 0)
        for index in range(len(frames)):
            around = press.around(drawn[1])
            self._draw_bloom(*drawn, near=around, whole=press.fine)
            press.assign(frames.uniforms(index))
            press.draw(around, near, wide)
            # While a software renderer fills these pixels, the last picture is handed on and the
            # next one's lines are set up: fetching waits for all that was drawn.
            if index > 0:
                taken = blank()
                press.take((index - 1) % _UNDER_WAY, taken)
                if not taken[0][-1, -1] or (index - 1) % _LOOKED_AT == 0:
                    check_drawn(self._context, taken[0])
                yield taken
            if index + 1 < len(frames):
                drawn = self._draw_cover(frames, index + 1)
            press.fetch(index % _UNDER_WAY)
        taken = blank()
        press.take((len(frames) - 1) % _UNDER_WAY, taken)
        check_drawn(self._context, taken[0])
        yield taken

    @cached_property
    def _screen(self) -> Pass:
        return Pass(self._context, "screen.frag", self._parts())

    def _draw_cover(
        self, frames: Frames, index: int, slot: int | None = None
    ) -> tuple[moderngl.Texture, Box]:
        """Draw a frame's ink; the ink, and the part of the picture that has any."""
        uniforms = frames.uniforms(index)
        self._cover.assign(uniforms)
        ink = self._cover.draw(index % _UNDER_WAY if slot is None else slot)
        return ink.texture, self._cover.box(uniforms["mvp"])

    def _draw_bloom(
        self, ink: moderngl.Texture, box: Box, *, near: Box | None = None, whole: bool = True
    ) -> None:
        """Spread this ink, and lay both maps where the last pass looks for them."""
        self._bloom.draw(ink, box, near=near, whole=whole, spread=self._look["glow"] > 0)
        ink.use(0)
        self._bloom.texture.use(1)

    def _parts(self, *, coarse: bool = False) -> dict[str, str]:
        """The text that picture.glsl includes: what this look switches on, and its effects."""
        flags = {
            "GRADIENT": self._look["background"] != self._look["backgroundEdge"],
            "FINER": self._cover.finer,
            "COARSE": coarse,
            "GLOWING": self._look["glow"] > 0,
        }
        defined = "".join(f"#define {name}\n" for name, on in flags.items() if on)
        return {"effects.glsl": defined + effects.compose(self._look.effects)}

    def _has(self, *stages: effects.Stage) -> bool:
        return any(effects.effect(name).stage in stages for name in self._look.effects)


_MAPS = {"ink_map": 0, "bloom_map": 1, "near_map": planes.NEAR_UNIT}
