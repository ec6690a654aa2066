"""The demo song's instruments: a note, a length and a sample rate go in, its sound comes out."""

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float64]  # (n,) mono or (n, 2) stereo, 1.0 is full scale


def kit(rate: int, chance: np.random.Generator) -> dict[str, Samples]:
    """The drums, mono: kick, snare, closed and open hat, crash."""
    return {
        "kick": _kick(rate),
        "snare": _snare(rate, chance),
        "closed": _noise_hit(rate, chance, 7000, 0.05),
        "open": _noise_hit(rate, chance, 6000, 0.22),
        "crash": _noise_hit(rate, chance, 3000, 1.8),
    }


@cache
def bass(note: int, length: float, rate: int) -> Samples:
    """A saw that darkens as it rings; `length` in seconds, mono."""
    t = _seconds(length, rate)
    weights = [np.exp(-t * 4 * k) / k + 0.5 / k**2.5 for k in range(1, 17)]
    return _harmonics(_hertz(note), t, weights, rate) * _envelope(t, 0.005, 0.03)


@cache
def sub(note: int, length: float, rate: int) -> Samples:
    """A soft bass that carries little but its root, mono."""
    t = _seconds(length, rate)
    weights = [0.5 / k**2.5 for k in range(1, 6)]
    return _harmonics(_hertz(note), t, weights, rate) * _envelope(t, 0.02, 0.05)


@cache
def pluck(note: int, rate: int) -> Samples:
    """A string plucked, 0.4 seconds, mono."""
    t = _seconds(0.4, rate)
    weights = [np.exp(-t * (6 + 5 * k)) / k for k in range(1, 13)]
    return _harmonics(_hertz(note), t, weights, rate) * _envelope(t, 0.002, 0.05)


@cache
def lead(note: int, length: float, rate: int) -> Samples:
    """The voice of the tune: two saws a little apart, (n, 2)."""
    t = _seconds(length + 0.08, rate)
    weights = [0.7 / k**1.4 for k in range(1, 15)]
    sides = [_harmonics(_hertz(note + detune), t, weights, rate) for detune in (-0.06, 0.06)]
    return np.stack(sides, axis=1) * _envelope(t, 0.01, 0.08)[:, None]


@cache
def pad(chord: tuple[int, ...], length: float, rate: int, brightness: float) -> Samples:
    """A chord of detuned saws, (n, 2); brightness 0..1 keeps that much of the upper harmonics."""
    t = _seconds(length, rate)
    weights = [brightness ** ((k - 1) / 3) / k for k in range(1, 13)]
    sound = np.zeros((len(t), 2))
    for side, detune in enumerate((-0.08, 0.11)):
        for note in chord:
            sound[:, side] += _harmonics(_hertz(note + detune), t, weights, rate)
    return sound * _envelope(t, 0.08, 0.15)[:, None]


def riser(length: float, rate: int, chance: np.random.Generator) -> Samples:
    """Noise that brightens and a tone that climbs three octaves, both growing louder; mono."""
    t = _seconds(length, rate)
    grown = t / length
    noise = chance.standard_normal(len(t))
    low, high = _band(noise, rate, 300, 1500), _band(noise, rate, 2500, 12000)
    climb = np.sin(2 * np.pi * 110 * length / (3 * np.log(2)) * 2 ** (3 * grown))
    mixed: Samples = low * (1 - grown) + high * grown + 0.35 * climb
    return mixed * grown**2 * _envelope(t, 0.01, 0.02)


def room(sound: Samples, rate: int, chance: np.random.Generator) -> Samples:
    """What a room answers to (n, 2): each side convolved with a second and a half of dying noise."""
    t = _seconds(1.5, rate)
    answer = chance.standard_normal((len(t), 2)) * np.exp(-t / 0.35)[:, None]
    answer[: round(0.012 * rate)] = 0
    answer *= 0.9 / np.sqrt((answer**2).sum(axis=0))
    size = 1 << (len(sound) + len(answer)).bit_length()
    wet = [
        np.fft.irfft(np.fft.rfft(sound[:, side], size) * np.fft.rfft(answer[:, side], size), size)
        for side in (0, 1)
    ]
    return np.stack(wet, axis=1)[: len(sound)]


def pan(sound: Samples, place: float) -> Samples:
    """Put a mono sound between left (-1) and right (1) at constant power: (n, 2)."""
    angle = (place + 1) * np.pi / 4
    sides: Samples = np.sqrt(2) * np.array([np.cos(angle), np.sin(angle)])
    return sound[:, None] * sides


def _kick(rate: int) -> Samples:
    t = _seconds(0.4, rate)
    phase = 48 * t + 150 * 0.03 * (1 - np.exp(-t / 0.03))  # 198 Hz falling to 48 Hz
    thump: Samples = np.sin(2 * np.pi * phase) * np.exp(-t / 0.16)
    return thump * _envelope(t, 0.001, 0.05)


def _snare(rate: int, chance: np.random.Generator) -> Samples:
    t = _seconds(0.25, rate)
    body: Samples = np.sin(2 * np.pi * 190 * t) * np.exp(-t / 0.05)
    return (0.6 * body + _noise_hit(rate, chance, 1200, 0.25)) * _envelope(t, 0.001, 0.05)


def _noise_hit(rate: int, chance: np.random.Generator, above: float, seconds: float) -> Samples:
    """Noise above a frequency in hertz, dying away within `seconds`."""
    t = _seconds(seconds, rate)
    noise = _band(chance.standard_normal(len(t)), rate, above, rate / 2)
    return noise * np.exp(-5 * t / seconds) * _envelope(t, 0.001, seconds / 4)


def _seconds(length: float, rate: int) -> Samples:
    return np.arange(round(length * rate)) / rate


def _hertz(note: float) -> float:
    return float(440 * 2 ** ((note - 69) / 12))


def _harmonics(hertz: float, t: Samples, weights: Sequence[float | Samples], rate: int) -> Samples:
    """Sum sines at hertz, 2 hertz, … below the Nyquist frequency, by Horner's scheme."""
    turn = np.exp(2j * np.pi * hertz * t)
    total = np.zeros(len(t), complex)
    for weight in reversed(weights[: max(1, int(rate / 2 / hertz))]):
        total += weight
        total *= turn
    sines: Samples = total.imag
    return sines


def _envelope(t: Samples, attack: float, release: float) -> Samples:
    """Straight up, and straight down before the end; both in seconds."""
    shape: Samples = np.clip(np.minimum(t / attack, (t[-1] - t) / release), 0, 1)
    return shape


def _band(sound: Samples, rate: int, low: float, high: float) -> Samples:
    """Keep low..high Hz, with slopes of a third of an octave, at a power of 1."""
    hertz = np.maximum(np.fft.rfftfreq(len(sound), 1 / rate), 1e-6)
    slope = np.minimum(3 * np.log2(hertz / low), 3 * np.log2(high / hertz)) + 1
    kept: Samples = np.fft.irfft(np.fft.rfft(sound) * np.clip(slope, 0, 1), len(sound))
    kept /= max(1e-9, float(np.sqrt(np.mean(kept**2))))
    return kept
