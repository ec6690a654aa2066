"""Printed plates in; the planes Y, U and V, made out of them by the processor, out.

For software renderers, which finish before they copy: a pixel buffer would be one copy more.
"""

import numpy as np

from oriel.gl.boxes import Box
from oriel.gl.plates import HIGH, Plane, Planes, Plate


class Unpacking:
    """Copies of both plates, one a slot; where blocks of both lie, those of the first count."""

    def __init__(self, near: Plate, far: Plate, *, under_way: int) -> None:
        self._copies = [_Copies(plate, under_way) for plate in (far, near)]

    def fetch(self, slot: int) -> None:
        """Copy what was printed last to a slot."""
        for copies in self._copies:
            copies.fetch(slot)

    def take(self, slot: int, planes: Planes) -> None:
        """Unpack a slot's copy into these planes."""
        for copies in self._copies:
            copies.take(slot, planes)


class _Copies:
    """Memory for a plate's three attachments, one a slot."""

    def __init__(self, plate: Plate, under_way: int) -> None:
        self._plate = plate
        count = plate.size[0] * plate.size[1] * plate.wide
        self._slots = [[bytearray(count) for _ in plate.textures] for _ in range(under_way)]
        self._fetched = [plate.printed] * under_way

    def fetch(self, slot: int) -> None:
        self._fetched[slot] = self._plate.printed
        self._plate.read(self._slots[slot])

    def take(self, slot: int, planes: Planes) -> None:
        blocks = self._fetched[slot]
        _, _, width, height = blocks.scissor
        count = width * height * self._plate.wide
        if not count:
            return
        upper, lower, chroma = (
            np.frombuffer(memory, np.uint8, count) for memory in self._slots[slot]
        )
        _unpack(
            upper.reshape(height, -1),
            lower.reshape(height, -1),
            chroma.reshape(height, width, -1),
            self._place(planes, blocks),
        )

    def _place(self, planes: Planes, blocks: Box) -> Planes:
        """What of the planes these blocks make."""
        luma, blue, red = planes
        left, right = blocks.left * self._plate.wide, blocks.right * self._plate.wide
        whole = np.s_[HIGH * blocks.bottom : HIGH * blocks.top, left:right]
        half = np.s_[blocks.bottom : blocks.top, left // 2 : right // 2]
        return luma[whole], blue[half], red[half]


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
