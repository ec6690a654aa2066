"""A picture goes in; the video planes that ITU-R BT.709 and H.264 say it has come out, unrounded.

Written from the recommendation, not from Oriel's shaders, in double precision.
"""

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]

KR, KG, KB = 0.2126, 0.7152, 0.0722  # BT.709-6, item 3.2


def planes(picture: NDArray[np.uint8]) -> tuple[Float, Float, Float]:
    """Y', Cb and Cr, limited range of 8 bits, of (height, width, 3) R'G'B'; both sides even."""
    red, green, blue = np.moveaxis(picture / 255.0, 2, 0)
    luma = KR * red + KG * green + KB * blue
    differences = (blue - luma) / (2 * (1 - KB)), (red - luma) / (2 * (1 - KR))
    chroma = [128 + 224 * _left_sited(each) for each in differences]
    return 16 + 219 * luma, chroma[0], chroma[1]


def _left_sited(full: Float) -> Float:
    """Half as wide and high: each sample on the left pixel of its pair, between the two rows.

    H.264's chroma_sample_loc_type 0. Along the row the weights are 1, 2, 1.
    """
    rows = (full[0::2] + full[1::2]) / 2
    padded = np.pad(rows, ((0, 0), (1, 1)), "edge")
    return (padded[:, 0:-2:2] + 2 * padded[:, 1:-1:2] + padded[:, 2::2]) / 4
