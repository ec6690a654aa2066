"""Mastering: a stereo mix goes in; it comes out at the loudness of a release, without clipping."""

import numpy as np

from oriel.demo.instruments import Samples

LOUDNESS = -14.0  # LUFS, what streaming services level songs to
CEILING = 0.97  # the loudest sample, of full scale
KNEE = 0.6  # from here on peaks are bent


def master(sound: Samples, rate: int) -> Samples:
    """Level (n, 2) to LOUDNESS, bending peaks so that no sample passes CEILING."""
    gain = 1.0
    for _ in range(3):  # bending peaks costs a little loudness, so approach it
        gain *= 10 ** ((LOUDNESS - loudness(_soft_limit(sound * gain), rate)) / 20)
    return _soft_limit(sound * gain)


def loudness(sound: Samples, rate: int) -> float:
    """Loudness of (n, 2) in LUFS by ITU-R BS.1770-4: K-weighted, 400 ms blocks, both gates."""
    weighting = _k_weighting(len(sound), rate)
    hop = max(1, round(0.1 * rate))
    tenths = np.zeros(-(-len(sound) // hop))
    for side in sound.T:
        weighted = np.fft.irfft(np.fft.rfft(side) * weighting, len(sound))
        tenths += np.add.reduceat(weighted**2, np.arange(0, len(sound), hop))
    power = np.convolve(tenths, np.ones(4), "valid" if len(tenths) >= 4 else "full") / (4 * hop)
    audible = power[power > _power(-70)]
    if not audible.size:
        return -70.0
    return _lufs(audible[audible > _power(_lufs(audible.mean()) - 10)].mean())


def _lufs(power: float) -> float:
    return float(-0.691 + 10 * np.log10(power))


def _power(lufs: float) -> float:
    return float(10 ** ((lufs + 0.691) / 10))


def _k_weighting(n: int, rate: int) -> Samples:
    """The magnitude of BS.1770's two filters: a shelf of +4 dB at 1.7 kHz, a high-pass at 38 Hz.

    The constants are the analogue prototypes of the recommendation's 48 kHz coefficients.
    """
    s = 1j * np.fft.rfftfreq(n, 1 / rate)
    high, q = 1681.97, 0.7072
    over, middle = 10 ** (3.99984 / 20), 10 ** (3.99984 / 20 * 0.499667)
    shelf = (over * s**2 + middle * high / q * s + high**2) / (s**2 + high / q * s + high**2)
    low = 38.1355
    high_pass = s**2 / (s**2 + low / 0.5003 * s + low**2)
    return np.abs(shelf * high_pass)


def _soft_limit(sound: Samples) -> Samples:
    """Leave what is below KNEE alone; bend the rest towards CEILING."""
    room = CEILING - KNEE
    size = np.abs(sound)
    bent = KNEE + room * np.tanh((size - KNEE) / room)
    limited: Samples = np.copysign(np.where(size > KNEE, bent, size), sound)
    return limited
