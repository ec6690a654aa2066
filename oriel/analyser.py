"""Web Audio's AnalyserNode as arithmetic: samples go in, what getByteFrequencyData gives comes out.

Source: https://www.w3.org/TR/webaudio/#fft-windowing-and-smoothing-over-time.
"""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import chain

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

QUANTUM = 128
"""Samples that Web Audio renders at a time; an analyser sees whole quanta only."""

MIN_DECIBELS = -100.0
MAX_DECIBELS = -30.0

FFT_SIZE = 256
SMOOTHING = 0.8
"""The original visualiser's analyser, and the specification's default smoothing."""

_BATCH = 2_048


def web_audio_spectrum(
    samples: NDArray[np.floating],
    rate: float,
    at: Iterable[float] | NDArray[np.floating],
    fft_size: int = 256,
    smoothing: float = 0.8,
) -> NDArray[np.uint8]:
    """What getByteFrequencyData returns when called at each time of `at`: (len(at), fft_size // 2).

    `samples` are (n,) mono, or (n, channels) which are averaged as stereo is; `rate` in Hz; `at` in
    seconds, in the order of the calls.  A time counts as the end of the quantum of 128 samples that
    it falls in, as OfflineAudioContext.suspend does; calls within one quantum see the same.
    """
    mono = np.asarray(samples, np.float32)
    if mono.ndim == 2:
        mono = mono.mean(axis=1, dtype=np.float32)
    ends = quantum_ends(np.fromiter(at, np.float64), rate)
    calls, seen = np.unique(ends, return_inverse=True)
    spectra, _ = spectrum_at(mono, calls, fft_size, smoothing, None)
    return to_bytes(spectra)[seen]


def overheard(
    blocks: Iterable[NDArray[np.float32]],
    rate: float,
    fps: Fraction,
    spectra: list[NDArray[np.uint8]],
) -> Iterator[NDArray[np.float32]]:
    """The same mono blocks, while `spectra` fills with what an analyser answers at each frame.

    Frame i is at i / fps seconds; fftSize is 256, smoothing 0.8.  The pieces of `spectra`, (n, 128)
    each, follow one another; joined they may reach a frame or two past the song's end.
    """
    held = np.zeros(FFT_SIZE, np.float32)
    frame, known = 0, 0
    last: NDArray[np.float32] | None = None
    silence = np.zeros(QUANTUM, np.float32)
    for block, pass_on in chain(((block, True) for block in blocks), [(silence, False)]):
        if pass_on:
            yield block
        held = np.concatenate([held, block])
        known += len(block)
        ends = _frame_ends(frame, known, rate, fps)
        answers, last = spectrum_at(held, ends - known + len(held), FFT_SIZE, SMOOTHING, last)
        spectra.append(to_bytes(answers))
        frame += len(ends)
        held = held[-FFT_SIZE:]


def _frame_ends(frame: int, known: int, rate: float, fps: Fraction) -> NDArray[np.int64]:
    """Where the analyser stands at `frame` and all that follow within `known` samples."""
    frames = np.arange(frame, int(known / rate * fps) + 2)
    ends = quantum_ends(frames / float(fps), rate)
    return ends[ends <= known]


def quantum_ends(at: NDArray[np.float64], rate: float) -> NDArray[np.int64]:
    """The count of samples that an analyser has seen at each time: whole quanta, rounded up."""
    whole = np.floor(at * rate).astype(np.int64)
    return -(-whole // QUANTUM) * QUANTUM


def blackman(size: int) -> NDArray[np.float32]:
    """The specification's window: α = 0.16, periodic."""
    turn = 2 * np.pi * np.arange(size) / size
    return (0.42 - 0.5 * np.cos(turn) + 0.08 * np.cos(2 * turn)).astype(np.float32)


def spectrum_at(
    samples: NDArray[np.float32],
    ends: NDArray[np.int64],
    fft_size: int,
    smoothing: float,
    before: NDArray[np.float32] | None,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Smoothed magnitudes (len(ends), fft_size // 2), and the last of them for the next call.

    Each looks at the `fft_size` samples before its end; beyond the samples there is silence.
    X̂ = τ X̂₋₁ + (1 - τ) |X| / N, over the calls.
    """
    bins = fft_size // 2
    last = np.zeros(bins, np.float32) if before is None else before
    smoothed = np.empty((len(ends), bins), np.float32)
    beyond = max(0, int(ends.max(initial=0)) - len(samples))
    padded = np.concatenate([np.zeros(fft_size, np.float32), samples, np.zeros(beyond, np.float32)])
    windows = sliding_window_view(padded, fft_size)
    shape = blackman(fft_size)
    for first in range(0, len(ends), _BATCH):
        seen = windows[ends[first : first + _BATCH]] * shape
        magnitudes = np.abs(np.fft.rfft(seen, norm="forward")[:, :bins])
        magnitudes *= np.float32(1 - smoothing)
        for row, magnitude in enumerate(magnitudes, first):
            np.multiply(last, np.float32(smoothing), out=smoothed[row])
            smoothed[row] += magnitude
            last = smoothed[row]
    return smoothed, last.copy()


def to_bytes(magnitudes: NDArray[np.float32]) -> NDArray[np.uint8]:
    """⌊255 / 70 × (dB + 100)⌋, held within 0..255."""
    with np.errstate(divide="ignore"):
        decibels = 20.0 * np.log10(magnitudes)
    scale = 255.0 / (MAX_DECIBELS - MIN_DECIBELS)
    return np.clip(np.floor(scale * (decibels - MIN_DECIBELS)), 0, 255).astype(np.uint8)
