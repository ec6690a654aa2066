"""A song's samples go in, streamed; the power of each band at each hop of a fixed grid comes out.

The grid is one hop each 1/150 s and has nothing to do with any frame rate.  Hop j looks at the 2048
samples centred on j / 150 s through a Hann window, so nothing in it comes late (zero phase).  The
same arithmetic runs in the browser (web/visualizer/hops.js): plain sums, products and one FFT.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

RATE = 44_100
"""Hz at which every song is analysed; most need no resampling."""

HOP = 294
"""Samples from hop to hop: exactly 1/150 s, a multiple of 1/25, 1/30 and 1/50 s."""

WINDOW = 2_048
"""Samples under the Hann window: 46 ms, bins of 21.5 Hz."""

HOPS_PER_SECOND = RATE / HOP

SPECTRUM = ("sub", "bass", "low_mid", "mid", "high_mid", "treble")
EDGES_HZ = (20.0, 60.0, 180.0, 550.0, 1_700.0, 5_200.0, 16_000.0)
"""Where the six bands meet: evenly spaced by pitch, each a factor of about 3.05."""

ONSET_BANDS = 24
"""Narrow bands, evenly spaced by pitch from 30 Hz to 16 kHz, in which attacks are looked for."""

_LOW_ONSET_BANDS = 6  # those below 145 Hz: kick drums and bass notes
_RISE = 3  # hops over which an attack's rise is taken: 20 ms
_ANALYSER = 256
_BATCH = 128  # hops at a time: their windows, 1 MB, stay in the processor's cache

_hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)
_HANN = (_hann * np.sqrt(2 * WINDOW / np.sum(_hann**2))).astype(np.float32)


@dataclass(frozen=True)
class Hops:
    """What was heard at each hop; hop j is at j / 150 s."""

    samples: int
    """Length of the song in samples at RATE."""

    power: NDArray[np.float32]
    """(hops, bands) mean square of the samples in each band."""

    flux: NDArray[np.float32]
    """(hops, 2) rise in loudness, peaking at attacks: over all narrow bands, and below 145 Hz."""


def bin_weights(low_hz: float, high_hz: float) -> NDArray[np.float32]:
    """(1025,) share of each FFT bin that lies between two frequencies.

    Bin k reaches from (k - 1/2) to (k + 1/2) × 21.5 Hz.
    """
    spacing = RATE / WINDOW
    centres = np.arange(WINDOW // 2 + 1) * spacing
    covered = np.minimum(centres + spacing / 2, high_hz) - np.maximum(centres - spacing / 2, low_hz)
    share: NDArray[np.float32] = np.clip(covered / spacing, 0.0, 1.0).astype(np.float32)
    return share


def analyser_weights(index: int) -> NDArray[np.float32]:
    """(1025,) weights of the FFT's bins in what bins `index` and `index` + 1 of an analyser hear.

    The analyser is Web Audio's with fftSize 256 at 44.1 kHz: bins 172 Hz apart, each heard through
    the main lobe, ±3 bins wide, of a Blackman window: weight |W(f)|² / |W(0)|².
    """
    turns = np.arange(_ANALYSER) / _ANALYSER
    window = 0.42 - 0.5 * np.cos(2 * np.pi * turns) + 0.08 * np.cos(4 * np.pi * turns)
    position = np.arange(WINDOW // 2 + 1) * (_ANALYSER / WINDOW)
    total = np.zeros(WINDOW // 2 + 1, np.float32)
    for centre in (index, index + 1):
        lobe = np.abs(position - centre) < 3
        phase = 2 * np.pi * np.outer(position[lobe] - centre, turns)
        real, imaginary = (np.sum(wave(phase) * window, axis=1) for wave in (np.cos, np.sin))
        total[lobe] += ((real**2 + imaginary**2) / window.sum() ** 2).astype(np.float32)
    return total


def hear(blocks: Iterable[NDArray[np.float32]], weights: NDArray[np.float32]) -> Hops:
    """The power of each row of `weights`, (bands, 1025), at every hop of a song at RATE."""
    bands, onset_bands = _trimmed(weights), _trimmed(_onset_weights())
    counted = [0]
    powers, fluxes = bytearray(), bytearray()  # these grow in place: an hour is never held twice
    before = np.zeros((_RISE, ONSET_BANDS), np.float32)
    for power in _powers(_counting(blocks, counted)):
        powers += _weighted(power, bands).tobytes()
        loudness = np.concatenate([before, _loudness(_weighted(power, onset_bands))])
        fluxes += _flux(loudness).tobytes()
        before = loudness[-_RISE:]
    return Hops(counted[0], _table(powers, len(weights)), _table(fluxes, 2))


def _table(content: bytearray, columns: int) -> NDArray[np.float32]:
    return np.frombuffer(content, np.float32).reshape(-1, columns)


def powers(
    blocks: Iterable[NDArray[np.float32]], weights: NDArray[np.float32]
) -> Iterator[NDArray[np.float32]]:
    """The same power, (hops, bands), piece by piece: for what is too much to hold for a song."""
    bands = _trimmed(weights)
    for power in _powers(blocks):
        yield _weighted(power, bands)


def _trimmed(weights: NDArray[np.float32]) -> list[tuple[slice, NDArray[np.float32]]]:
    """Each row's own few bins, and its weights there."""
    spans = [(row, np.flatnonzero(row)) for row in weights]
    return [(slice(used[0], used[-1] + 1), row[used[0] : used[-1] + 1]) for row, used in spans]


def _weighted(
    power: NDArray[np.float32], bands: list[tuple[slice, NDArray[np.float32]]]
) -> NDArray[np.float32]:
    """(hops, 1025) summed over each band's bins, (hops, bands).

    (A matrix product would start BLAS's threads, which for matrices as small as these costs ten
    times what it saves when the cores are busy.)
    """
    sums = np.empty((len(power), len(bands)), np.float32)
    for band, (bins, weights) in enumerate(bands):
        np.einsum("hk,k->h", power[:, bins], weights, out=sums[:, band])
    return sums


def _counting(
    blocks: Iterable[NDArray[np.float32]], counted: list[int]
) -> Iterator[NDArray[np.float32]]:
    for block in blocks:
        counted[0] += len(block)
        yield block


def _windowed(blocks: Iterable[NDArray[np.float32]]) -> Iterator[NDArray[np.float32]]:
    """Batches of (hops, 2048) samples around each hop, silence beyond both ends of the song."""
    half = np.zeros(WINDOW // 2, np.float32)
    held = half
    for block in chain(blocks, [half]):
        held = np.concatenate([held, block])
        hops = (len(held) - WINDOW) // HOP + 1
        for first in range(0, hops, _BATCH):
            last = min(first + _BATCH, hops)
            span = held[first * HOP : (last - 1) * HOP + WINDOW]
            yield sliding_window_view(span, WINDOW)[::HOP]
        held = held[max(0, hops) * HOP :]


def _powers(blocks: Iterable[NDArray[np.float32]]) -> Iterator[NDArray[np.float32]]:
    """Batches of (hops, 1025) mean square of the samples by frequency; each lasts until the next.

    P[k] = 2 |X[k]|² / (N Σ w²): by Parseval its sum is the mean square of the windowed sound.
    """
    # One room for all batches: asking for it anew each time cost more than the FFT, in page faults.
    # norm="forward" (X / N, made good by the window) keeps NumPy in single precision; without it,
    # it computes in double precision and converts there and back, at five times the cost.
    bins = WINDOW // 2 + 1
    shaped = np.empty((_BATCH, WINDOW), np.float32)
    spectrum: NDArray[Any] = np.empty((_BATCH, bins), np.complex64)
    real, imaginary = np.empty((2, _BATCH, bins), np.float32)
    for windows in _windowed(blocks):
        used = slice(len(windows))
        np.multiply(windows, _HANN, out=shaped[used])
        np.fft.rfft(shaped[used], norm="forward", out=spectrum[used])
        np.square(spectrum.real[used], out=real[used])
        np.square(spectrum.imag[used], out=imaginary[used])
        yield np.add(real[used], imaginary[used], out=real[used])


def _onset_weights() -> NDArray[np.float32]:
    edges = 30.0 * (16_000.0 / 30.0) ** (np.arange(ONSET_BANDS + 1) / ONSET_BANDS)
    return np.stack([bin_weights(low, high) for low, high in pairwise(edges)])


def _loudness(power: NDArray[np.float32]) -> NDArray[np.float32]:
    """log(1 + P / P₀), P₀ = -60 dB: attacks count by ratio, hiss hardly counts."""
    logs: NDArray[np.float32] = np.log1p(power * np.float32(1e6))
    return logs


def _flux(loudness: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean rise over 3 hops, falls as 0; the hops before the first come along in `loudness`.

    The window feels an attack 23 ms ahead.  Measured on clicks, noise, drums, tones and chords, the
    steepest rise ends 2 ms (-6 to +4 ms) before the attack: where it ends is where it counts.
    """
    rise = np.maximum(loudness[_RISE:] - loudness[:-_RISE], 0.0)
    return np.stack([rise.mean(axis=1), rise[:, :_LOW_ONSET_BANDS].mean(axis=1)], axis=1)
