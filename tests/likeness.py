"""Two pictures in, how alike a person finds them out: the structural similarity index."""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

Picture = NDArray[np.uint8]

# Wang, Bovik, Sheikh and Simoncelli 2004: an 11x11 Gaussian window of 1.5 pixels, K1 and K2.
_SIGMA, _REACH = 1.5, 5
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
_LUMA = (0.299, 0.587, 0.114)


def ssim(one: Picture, other: Picture) -> float:
    """Mean structural similarity of the luma of two pictures (height, width, 3): 1 if the same."""
    assert one.shape == other.shape, f"{one.shape} cannot be compared with {other.shape}"
    x, y = (np.dot(picture.astype(np.float64), _LUMA) for picture in (one, other))
    mean_x, mean_y = _around(x), _around(y)
    var_x, var_y = _around(x * x) - mean_x**2, _around(y * y) - mean_y**2
    together = _around(x * y) - mean_x * mean_y
    index = (2 * mean_x * mean_y + _C1) * (2 * together + _C2)
    index /= (mean_x**2 + mean_y**2 + _C1) * (var_x + var_y + _C2)
    return float(index[_REACH:-_REACH, _REACH:-_REACH].mean())


def _around(values: NDArray[np.float64]) -> NDArray[np.float64]:
    smooth: NDArray[np.float64] = gaussian_filter(values, _SIGMA, radius=_REACH)
    return smooth
