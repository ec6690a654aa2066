"""Sync is measured in the finished file: its pictures jump when its sound clicks."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import media
import numpy as np
import pytest

from benchmarks import sync

HALF_A_FRAME = 0.5 + 0.01  # halfway between two frames either may win
SOUND_MS = 1.0


@pytest.mark.parametrize("fps", sync.RATES, ids=str)
def test_drawn_pictures_jump_within_half_a_frame_of_the_clicks(fps: Fraction) -> None:
    result = sync.measure(fps, 6.0)

    assert result.clicks == 3
    assert result.worst_frames <= HALF_A_FRAME
    assert result.sound_ms < SOUND_MS


@pytest.mark.parametrize("fps", [Fraction(24_000, 1001), Fraction(60_000, 1001)], ids=str)
def test_minutes_later_they_still_do(fps: Fraction) -> None:
    result = sync.measure(fps, 180.0, drawn=False)

    assert result.clicks == 92
    assert result.worst_frames <= HALF_A_FRAME
    assert result.sound_ms < SOUND_MS
    assert np.ptp(result.drift_ms) < 1000 / float(fps) / 2


def _whole(song: Path) -> Path:
    return media.encoded(song, song.with_suffix(".m4a"))


def _lacking_each_43rd(song: Path) -> Path:
    return media.without(_whole(song), song.with_name("lacking.m4a"), lambda i: i % 43 == 2)


@pytest.mark.parametrize(("kept", "sound_ms"), [(_whole, SOUND_MS), (_lacking_each_43rd, 41.0)])
def test_to_aac_that_is_copied_and_to_a_recording_that_lacks_packets_too(
    kept: Callable[[Path], Path], sound_ms: float
) -> None:
    result = sync.measure(Fraction(30), 30.0, drawn=False, kept=kept)

    assert result.clicks == 15
    assert result.worst_frames <= HALF_A_FRAME
    assert result.sound_ms < sound_ms


def test_pictures_that_come_one_frame_late_are_found_out() -> None:
    shown = np.zeros(300)
    heard = [2.01, 5.02, 7.98]
    shown[[round(30 * moment) + 1 for moment in heard]] = 200

    apart = sync.jumps(shown, heard, Fraction(30))

    assert np.abs(apart).min() > HALF_A_FRAME
