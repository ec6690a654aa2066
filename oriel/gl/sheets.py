"""Printed plates in; the planes Y, U and V, made out of them by the card, out.

A card does in microseconds what would take the processor, which has a video to encode, a
millisecond; and it copies while the next picture is drawn.
"""

import moderngl
import numpy as np

from oriel.gl.plates import Planes, Plate
from oriel.gl.screen import Pass
from oriel.gl.targets import target

_FIRST_UNIT = 4  # texture units before it are those that plates are printed with
_NAMES = ("upper", "lower", "chroma")


class Sheets:
    """The planes as textures, and a pixel buffer for each plane of each slot.

    Where blocks of both plates lie, those of `near` count.
    """

    def __init__(
        self,
        context: moderngl.Context,
        size: tuple[int, int],
        near: Plate,
        far: Plate,
        *,
        under_way: int,
    ) -> None:
        width, height = size
        self._near = near
        self._textures = (*near.textures, *far.textures)
        self._luma = target(context, size, 1)
        self._chroma = target(context, (width // 2, height // 2), 1, count=2)
        self._passes = Pass(context, "luma.frag"), Pass(context, "chroma.frag")
        names = [f"{plate}_{name}" for plate in ("near", "far") for name in _NAMES]
        for each in self._passes:
            each.assign({name: unit for unit, name in enumerate(names, start=_FIRST_UNIT)})
        sizes = width * height, width * height // 4, width * height // 4
        self._slots = [[context.buffer(reserve=each) for each in sizes] for _ in range(under_way)]

    def fetch(self, slot: int) -> None:
        """Begin to copy what was printed last to a slot."""
        for unit, texture in enumerate(self._textures, start=_FIRST_UNIT):
            texture.use(unit)
        for each, into in zip(self._passes, (self._luma, self._chroma), strict=True):
            each.assign({"printed": tuple(self._near.printed)})
            each.draw(into)
        luma, blue, red = self._slots[slot]
        self._luma.framebuffer.read_into(luma, components=1)
        self._chroma.framebuffer.read_into(blue, components=1, attachment=0)
        self._chroma.framebuffer.read_into(red, components=1, attachment=1)

    def take(self, slot: int, planes: Planes) -> None:
        """Wait for a slot's copy and lay it into these planes."""
        for buffer, plane in zip(self._slots[slot], planes, strict=True):
            if plane.flags.c_contiguous:
                buffer.read_into(plane)
            else:
                plane[:] = np.frombuffer(buffer.read(), np.uint8).reshape(plane.shape)
