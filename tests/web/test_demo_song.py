"""The demo song and its beats, as the page gets them."""

import asyncio
from pathlib import Path

import pytest
from asking import ask
from documented import assert_told, kinds
from loops import once

from oriel import audio, bands
from oriel.web.api import table
from oriel.web.demo import Demo


def test_the_demo_song_is_oriel_s_own(studio: str, demo_song: Path) -> None:
    answer = ask(studio, "/demo/song.wav")

    assert answer.status == 200
    assert answer.headers["content-type"] == "audio/wav"
    assert answer.body == demo_song.read_bytes()


def test_a_player_may_ask_for_a_part(studio: str, demo_song: Path) -> None:
    answer = ask(studio, "/demo/song.wav", {"Range": "bytes=1000-1999"})

    assert answer.status == 206
    assert answer.body == demo_song.read_bytes()[1000:2000]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_however_the_song_is_asked_for_the_document_tells_the_answer(
    studio: str, method: str
) -> None:
    path, document = "/demo/song.wav", table.document("/")
    known = ask(studio, path, method="HEAD").headers

    for kind, (asked, status) in kinds(known).items():
        answer = ask(studio, path, asked, method)
        assert answer.status == status, kind
        assert_told(document, path, asked, answer.status, answer.headers)


def test_the_song_leads_to_its_beats_as_python_hears_them(studio: str, demo_song: Path) -> None:
    link = ask(studio, "/demo/song.wav", method="HEAD").headers["link"]

    answer = ask(studio, link[1 : link.index(">")])

    heard = bands.listen(audio.load(demo_song), 30)
    assert 'rel="describedby"' in link
    assert answer.json.keys() == {"tempo", "beats"}
    assert answer.json["tempo"] == pytest.approx(heard.tempo, abs=1e-3)
    assert answer.json["beats"] == pytest.approx(list(heard.beats), abs=1e-4)


def songs_of(folder: Path, times: int) -> list[Path]:
    """The song as it is told `times` times at once, in a loop of its own, and then removed."""

    async def ask_for_it() -> list[Path]:
        demo = Demo(folder)
        told = await asyncio.gather(*(demo.song() for _ in range(times)))
        assert all(place.stat().st_size > 5_000_000 for place in told)
        demo.close()
        return list(told)

    return once(ask_for_it())


def test_the_song_is_made_once_for_all_who_ask(tmp_path: Path) -> None:
    folder = tmp_path / "cache" / "oriel"

    first = songs_of(folder, times=3)
    made = first[0].stat().st_mtime_ns
    later = songs_of(folder, times=1)

    assert len({*first, *later}) == 1
    assert later[0].stat().st_mtime_ns == made
    assert list(folder.iterdir()) == later


def test_where_no_cache_can_be_written_the_song_lives_as_long_as_the_server(
    tmp_path: Path,
) -> None:
    (tmp_path / "file").touch()

    told = songs_of(tmp_path / "file" / "oriel", times=1)

    assert not told[0].exists()
