"""What drives a picture: bass and treble, made calmer and stronger as the look wants them."""

import math
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import drawings
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from oriel import audio, bands, drive, frames, look

VALUES = st.lists(st.floats(0, 1, width=32), min_size=1, max_size=80)
REACHES = st.floats(0, 200)


def _driven(heard: bands.Bands, **values: Any) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    return drive.driven(heard, look.load(values))


def test_by_default_nothing_changes() -> None:
    heard = drawings.bands()

    bass, treble = _driven(heard)

    assert bass is heard.bass
    assert treble is heard.treble


@pytest.mark.parametrize("sensitivity", [0, 0.5, 2, 3])
def test_sensitivity_multiplies_up_to_one(sensitivity: float) -> None:
    heard = drawings.bands()

    bass, treble = _driven(heard, sensitivity=sensitivity)

    assert bass.dtype == treble.dtype == np.float32
    assert bass == pytest.approx(np.minimum(heard.bass * sensitivity, 1))
    assert treble == pytest.approx(np.minimum(heard.treble * sensitivity, 1))


@settings(max_examples=200)
@given(VALUES, REACHES)
def test_values_are_eased_as_the_sum_written_out_eases_them(
    values: list[float], reach: float
) -> None:
    last = len(values) - 1
    far = [away for away in range(-200, 201) if abs(away) < reach] or [0]
    weights = [1 + math.cos(math.pi * away / reach) if reach else 1 for away in far]
    expected = [
        sum(w * values[min(max(i + d, 0), last)] for d, w in zip(far, weights, strict=True))
        / sum(weights)
        for i in range(len(values))
    ]

    eased = drive.eased(np.array(values, np.float32), reach)

    assert eased == pytest.approx(expected, abs=1e-6)


def test_a_peak_that_is_eased_stays_where_it_is() -> None:
    values = np.zeros(301, np.float32)
    values[150] = 1

    eased = drive.eased(values, 40.5)

    assert np.argmax(eased) == 150
    assert eased == pytest.approx(eased[::-1], abs=1e-7)
    assert eased.sum() == pytest.approx(1)


@given(st.floats(0, 1), REACHES)
def test_what_is_steady_stays_as_it_is(value: float, reach: float) -> None:
    values = np.full(50, value, np.float32)

    assert drive.eased(values, reach) == pytest.approx(values, abs=1e-6)


def test_precise_hearing_is_smoothed_alike_at_any_frame_rate(demo_song: Path) -> None:
    song = audio.load(demo_song)
    slow, fast = (bands.listen(song, fps, rhythm=False) for fps in (25, 50))

    bass, treble = _driven(slow, smoothing=0.07)
    fast_bass, fast_treble = _driven(fast, smoothing=0.07)

    assert np.array_equal(bass, fast_bass[::2])
    assert np.array_equal(treble, fast_treble[::2])
    assert np.abs(np.diff(bass)).max() < np.abs(np.diff(slow.bass)).max()


def test_classic_hearing_is_smoothed_on_its_frames(demo_song: Path) -> None:
    heard = bands.listen(audio.load(demo_song), 30, hearing="classic", rhythm=False)

    bass, _ = _driven(heard, smoothing=0.2)

    assert heard.fine.shape == (0, 2)
    assert np.array_equal(bass, drive.eased(heard.bass, 6.0))


@settings(max_examples=50)
@given(
    st.integers(0, 590),
    st.floats(0, 1),
    st.floats(0, 3),
    st.sampled_from([Fraction(30), Fraction(30000, 1001), Fraction(60)]),
)
def test_a_frame_is_the_same_whatever_part_is_asked_for(
    first: int, smoothing: float, sensitivity: float, fps: Fraction
) -> None:
    chosen = look.load({"smoothing": smoothing, "sensitivity": sensitivity})
    heard = replace(drawings.bands(fps=fps), fine=np.random.default_rng(5).random((3000, 2), "f4"))

    whole = frames.plan(chosen, heard, size=(64, 64), radius=2)
    part = frames.plan(chosen, heard, size=(64, 64), radius=2, first=first, count=10)

    assert np.array_equal(whole.mvp[first : first + 10], part.mvp)
    assert np.array_equal(whole.color[first : first + 10], part.color)


def test_the_scale_follows_the_driven_bass() -> None:
    chosen = look.load({"sensitivity": 2, "smoothing": 0.1, "pulseIntensity": 1})
    heard = drawings.bands()

    plan = frames.plan(chosen, heard, size=(64, 64), radius=2)

    bass, treble = drive.driven(heard, chosen)
    assert plan.scale == pytest.approx(1 + bass)
    assert np.array_equal(plan.bass, bass)
    assert np.array_equal(plan.treble, treble)
