"""The writer: times, tags and pictures, all read back from the files that it wrote."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import film
import media
import numpy as np
import pytest

from oriel import audio as sounds
from oriel.errors import BadOption, Fault
from oriel.video import Writer

RATES = [
    Fraction(24_000, 1001),
    Fraction(24),
    Fraction(25),
    Fraction(30_000, 1001),
    Fraction(30),
    Fraction(50),
    Fraction(60_000, 1001),
    Fraction(60),
]


@pytest.mark.parametrize("fps", RATES, ids=str)
def test_frames_are_exactly_one_frame_apart_and_the_file_lasts_as_long(
    tmp_path: Path, fps: Fraction
) -> None:
    song = sounds.load(media.click_track(tmp_path / "song.wav", 4, 1))
    frames = round(3 * fps)

    film.write(tmp_path / "out.mp4", frames, fps=fps, audio=song)

    assert film.times(tmp_path / "out.mp4") == [index / fps for index in range(frames)]
    with av.open(str(tmp_path / "out.mp4")) as container:
        video, sound = container.streams.video[0], container.streams.audio[0]
        assert video.average_rate == fps
        assert video.duration * video.time_base == frames / fps
        assert abs(sound.duration * sound.time_base - frames / fps) < Fraction(1, 44_000)
        assert container.duration == pytest.approx(float(frames / fps) * 1e6, abs=50)


@pytest.mark.parametrize("suffix", [".webm", ".mkv"])
@pytest.mark.parametrize("fps", RATES, ids=str)
def test_matroska_keeps_the_rate_and_rounds_times_to_its_milliseconds(
    tmp_path: Path, fps: Fraction, suffix: str
) -> None:
    out = tmp_path / f"out{suffix}"

    film.write(out, 40, fps=fps)

    with av.open(str(out)) as container:
        assert float(container.streams.video[0].average_rate) == pytest.approx(float(fps), rel=1e-4)
    shown = film.times(out)
    assert all(abs(shown[i] - i / fps) <= Fraction(1, 1000) for i in range(40))


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv", ".webm"])
def test_title_and_artist_are_kept(tmp_path: Path, suffix: str) -> None:
    tags = {"title": "Über den Wolken 🎈", "artist": "Ö & the “Quotes”"}
    song = sounds.load(media.write(tmp_path / "a.flac", np.zeros((9000, 2)), 44_100, tags=tags))

    film.write(tmp_path / f"out{suffix}", audio=song)

    with av.open(str(tmp_path / f"out{suffix}")) as container:
        kept = {key.lower(): value for key, value in container.metadata.items()}
    assert {key: kept[key] for key in tags} == tags


def test_a_video_without_a_song_has_no_sound(tmp_path: Path) -> None:
    film.write(tmp_path / "out.mp4")

    with av.open(str(tmp_path / "out.mp4")) as container:
        assert [stream.type for stream in container.streams] == ["video"]


@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
def test_the_index_comes_before_the_pictures_so_that_playing_starts_at_once(
    tmp_path: Path, suffix: str
) -> None:
    out = tmp_path / f"out{suffix}"

    film.write(out)

    data = out.read_bytes()
    assert 0 < data.find(b"moov") < data.find(b"mdat")


@pytest.mark.parametrize("size", [(160, 96), (1366, 768), (202, 362), (2, 2), (18, 34)], ids=str)
def test_pictures_come_back_as_they_were_given(tmp_path: Path, size: tuple[int, int]) -> None:
    film.write(tmp_path / "out.mp4", 5, size, quality=4)

    for index, y in enumerate(film.luma(tmp_path / "out.mp4")):
        difference = y.astype(int) - film.planes(size, index)[0]
        assert np.abs(difference).mean() < 2


def test_planes_may_be_overwritten_as_soon_as_write_returns(tmp_path: Path) -> None:
    y, u, v = film.planes((160, 96), 0)

    with Writer(tmp_path / "out.mp4", (160, 96), Fraction(30), 20, quality=4) as writer:
        for index in range(20):
            y[:] = 10 * index + 20
            writer.write(y, u, v)
            y[:] = 255

    means = [frame.mean() for frame in film.luma(tmp_path / "out.mp4")]
    assert means == pytest.approx([10 * index + 20 for index in range(20)], abs=2)


def test_the_file_appears_under_its_name_only_when_it_is_whole(tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    out.write_bytes(b"the one before")

    with Writer(out, (160, 96), Fraction(30), 12) as writer:
        for index in range(12):
            writer.write(*film.planes((160, 96), index))
            assert out.read_bytes() == b"the one before"

    assert len(film.times(out)) == 12
    assert film.debris(tmp_path) == ["out.mp4"]


def test_a_link_is_followed_and_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link.mp4").symlink_to("real/out.mp4")

    film.write(tmp_path / "link.mp4")

    assert (tmp_path / "link.mp4").is_symlink()
    assert len(film.times(tmp_path / "real" / "out.mp4")) == 12


@pytest.mark.parametrize(
    "name", ["a:b.mp4", "concat:x.mp4", "-n.mp4", "50%d.mp4", "é ü.MP4", "x" * 240 + ".mp4"]
)
def test_any_name_will_do(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    film.write(Path(name))

    assert film.debris(tmp_path) == [name]
    assert len(film.times(tmp_path / name)) == 12


def test_the_file_has_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "other").touch()

    film.write(tmp_path / "out.mp4")

    assert (tmp_path / "out.mp4").stat().st_mode == (tmp_path / "other").stat().st_mode


@pytest.mark.parametrize(
    "wrong",
    [
        {"size": (161, 96)},
        {"size": (160, 97)},
        {"size": (0, 96)},
        {"size": (160, -2)},
        {"size": (16_386, 96)},
        {"fps": Fraction(0)},
        {"fps": Fraction(-30)},
        {"fps": Fraction(10_000)},
        {"frames": 0},
        {"frames": -1},
        {"start": -1.0},
        {"start": float("nan")},
        {"start": float("inf")},
    ],
    ids=str,
)
def test_nonsense_is_refused_before_a_file_is_made(tmp_path: Path, wrong: dict[str, Any]) -> None:
    sane = {"size": (160, 96), "fps": Fraction(30), "frames": 10}

    with pytest.raises(BadOption):
        Writer(tmp_path / "out.mp4", **(sane | wrong))

    assert film.debris(tmp_path) == []


def test_planes_of_the_wrong_shape_are_our_own_fault(tmp_path: Path) -> None:
    y, u, v = film.planes((160, 96), 0)

    with (
        pytest.raises(Fault, match="plane"),
        Writer(tmp_path / "out.mp4", (160, 96), Fraction(30), 10) as writer,
    ):
        writer.write(y[:-2], u, v)

    assert film.debris(tmp_path) == []


@pytest.mark.parametrize("written", [0, 9, 11])
def test_more_or_fewer_frames_than_announced_leave_no_file(tmp_path: Path, written: int) -> None:
    with (
        pytest.raises(Fault, match="frames"),
        Writer(tmp_path / "out.mp4", (160, 96), Fraction(30), 10) as writer,
    ):
        film.fill(writer, written, (160, 96))

    assert film.debris(tmp_path) == []
