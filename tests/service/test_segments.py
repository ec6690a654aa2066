"""A video is cut where groups of pictures begin, into pieces of about one length."""

from fractions import Fraction
from itertools import pairwise

import pytest

from oriel import qualities
from oriel.service import segments

RATES = [Fraction(30), Fraction(25), Fraction(60), Fraction(30000, 1001), Fraction(25, 2)]


@pytest.mark.parametrize("fps", RATES)
@pytest.mark.parametrize("frames", [1, 59, 60, 61, 599, 600, 601, 5400, 5431])
def test_segments_are_the_whole_and_begin_where_a_group_does(frames: int, fps: Fraction) -> None:
    pieces = segments.cut(frames, fps, 20.0)

    assert pieces[0][0] == 0
    for (first, count), (following, _) in pairwise(pieces):
        assert first + count == following
    assert sum(count for _, count in pieces) == frames
    assert all(first % qualities.gop(fps) == 0 for first, _ in pieces)


def test_a_short_rest_is_part_of_the_piece_before() -> None:
    assert segments.cut(610, Fraction(30), 20.0) == [(0, 610)]
    assert segments.cut(1000, Fraction(30), 20.0) == [(0, 600), (600, 400)]


def test_a_part_has_the_frames_that_the_renderer_counts() -> None:
    assert segments.part(960, Fraction(30), 0.0, None) == 960
    assert segments.part(960, Fraction(30), 1.0, 2.0) == 30
    assert segments.part(960, Fraction(30), 31.0, 100.0) == 30
    assert segments.part(960, Fraction(30), 40.0, None) == 0
