"""Sync is measured in the finished file: its pictures jump when its sound clicks."""

from fractions import Fraction

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


def test_pictures_that_come_one_frame_late_are_found_out() -> None:
    shown = np.zeros(300)
    heard = [2.01, 5.02, 7.98]
    shown[[round(30 * moment) + 1 for moment in heard]] = 200

    apart = sync.jumps(shown, heard, Fraction(30))

    assert np.abs(apart).min() > HALF_A_FRAME
