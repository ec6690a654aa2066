"""What people say of a picture's size, and what they mean."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oriel import sizes
from oriel.errors import BadOption


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("720p", (1280, 720)),
        ("1080p", (1920, 1080)),
        ("4k", (3840, 2160)),
        ("4K", (3840, 2160)),
        ("Square", (1080, 1080)),
        ("vertical", (1080, 1920)),
        ("1280x720", (1280, 720)),
        (" 1280 X 720 ", (1280, 720)),
        ("1280×720", (1280, 720)),
        ("0640x0360", (640, 360)),
        ((641, 359), (641, 359)),
        ([640, 360], (640, 360)),
        ("1x1", (1, 1)),
        ("16384x2176", (16384, 2176)),
        ("8192x4352", (8192, 4352)),
    ],
)
def test_a_size_is_understood(wanted: Any, expected: tuple[int, int]) -> None:
    assert sizes.size(wanted) == expected


@pytest.mark.parametrize(
    "wanted",
    [
        "",
        "x",
        "1280",
        "1280x",
        "x720",
        "1280x720x3",
        "1280*720",
        "-1280x720",
        "1.5x2",
        "1e3x100",
        "720",
        "8p",
        "huge",
        "nan",
        "1280x720\n1280x720",
        "9" * 100_000 + "x1",
        "9999999x2",
    ],
)
def test_what_is_no_size_is_told_with_examples(wanted: str) -> None:
    with pytest.raises(BadOption, match="is no size: write 1280x720, or one of 360p, ") as caught:
        sizes.size(wanted)

    assert len(str(caught.value)) < 250
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("wanted", [None, 720, (1280,), (1, 2, 3), (1.5, 2), ("a", "b"), {}])
def test_what_is_no_pair_of_whole_numbers_is_told(wanted: Any) -> None:
    with pytest.raises(BadOption, match="is no size: write 1280x720, or one of 360p, "):
        sizes.size(wanted)


@pytest.mark.parametrize("wanted", ["0x0", "0x100", "100x0", (0, 2), (-4, 2)])
def test_an_empty_picture_is_refused(wanted: Any) -> None:
    with pytest.raises(BadOption, match="has nothing to show"):
        sizes.size(wanted)


@pytest.mark.parametrize("wanted", ["16385x2", "2x16385", "999999x999999", (16385, 16385)])
def test_a_picture_that_is_too_large_is_refused(wanted: Any) -> None:
    with pytest.raises(BadOption, match="is too large: at most 16384 pixels a side"):
        sizes.size(wanted)


@pytest.mark.parametrize("wanted", ["16384x16384", "8194x4352", (4352, 8194)])
def test_more_pixels_than_h264_knows_are_refused(wanted: Any) -> None:
    with pytest.raises(BadOption, match=r"is too large: at most 35\.7 million pixels"):
        sizes.size(wanted)


@given(st.integers(1, 16384), st.integers(1, 16384))
def test_odd_sides_become_even_and_it_is_said(width: int, height: int) -> None:
    (wide, high), note = sizes.even((width, height))

    assert wide % 2 == high % 2 == 0
    assert (wide - width, high - height) == (width % 2, height % 2)
    assert (note is None) == ((wide, high) == (width, height))
    if note:
        assert note == f"Video needs even sides: {width}x{height} was made {wide}x{high}"


@given(st.text(max_size=12) | st.from_regex(r"\A\d{0,7} ?[x×] ?\d{0,7}\Z"))
def test_any_text_is_a_size_or_a_sentence(wanted: str) -> None:
    with suppress(BadOption):
        width, height = sizes.size(wanted)

        assert 1 <= min(width, height) <= max(width, height) <= sizes.LARGEST_SIDE


def test_every_name_is_a_size_that_needs_no_rounding() -> None:
    for name, pair in sizes.NAMES.items():
        assert sizes.size(name) == pair
        assert sizes.even(pair) == (pair, None)
