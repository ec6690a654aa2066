"""Tempo, beats and bars of songs whose beat is known, and none where there is none."""

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import media
import numpy as np
import pytest
from numpy.typing import NDArray

from oriel import audio, bands, rhythm

RATE = 44_100
MINUTE = np.arange(30 * RATE) / RATE


def _listen(
    folder: Path, samples: NDArray[np.floating], fps: Fraction = Fraction(30)
) -> bands.Bands:
    return bands.listen(audio.load(media.write(folder / "song.wav", samples, RATE)), fps)


def _off(beats: NDArray[np.float32], interval: float) -> NDArray[np.float32]:
    """How late each beat is, in seconds, against the nearest multiple of `interval`."""
    return (beats + interval / 2) % interval - interval / 2


@pytest.mark.parametrize("tempo", [75, 97.3, 120, 128, 150])
def test_the_beats_of_a_click_track_are_its_clicks(tmp_path: Path, tempo: float) -> None:
    interval = 60 / tempo

    heard = _listen(tmp_path, media.clicks(30.0, interval, RATE))

    assert heard.tempo == pytest.approx(tempo, rel=0.005)
    assert len(heard.beats) == pytest.approx(30 / interval, abs=3)
    off = _off(heard.beats, interval)
    assert abs(off.mean()) < 0.010
    assert np.abs(off).max() < 0.020


@pytest.mark.parametrize("tempo", [84, 110, 126])
def test_the_beats_of_a_song_are_its_drums(tmp_path: Path, tempo: float) -> None:
    heard = _listen(tmp_path, media.song(30.0, RATE, tempo))

    assert heard.tempo == pytest.approx(tempo, rel=0.005)
    off = _off(heard.beats, 60 / tempo)
    assert abs(off.mean()) < 0.005
    assert np.percentile(np.abs(off), 95) < 0.015


def test_the_demo_song_has_122_beats_a_minute_and_bars_from_its_start(demo_song: Path) -> None:
    heard = bands.listen(audio.load(demo_song), Fraction(30))

    assert heard.tempo == pytest.approx(122, abs=0.5)
    assert abs(_off(heard.beats, 60 / 122).mean()) < 0.010
    bars = 1 + np.flatnonzero(np.diff(heard.bar) < 0)
    assert np.abs(_off(bars / 30, 4 * 60 / 122)).max() < 0.05


def test_bars_begin_where_the_low_drum_is(tmp_path: Path) -> None:
    beat, low_on = 0.5, 2
    time = np.arange(30 * RATE) / RATE
    high = np.exp(-(time % beat) / 0.02) * np.sin(2 * np.pi * 2_000 * time)
    since = (time - low_on * beat) % (4 * beat)
    low = np.exp(-since / 0.1) * np.sin(2 * np.pi * 60 * since)

    heard = _listen(tmp_path, 0.2 * high + 0.6 * low)

    bars = 1 + np.flatnonzero(np.diff(heard.bar) < 0)
    assert len(bars) > 10
    assert np.abs(_off(bars / 30 - low_on * beat, 4 * beat)).max() < 0.05


def test_a_change_of_tempo_is_followed(tmp_path: Path) -> None:
    song = np.concatenate([media.song(32.0, RATE, 90), media.song(32.0, RATE, 132)])

    heard = _listen(tmp_path, song)

    intervals = np.diff(heard.beats)
    times = heard.beats[1:]
    assert np.median(intervals[times < 25]) == pytest.approx(60 / 90, rel=0.02)
    assert np.median(intervals[times > 40]) == pytest.approx(60 / 132, rel=0.02)


def test_a_tempo_is_one_of_two_that_fill_half_a_song_each() -> None:
    struck = 20 + np.cumsum([0] + [70] * 32 + [100] * 32)
    flux = np.full((struck[-1] + 150, 2), 0.01, np.float32)
    flux[struck] = 1.0

    found = rhythm.track(flux)

    intervals = np.diff(found.beats)
    assert np.sum(intervals < 80 / 150) == np.sum(intervals > 80 / 150)
    assert found.tempo == pytest.approx(60 * 150 / 100, rel=0.01)


def _drone() -> NDArray[np.float64]:
    hum = sum(np.sin(2 * np.pi * hertz * MINUTE) for hertz in (110, 165, 220.5, 277))
    return 0.1 * np.asarray(hum) * (1 + 0.3 * np.sin(2 * np.pi * 0.13 * MINUTE))


NOISE = np.random.default_rng(3)
BEATLESS = {
    "silence": np.zeros(30 * RATE),
    "tone": 0.3 * np.sin(2 * np.pi * 220 * MINUTE),
    "drone": _drone(),
    "hiss": 0.1 * NOISE.standard_normal(30 * RATE),
    "crackle": 0.9 * (NOISE.random(30 * RATE) < 2 / RATE),
    "short": media.clicks(2.0, 0.5, RATE),
    "blow": media.clicks(30.0, 20.0, RATE),
}


@pytest.mark.parametrize("kind", BEATLESS)
def test_where_no_beat_is_none_is_found(tmp_path: Path, kind: str) -> None:
    heard = _listen(tmp_path, BEATLESS[kind])

    assert heard.tempo == 0.0
    assert heard.beats.shape == (0,)
    assert not heard.beat.any()
    assert not heard.bar.any()


def test_phases_run_from_each_beat_to_the_next_and_rest_outside() -> None:
    found = rhythm.Rhythm(60.0, np.array([2.0, 3.0, 4.0, 5.0, 6.0, 7.0]), downbeat=1)

    beat, bar = rhythm.phases(found, Fraction(4), 40)

    np.testing.assert_allclose(beat[:8], 1.0)
    np.testing.assert_allclose(beat[8:32], np.arange(24) % 4 / 4)
    np.testing.assert_allclose(beat[32:], 1.0)
    np.testing.assert_allclose(bar[:12], 1.0)
    np.testing.assert_allclose(bar[12:28], np.arange(16) / 16)


def test_without_rhythm_there_is_no_beat_and_librosa_stays_away(tmp_path: Path) -> None:
    path = media.write(tmp_path / "song.wav", media.song(5.0), RATE)
    program = (
        "import sys\n"
        "from fractions import Fraction\n"
        "from oriel import audio, bands\n"
        "heard = bands.listen(audio.load(sys.argv[1]), Fraction(30), rhythm=False)\n"
        "assert heard.onset.any() and not heard.beat.any() and heard.tempo == 0\n"
        "heavy = {'librosa', 'numba', 'scipy', 'matplotlib', 'moderngl'}\n"
        "print(*sorted(heavy & set(sys.modules)))\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], check=True, capture_output=True, text=True
    )

    assert done.stdout.split() == []


def test_an_hours_rhythm_needs_little_memory() -> None:
    program = (
        "import resource\n"
        "import numpy as np\n"
        "from oriel import rhythm\n"
        "for seconds in (300, 3600):\n"
        "    hop = np.arange(seconds * 150)\n"
        "    flux = np.where(hop % 75 == 0, 1.0, 0.01).astype(np.float32)\n"
        "    found = rhythm.track(np.stack([flux, flux], axis=1))\n"
        "    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024\n"
        "    print(found.tempo, peak)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )

    (_, short), (tempo, long) = (map(float, line.split()) for line in done.stdout.splitlines())
    assert tempo == pytest.approx(120, abs=0.1)
    assert long - short < 100 * 2**20
