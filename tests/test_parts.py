"""A part of a song, in seconds or frames, becomes the numbers of frames that there are."""

import math
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oriel.errors import BadOption
from oriel.render import part


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ({}, (0, 180)),
        ({"start": 2.0}, (60, 120)),
        ({"end": 2.0}, (0, 60)),
        ({"start": 1.0, "end": 2.0}, (30, 30)),
        ({"end": 99.0}, (0, 180)),
        ({"frames": (10, 20)}, (10, 10)),
        ({"frames": (170, 999)}, (170, 10)),
        ({"start": 1.0, "frames": (10, 20)}, (40, 10)),
        ({"start": 1.0, "end": 1.5, "frames": (10, 20)}, (40, 5)),
        ({"start": 0.016}, (0, 180)),
        ({"start": 0.017}, (1, 179)),
        ({"start": 5.99}, None),
        ({"start": 6.0}, None),
        ({"start": 99.0}, None),
        ({"start": -0.1}, None),
        ({"end": -1.0}, None),
        ({"end": 0.0}, None),
        ({"start": 2.0, "end": 1.0}, None),
        ({"start": math.nan}, None),
        ({"end": math.inf}, None),
        ({"frames": (5, 5)}, None),
        ({"frames": (7, 3)}, None),
        ({"frames": (180, 190)}, None),
        ({"frames": (-5, 3)}, None),
        ({"start": 2.0, "frames": (-5, 3)}, None),
    ],
)
def test_a_part_is_counted_in_frames(choice: Any, expected: tuple[int, int] | None) -> None:
    options = {"start": 0.0, "end": None, "frames": None, **choice}

    if expected:
        assert part(180, Fraction(30), **options) == expected
    else:
        with pytest.raises(BadOption, match=r"the song is 6\.00 s|song, which is 6\.00 s"):
            part(180, Fraction(30), **options)


def test_what_was_asked_for_is_in_the_sentence() -> None:
    with pytest.raises(BadOption, match=r"nothing to render in 1 s to 0 s: the song is 6\.00 s"):
        part(180, Fraction(30), 1.0, 0.0, None)
    with pytest.raises(BadOption, match="nothing to render in frames 7:3 of 0 s to 6 s"):
        part(180, Fraction(30), 0.0, None, (7, 3))


@given(
    st.integers(1, 10_000),
    st.sampled_from([Fraction(24000, 1001), Fraction(25), Fraction(60)]),
    st.floats(0, 500),
    st.none() | st.floats(0, 500),
    st.none() | st.tuples(st.integers(-5, 9999), st.integers(-5, 99_999)),
)
def test_a_part_is_never_empty_nor_outside_the_song(
    available: int, fps: Fraction, start: float, end: float | None, frames: Any
) -> None:
    try:
        first, count = part(available, fps, start, end, frames)
    except BadOption:
        return

    assert 0 <= first < first + count <= available
    assert first >= round(Fraction(start) * fps)  # of the number itself: 0.06 is a little less
    assert frames is None or count <= frames[1] - frames[0]
