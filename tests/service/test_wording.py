"""How letters and pages write numbers, times and names."""

from datetime import UTC, datetime

import pytest

from oriel.service import wording


def test_days_and_amounts_are_written_out() -> None:
    moment = datetime(2026, 11, 2, 23, 59, tzinfo=UTC)

    assert wording.day(moment) == wording.day(moment.isoformat()) == "2 November 2026"
    assert wording.money(299, "usd") == "$2.99"
    assert wording.money(1005, "chf") == "10.05 CHF"
    assert (wording.counted(1, "video"), wording.counted(2, "video")) == ("1 video", "2 videos")


def test_a_plan_s_formats_are_named() -> None:
    assert wording.formats(["prores"]) == "ProRes"
    assert wording.formats(["h264", "prores"]) == "H.264 or ProRes"
    assert wording.formats(["any"]) == "H.264, HEVC, AV1, VP9 or ProRes"


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0:00"), (59.6, "1:00"), (187, "3:07"), (3723, "1:02:03")]
)
def test_lengths_are_written_as_on_a_clock(seconds: float, said: str) -> None:
    assert wording.clock(seconds) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (180, "3 minutes"),
        (60, "1 minute"),
        (91, "1 minute 31 seconds"),
        (30, "30 seconds"),
        (1, "1 second"),
        (0, "0 seconds"),
    ],
)
def test_limits_are_written_out_to_the_second(seconds: int, said: str) -> None:
    assert wording.lasting(seconds) == said


@pytest.mark.parametrize(
    ("count", "said"), [(12, "12 bytes"), (1_500, "2 kB"), (12_400_000, "12.4 MB")]
)
def test_sizes_are_written_in_their_unit(count: int, said: str) -> None:
    assert wording.size(count) == said


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox on Linux",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1", "Safari on iPhone"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", "A program"),
    ],
)
def test_a_browser_is_called_by_its_name(agent: str, said: str) -> None:
    assert wording.browser(agent) == said


def test_a_name_that_is_read_from_the_right_keeps_the_sentence_around_it_in_order() -> None:
    assert wording.isolated("שיר לילה") == "\u2068שיר לילה\u2069"
    assert wording.isolated("a\u202etrap\u2069") == "\u2068a\u202etrap\u2069"
    assert wording.isolated("Night drive") == "Night drive"


def test_a_song_is_called_by_its_title_or_its_file() -> None:
    assert wording.title({"title": "Lantern", "name": "x.wav"}) == "Lantern"
    assert wording.title({"title": None, "name": "night drive.wav"}) == "night drive"
    assert wording.title({"title": None, "name": ""}) == wording.title(None) == "Song"
