"""Powers on the hop grid go in; numbers in 0..1 at each frame's time come out.

Four plain steps, each without delay: decibels, the song's own scale, a symmetric smoothing, and a
straight line between neighbouring hops.  Nothing before the last step knows the frame rate.
"""

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

SILENCE_DB = -75.0
"""Mean square, in dB of full scale, below which everything counts as silence and gives 0."""

AUDIBLE_DB = -65.0
"""From here up nothing is held back; between the two it fades in."""

CEILING_PERCENTILE = 98.0
FLOOR_PERCENTILE = 25.0
RANGE_DB = (18.0, 36.0)
"""The least and the most that may lie between a band's 0 and its 1."""

CALM = 0.3
"""What a band's median becomes, as far as an exponent within CONTRAST can bring it there."""

CONTRAST = (1.0, 3.0)
FAINT = 0.1

WEAKEST_BAND_DB = 45.0
"""A band this far below the whole song, or further, is not blown up to fill its scale."""

SMOOTHING_HOPS = 3
"""Reach of the smoothing to either side: 3 hops, 20 ms."""


def decibels(power: NDArray[np.float32]) -> NDArray[np.float32]:
    """10 log₁₀(P), silence as -140 dB."""
    return np.float32(10.0) * np.log10(np.maximum(power, np.float32(1e-14)))


def smooth(values: NDArray[np.float32], reach: int = SMOOTHING_HOPS) -> NDArray[np.float32]:
    """Values (hops,) averaged with weights (1 + cos(π d / (reach + 1))) / 2(reach + 1), |d| ≤ reach.

    A symmetric kernel whose weights sum to 1: no peak is moved.  The ends count as repeated.
    """
    offsets = np.arange(-reach, reach + 1)
    weights = (1 + np.cos(np.pi * offsets / (reach + 1))) / (2 * (reach + 1))
    padded = np.pad(values, reach, mode="edge")
    total = np.zeros_like(values)
    for index, weight in enumerate(weights.astype(np.float32)):
        total += weight * padded[index : index + len(values)]
    return total


def audible(level_db: NDArray[np.float32]) -> NDArray[np.float32]:
    """0 in silence, 1 in sound, by the whole song's level at each hop (dB)."""
    rise = (level_db - SILENCE_DB) / (AUDIBLE_DB - SILENCE_DB)
    share: NDArray[np.float32] = np.clip(rise, 0.0, 1.0)
    return share


def scaled(band_db: NDArray[np.float32], level_db: NDArray[np.float32]) -> NDArray[np.float32]:
    """One band, (hops,) in dB, on the song's own scale: near 0 calm, near 1 as loud as it gets.

    Over the hops that are no silence:
    ceiling = 98th percentile of the band, but at least that of the whole level - 45 dB;
    range = ceiling - 25th percentile, held within 18..36 dB; u = 1 + (dB - ceiling) / range, ≥ 0;
    v = u^γ with γ, held within 1..3, such that the median of what is heard of the band (u > 0.1)
    becomes 0.3: what is usual is calm, so that a kick stands out of a dense mix.
    v is bent softly below 1.
    """
    heard = level_db > SILENCE_DB
    if not heard.any():
        return np.zeros_like(band_db)
    loudest = np.percentile(level_db[heard], CEILING_PERCENTILE)
    ceiling, low = np.percentile(band_db[heard], (CEILING_PERCENTILE, FLOOR_PERCENTILE))
    ceiling = max(ceiling, loudest - WEAKEST_BAND_DB)
    span = min(max(ceiling - low, RANGE_DB[0]), RANGE_DB[1])
    value = np.maximum(1.0 + (band_db - np.float32(ceiling)) / np.float32(span), 0.0)
    return _bent(value ** np.float32(_contrast(value[heard]))) * audible(level_db)


def _contrast(values: NDArray[np.float32]) -> float:
    """γ such that the median of the values above FAINT, to that power, is CALM."""
    present = values[values > FAINT]
    usual = float(np.median(present)) if len(present) else 0.0
    if not 0.0 < usual < 1.0:
        return CONTRAST[0]
    return min(max(float(np.log(CALM) / np.log(usual)), CONTRAST[0]), CONTRAST[1])


def struck(flux: NDArray[np.float32], level_db: NDArray[np.float32]) -> NDArray[np.float32]:
    """Onset strength (hops,) from flux: its 98th percentile where there is sound counts as 7/8."""
    heard = level_db > SILENCE_DB
    if not heard.any():
        return np.zeros_like(flux)
    strong = max(float(np.percentile(flux[heard], CEILING_PERCENTILE)), 1e-3)
    return _bent(flux * np.float32(0.875 / strong)) * audible(level_db)


def _bent(value: NDArray[np.float32]) -> NDArray[np.float32]:
    """v below 7/8, above it 1 - e^(-8 (v - 7/8)) / 8: a soft ceiling that keeps peaks apart."""
    knee = np.float32(0.875)
    over = np.maximum(value - knee, 0.0)
    return np.where(value < knee, value, 1.0 - 0.125 * np.exp(-8.0 * over)).astype(np.float32)


def at_frames(
    values: NDArray[np.float32], hops_per_second: float, fps: Fraction, frames: int
) -> NDArray[np.float32]:
    """Values (hops,) on the straight line between hops, at i / fps seconds for each frame i."""
    last = len(values) - 1
    position = np.minimum(np.arange(frames) * (hops_per_second / float(fps)), last)
    left = position.astype(np.int64)
    share = position - left
    begin, end = values[left], values[np.minimum(left + 1, last)]
    line: NDArray[np.float32] = (begin + share * (end - begin)).astype(np.float32)
    return line
