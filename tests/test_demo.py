import wave
from pathlib import Path

import numpy as np
import pytest

from oriel import demo
from oriel.demo import mastering
from oriel.demo.song import BAR


def samples(path: Path) -> np.ndarray:
    with wave.open(str(path)) as file:
        raw = file.readframes(file.getnframes())
        return np.frombuffer(raw, "<i2").reshape(-1, file.getnchannels()) / 32768


def power(sound: np.ndarray, low: float, high: float, rate: int = 44100) -> float:
    spectrum = np.abs(np.fft.rfft(sound.mean(axis=1))) ** 2
    hertz = np.fft.rfftfreq(len(sound), 1 / rate)
    return float(spectrum[(hertz >= low) & (hertz < high)].sum() / len(sound))


def test_the_demo_song_is_stereo_as_long_as_asked_and_loud_as_a_release(demo_song: Path) -> None:
    sound = samples(demo_song)

    assert sound.shape == (32 * 44100, 2)
    assert mastering.loudness(sound, 44100) == pytest.approx(-14, abs=0.1)
    assert np.abs(sound).max() < 0.98
    assert np.abs(sound[:, 0] - sound[:, 1]).max() > 0.05


def test_the_demo_song_is_the_same_each_time(tmp_path: Path) -> None:
    first = demo.write(tmp_path / "a.wav", seconds=5)
    second = demo.write(tmp_path / "b.wav", seconds=5)

    assert first.read_bytes() == second.read_bytes()


def test_the_drop_has_more_of_every_band_than_the_intro(demo_song: Path) -> None:
    bar = round(BAR * 44100)
    sound = samples(demo_song)
    intro, drop = sound[:bar], sound[8 * bar : 9 * bar]  # of one chord

    for low, high in [(20, 60), (60, 250), (250, 500), (500, 2000), (2000, 6000), (6000, 16000)]:
        assert power(drop, low, high) > power(intro, low, high)


@pytest.mark.parametrize("rate", [8000, 48000])
@pytest.mark.parametrize("seconds", [0.25, 1, 3])
def test_the_demo_song_may_be_short_and_at_any_rate(
    tmp_path: Path, seconds: float, rate: int
) -> None:
    sound = samples(demo.write(tmp_path / "short.wav", seconds, rate))

    assert len(sound) == seconds * rate
    assert np.abs(sound).max() > 0.1


def test_loudness_of_the_standard_s_test_tone_is_right() -> None:
    """ITU-R BS.1770: a full-scale 997 Hz sine in one channel of two measures -3.01 LUFS."""
    t = np.arange(48000 * 5) / 48000
    tone = np.stack([np.sin(2 * np.pi * 997 * t), np.zeros(len(t))], axis=1)

    assert mastering.loudness(tone, 48000) == pytest.approx(-3.01, abs=0.05)
