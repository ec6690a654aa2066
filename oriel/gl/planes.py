"""Ink and bloom in; the planes Y, U and V of a video frame out."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import moderngl

from oriel.gl.boxes import Box
from oriel.gl.context import is_software
from oriel.gl.plates import HIGH, Planes, Plate
from oriel.gl.screen import Pass
from oriel.gl.sheets import Sheets
from oriel.gl.unpacking import Unpacking

# Columns of a block: of planes.frag, and of far.frag.
_SMALL, _LARGE = 4, 16

# How far from ink there are large blocks, in parts of the picture's shorter side and at least in
# pixels: the bloom must be smooth there. No sample is then more than a step off.
_MARGIN, _LEAST_MARGIN = 32 / 1080, 24

NEAR_UNIT = 2  # texture unit of Near's map
_WIDE_UNIT = 3


class Near(NamedTuple):
    """A map of the picture that is 0 where there is no ink within so many pixels."""

    texture: moderngl.Texture
    pixels: float


class Wide(NamedTuple):
    """A map of the bloom without its finest level, and the share that it has in the bloom."""

    texture: moderngl.Texture
    share: float


class Press:
    """Prints pictures of one even size as planes; several may be under way at once.

    Ink covers little of most pictures, so blocks without it are printed at a fraction of the
    cost; a depth buffer tells where those with ink are printed over them. Far from all ink
    larger blocks are printed, on a plate of their own.
    """

    def __init__(
        self,
        context: moderngl.Context,
        size: tuple[int, int],
        parts: dict[str, str],
        *,
        under_way: int,
        fine: bool,
    ) -> None:
        """`fine` says that nothing is known to be far from ink: all is printed in small blocks."""
        self._context = context
        self._size = size
        self.fine = fine
        self._near_plate = Plate(context, size, _SMALL, depth=True)
        self._inked = Pass(context, "planes.frag", parts)
        self._bare = Pass(context, "planes.frag", _defining(parts, "BARE"))
        self._far_plate = Plate(context, size, _LARGE)
        self._far = Pass(context, "far.frag", parts)
        plates = self._near_plate, self._far_plate
        self._copies: Unpacking | Sheets
        if is_software(context.info["GL_RENDERER"]):
            self._copies = Unpacking(*plates, under_way=under_way)
        else:
            self._copies = Sheets(context, size, *plates, under_way=under_way)

    def assign(self, uniforms: Mapping[str, Any]) -> None:
        """Set the numbers of the next picture."""
        for each in (self._inked, self._bare, self._far):
            each.assign(uniforms)

    def around(self, box: Box) -> Box:
        """The part of the picture that is not far from this box, which has all the ink."""
        margin = max(math.ceil(_MARGIN * min(self._size)), _LEAST_MARGIN)
        return box.grown(margin, self._size).aligned(_LARGE, HIGH, self._size)

    def draw(self, around: Box, near: Near, wide: Wide) -> None:
        """Print the picture, where it must not be fine in large blocks outside of `around`."""
        if self.fine:
            around = Box(0, 0, *self._size)
        self._print_near(self._near_plate.blocks(around), near)
        self._print_far(self._far_plate.blocks(around), wide)

    def fetch(self, slot: int) -> None:
        """Begin to copy what was printed last to a slot."""
        self._copies.fetch(slot)

    def take(self, slot: int, planes: Planes) -> None:
        """Wait for a slot's copy and lay it into these planes."""
        self._copies.take(slot, planes)

    def _print_near(self, blocks: Box, near: Near) -> None:
        self._bare.assign({"near": near.pixels})
        near.texture.use(NEAR_UNIT)
        self._context.enable_only(moderngl.DEPTH_TEST)
        self._context.depth_func = "1"  # always
        self._near_plate.print(self._bare, [blocks])
        self._context.depth_func = "<"
        self._near_plate.print(self._inked, [blocks])
        self._context.enable_only(moderngl.NOTHING)

    def _print_far(self, near: Box, wide: Wide) -> None:
        self._far.assign({"bloom_map": _WIDE_UNIT, "share": wide.share})
        wide.texture.use(_WIDE_UNIT)
        self._far_plate.print(self._far, near.around(self._far_plate.size))


def _defining(parts: dict[str, str], flag: str) -> dict[str, str]:
    return {name: f"#define {flag}\n{text}" for name, text in parts.items()}
