"""The demo song: half a minute of music from sines and noise, written as a WAV file.

It is synthesised, so no recording needs to be shipped or licensed.
"""

import wave
from pathlib import Path

import numpy as np

from oriel.demo.mastering import master
from oriel.demo.song import compose

__all__ = ["compose", "master", "write"]


def write(path: Path, seconds: float = 32, rate: int = 44100) -> Path:
    """Write the song as 16-bit stereo WAV of exactly `round(seconds * rate)` samples."""
    sound = master(compose(seconds, rate), rate)
    whole = np.round(sound * 32767).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(whole.tobytes())
    return path
