"""A picture's planes in, the same with Oriel's name in the lower right corner out."""

import numpy as np
from numpy.typing import NDArray

TEXT = "made with Oriel"

# Shares of the picture's shorter side.
_HEIGHT = 0.04
_MARGIN = 0.035

_STRENGTH = 0.62  # of the letters, over what is behind them
_SHADE = 0.45  # of the shadow around them, so that they are read on white as well
_WHITE, _BLACK, _GREY = 235, 16, 128  # BT.709, limited range

Plane = NDArray[np.uint8]
Planes = tuple[Plane, Plane, Plane]


class Watermark:
    """The mark for pictures of one even size, (width, height) in pixels."""

    def __init__(self, size: tuple[int, int]) -> None:
        letters, shade = _drawn(max(8, round(_HEIGHT * min(size))))
        height, width = letters.shape
        margin = round(_MARGIN * min(size)) // 2 * 2
        self._top = max(0, size[1] - margin - height)
        self._left = max(0, size[0] - margin - width)
        rows, columns = min(height, size[1]), min(width, size[0])
        letters, shade = letters[:rows, :columns], shade[:rows, :columns]
        self._kept = (1 - _STRENGTH * letters) * (1 - _SHADE * shade)
        self._light = _STRENGTH * letters * _WHITE
        self._light += (1 - _STRENGTH * letters) * _SHADE * shade * _BLACK
        self._colour_kept = self._kept.reshape(rows // 2, 2, columns // 2, 2).mean(axis=(1, 3))

    def print(self, planes: Planes) -> Planes:
        """Print the mark on planes Y, U and V (h, w), (h/2, w/2) twice, in place."""
        luma, *colours = planes
        rows, columns = self._kept.shape
        corner = luma[self._top : self._top + rows, self._left : self._left + columns]
        corner[:] = np.round(corner * self._kept + self._light)
        for colour in colours:
            top, left = self._top // 2, self._left // 2
            corner = colour[top : top + rows // 2, left : left + columns // 2]
            corner[:] = np.round(_GREY + (corner.astype(np.float64) - _GREY) * self._colour_kept)
        return planes


def _drawn(height: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The letters and the soft shadow around them, (rows, columns) 0..1, both sides even."""
    from PIL import Image, ImageDraw, ImageFilter, ImageFont

    font = ImageFont.load_default(height)
    left, top, right, bottom = font.getbbox(TEXT)
    around = max(2, height // 4)
    size = [int(side) + 2 * around for side in (right - left, bottom - top)]
    image = Image.new("L", (size[0] + size[0] % 2, size[1] + size[1] % 2))
    ImageDraw.Draw(image).text((around - left, around - top), TEXT, fill=255, font=font)
    shadow = image.filter(ImageFilter.GaussianBlur(around / 2))
    letters, shade = (np.asarray(each, np.float64) / 255 for each in (image, shadow))
    return letters, np.minimum(1.0, 2.0 * shade)
