"""Bands and a look go in; the bass and treble that drive its picture come out.

They are made calmer by `smoothing`, then stronger by `sensitivity`, over the whole song: so a frame
is the same whatever part of the song is asked for.
"""

from math import ceil

import numpy as np
from numpy.typing import NDArray

from oriel import loudness
from oriel.bands import Bands
from oriel.hops import HOPS_PER_SECOND
from oriel.look import Look

Float32 = NDArray[np.float32]


def driven(bands: Bands, look: Look) -> tuple[Float32, Float32]:
    """Bass and treble as the look wants them, (frames,) each, 0..1."""
    factor = np.float32(look["sensitivity"])
    bass, treble = _calmed(bands, look["smoothing"])
    return _stronger(bass, factor), _stronger(treble, factor)


def eased(values: Float32, reach: float) -> Float32:
    """Values (n,) averaged with weights 1 + cos(π d / reach), |d| < reach entries; none is moved.

    The ends count as repeated.  cos(a - b) = cos a cos b + sin a sin b, so running sums of the
    values, and of their products with cosine and sine, do: it takes no longer the further it reaches.
    """
    whole = ceil(reach) - 1
    if whole < 1 or not len(values):
        return values
    padded = np.pad(values.astype(np.float64), whole, mode="edge")
    turn = np.pi / reach * np.arange(len(padded))
    cosine, sine = np.cos(turn), np.sin(turn)
    middle = slice(whole, whole + len(values))
    total = (
        _sums(padded, 2 * whole + 1)
        + _sums(padded * cosine, 2 * whole + 1) * cosine[middle]
        + _sums(padded * sine, 2 * whole + 1) * sine[middle]
    )
    weight = np.sum(1 + np.cos(np.pi / reach * np.arange(-whole, whole + 1)))
    calm: Float32 = np.maximum(total / weight, 0.0).astype(np.float32)
    return calm


def _calmed(bands: Bands, smoothing: float) -> tuple[Float32, Float32]:
    """On the song's own hops where they are known, so that it is the same at any frame rate."""
    if smoothing == 0:
        return bands.bass, bands.treble
    if not len(bands.fine):
        reach = smoothing * float(bands.fps)
        return eased(bands.bass, reach), eased(bands.treble, reach)
    bass, treble = (
        loudness.at_frames(
            eased(bands.fine[:, column], smoothing * HOPS_PER_SECOND),
            HOPS_PER_SECOND,
            bands.fps,
            len(bands.bass),
        )
        for column in (0, 1)
    )
    return bass, treble


def _stronger(values: Float32, factor: np.float32) -> Float32:
    return values if factor == 1 else np.minimum(values * factor, np.float32(1))


def _sums(values: NDArray[np.float64], span: int) -> NDArray[np.float64]:
    """The sum of each `span` neighbours: (n - span + 1,)."""
    running = np.concatenate([[0.0], np.cumsum(values)])
    sums: NDArray[np.float64] = running[span:] - running[:-span]
    return sums
