from contextlib import suppress
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oriel import audio, options
from oriel.errors import BadOption


@pytest.mark.parametrize(
    ("typed", "exact"),
    [
        ("23.976", Fraction(24000, 1001)),
        ("23.98", Fraction(24000, 1001)),
        ("24", Fraction(24)),
        ("25", Fraction(25)),
        ("29.97", Fraction(30000, 1001)),
        ("30", Fraction(30)),
        ("50", Fraction(50)),
        ("59.94", Fraction(60000, 1001)),
        ("24000/1001", Fraction(24000, 1001)),
        ("12.5", Fraction(25, 2)),
        ("1", Fraction(1)),
        ("240", Fraction(240)),
        ("29.970", Fraction(30000, 1001)),
        ("23.976024", Fraction(24000, 1001)),
        ("29.9", Fraction(299, 10)),
        ("30.0", Fraction(30)),
        (29.97, Fraction(30000, 1001)),
        (30000 / 1001, Fraction(30000, 1001)),
        (24000 / 1001, Fraction(24000, 1001)),
        (25.0, Fraction(25)),
        (60, Fraction(60)),
        (Fraction(30000, 1001), Fraction(30000, 1001)),
    ],
)
def test_a_frame_rate_is_exact(typed: str | float | Fraction, exact: Fraction) -> None:
    assert options.frame_rate(typed) == exact


@pytest.mark.parametrize(
    "typed",
    ["0", "-30", "0.5", "241", "1e2", "nan", "inf", "", "fast", "30.", "30/0", "1/0", "9" * 5000],
)
def test_a_frame_rate_that_cannot_be_rendered_is_refused(typed: str) -> None:
    with pytest.raises(BadOption, match="frame rate"):
        options.frame_rate(typed)


@pytest.mark.parametrize(
    ("typed", "seconds"),
    [("90", 90), ("1:30", 90), ("0:01.25", 1.25), ("1:02:03.5", 3723.5), ("0", 0), ("75:00", 4500)],
)
def test_a_time_is_seconds_or_minutes_or_hours(typed: str, seconds: float) -> None:
    assert options.seconds(typed) == seconds


@pytest.mark.parametrize("typed", ["-1", "", "1:", ":30", "1:2:3:4", "nan", "inf", "1e3", "9" * 99])
def test_what_is_no_time_is_refused(typed: str) -> None:
    with pytest.raises(BadOption, match="not a time"):
        options.seconds(typed)


def test_a_part_is_frames_from_up_to() -> None:
    assert options.part("100:200") == (100, 200)
    assert options.part(":30") == (0, 30)


def test_a_part_without_an_end_goes_beyond_the_longest_song() -> None:
    first, end = options.part("5:")

    assert first == 5
    assert end >= audio.LONGEST_SECONDS * options.FASTEST


@pytest.mark.parametrize("typed", ["5:5", "9:3", "5:0", "5", "", "-1:5", "-1:", "a:b"])
def test_a_part_without_frames_is_refused(typed: str) -> None:
    with pytest.raises(BadOption, match="not a part"):
        options.part(typed)


@given(st.text(max_size=60))
def test_whatever_is_typed_is_read_or_refused(text: str) -> None:
    for read in (options.frame_rate, options.seconds, options.part):
        with suppress(BadOption):
            read(text)
