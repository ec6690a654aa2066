"""From a song to a video and back: what was rendered is decoded and compared."""

import hashlib
import math
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import film
import media
import numpy as np
import pytest
from film import Planes
from numpy.typing import NDArray

import oriel
from oriel import video
from oriel.errors import BadOption
from oriel.render import Progress, picture, rate_through, render

Whole = tuple[Path, oriel.Result, list[Planes]]

SMALL = (160, 90)
BRIGHT = {"style": "solid", "glow": 1, "size": 7, "rotationSpeed": 2, "background": "#204060"}


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six seconds of a plain song, 120 beats a minute, with a title and an artist."""
    place = tmp_path_factory.mktemp("song") / "song.flac"
    tags = {"title": "A Song", "artist": "Somebody"}
    return media.write(place, media.song(6.0), 44_100, tags=tags)


@pytest.fixture(scope="module")
def whole(song: Path, tmp_path_factory: pytest.TempPathFactory) -> Whole:
    """The whole of it as a video, what was said of it, and the planes that went into it."""
    out = tmp_path_factory.mktemp("whole") / "whole.mp4"
    with _planes_given() as given:
        return out, render(song, out, look=BRIGHT, size=SMALL, quality=4), given


# ----------------------------------------------------------------------------- the result


def test_the_result_is_what_the_file_is(whole: Whole) -> None:
    out, result, _ = whole

    with av.open(str(out)) as container:
        video = container.streams.video[0]
        size, rate, codec = (video.width, video.height), video.average_rate, video.codec.name
        frames = sum(1 for _ in container.decode(video))
        title, artist = container.metadata.get("title"), container.metadata.get("artist")

    assert result.path == out
    assert result.frames == frames == 180
    assert result.size == size == SMALL
    assert rate == 30
    assert result.seconds == 6.0
    assert result.bytes == out.stat().st_size
    assert (codec, result.encoder) == ("h264", "libx264")
    assert (title, artist) == ("A Song", "Somebody")
    assert 0 < result.elapsed < 600
    assert result.fps == pytest.approx(result.frames / result.elapsed)
    assert result.renderer


def test_nothing_else_is_left_beside_the_video(whole: Whole) -> None:
    assert film.debris(whole[0].parent) == ["whole.mp4"]


def test_software_drawing_is_noted(whole: Whole) -> None:
    result = whole[1]

    noted = any("Drawn in software" in note for note in result.notes)
    assert noted == ("llvmpipe" in result.renderer)


def test_the_picture_moves_with_the_song(song: Path, tmp_path: Path) -> None:
    moved = {"style": "solid", "rotationSpeed": 0, "bassFrequency": 0}

    render(song, tmp_path / "out.mp4", look=moved, size=SMALL)

    light = np.array([plane.mean() for plane in film.luma(tmp_path / "out.mp4")])
    strength = np.abs(np.fft.rfft(light - light.mean()))
    per_second = np.fft.rfftfreq(len(light), 1 / 30)
    assert per_second[strength.argmax()] == pytest.approx(2, abs=0.01)  # 120 beats a minute
    assert light[15::15].mean() > 1.5 * light[10::15].mean()


def test_progress_is_told_of_every_frame(song: Path, tmp_path: Path) -> None:
    told: list[Progress] = []

    render(song, tmp_path / "out.mp4", size=SMALL, end=0.5, on_progress=told.append)

    assert [(one.frame, one.of) for one in told] == [(i, 15) for i in range(1, 16)]
    assert all(one.fps > 0 for one in told)


def test_the_package_offers_render_itself(song: Path, tmp_path: Path) -> None:
    result = oriel.render(str(song), str(tmp_path / "out.mp4"), size="160x90", end=0.2)

    assert isinstance(result, oriel.Result)
    assert result.frames == 6


# ----------------------------------------------------------------------------- parts


def test_the_same_render_twice_is_the_same_film(song: Path, tmp_path: Path) -> None:
    hashes = set()
    for name in ("one.mp4", "two.mp4"):
        render(song, tmp_path / name, look=BRIGHT, size=SMALL, end=1)
        hashes.add(_film_hash(tmp_path / name))

    assert len(hashes) == 1


@pytest.mark.parametrize(("first", "end"), [(0, 60), (60, 120), (50, 77), (179, 180)])
def test_frames_of_a_part_are_those_of_the_whole(
    song: Path, whole: Whole, tmp_path: Path, first: int, end: int
) -> None:
    """Drawn, to the bit; decoded, as far as the codec allows: quality 4 leaves a fraction of a step."""
    expected = list(film.luma(whole[0]))[first:end]

    out = tmp_path / "part.mp4"
    with _planes_given() as given:
        result = render(song, out, look=BRIGHT, size=SMALL, frames=(first, end), quality=4)

    decoded = list(film.luma(out))
    assert result.frames == len(decoded) == end - first
    for one, other in zip(decoded, expected, strict=True):
        assert np.abs(one.astype(int) - other).mean() < 0.6
    _assert_same(given, whole[2][first:end])


def test_start_and_frames_pick_the_same_pictures(song: Path, whole: Whole, tmp_path: Path) -> None:
    expected = list(film.luma(whole[0]))[75:81]

    for name, choice in {
        "times": {"start": 2.5, "end": 2.7},
        "both": {"start": 2.0, "frames": (15, 21)},
        "all": {"start": 2.0, "end": 2.7, "frames": (15, 300)},
    }.items():
        out = tmp_path / f"{name}.mp4"
        render(song, out, look=BRIGHT, size=SMALL, quality=4, **choice)

        for one, other in zip(film.luma(out), expected, strict=True):
            assert np.abs(one.astype(int) - other).mean() < 0.6


def test_a_parts_sound_is_that_part_of_the_song(song: Path, tmp_path: Path) -> None:
    render(song, tmp_path / "part.mp4", size=SMALL, start=2, end=4)

    heard, rate = film.sound(tmp_path / "part.mp4")
    original = media.song(6.0)[2 * rate : 4 * rate].T
    likeness = np.corrcoef(heard[0, 4096:80_000], original[0, 4096:80_000])[0, 1]
    assert likeness > 0.98


# ----------------------------------------------------------------------------- songs and sizes


def test_a_silent_song_renders_and_rests(tmp_path: Path) -> None:
    silence = media.write(tmp_path / "silence.wav", np.zeros(44_100), 44_100)

    render(silence, tmp_path / "out.mp4", look={"rotationSpeed": 0}, size=SMALL, quality=4)

    frames = list(film.luma(tmp_path / "out.mp4"))
    assert len(frames) == 30
    assert max(np.abs(one.astype(int) - frames[0]).max() for one in frames) <= 3
    assert frames[0].max() > 60  # the shape is there


@pytest.mark.parametrize("samples", [1, 100, 1470])
def test_a_moment_of_sound_is_one_frame(tmp_path: Path, samples: int) -> None:
    moment = media.write(tmp_path / "moment.wav", np.full(samples, 0.5), 44_100)

    result = render(moment, tmp_path / "out.mp4", size=SMALL)

    assert result.frames == 1
    assert len(list(film.luma(tmp_path / "out.mp4"))) == 1


@pytest.mark.parametrize(
    ("asked", "made"),
    [("1x1", (2, 2)), ("161x91", (162, 92)), ((2, 63), (2, 64)), ("66x2", (66, 2))],
)
def test_odd_sizes_are_rounded_up_and_it_is_said(
    song: Path, tmp_path: Path, asked: Any, made: tuple[int, int]
) -> None:
    out = tmp_path / "out.mp4"

    result = render(song, out, size=asked, end=0.2)

    assert result.size == made
    assert next(film.luma(out)).shape == made[::-1]
    odd = {"1x1", "161x91", (2, 63)}
    assert any("Video needs even sides" in note for note in result.notes) == (asked in odd)


@pytest.mark.parametrize("fps", ["23.976", 24, 25, 29.97, "30000/1001", 50, 60])
def test_the_frame_rate_is_kept(song: Path, tmp_path: Path, fps: Any) -> None:
    result = render(song, tmp_path / "out.mp4", size=SMALL, fps=fps, end=1)

    times = film.times(tmp_path / "out.mp4")
    step = times[1] - times[0]
    assert all(after - before == step for before, after in pairwise(times))
    assert float(1 / step) == pytest.approx(float(Fraction(str(fps))), rel=2e-5)
    assert result.seconds == pytest.approx(1, abs=float(step))


@pytest.mark.parametrize("look", ["default", "ember", "vhs", {"hearing": "classic"}], ids=str)
def test_a_look_renders_and_a_part_of_it_is_of_the_same_pictures(
    song: Path, tmp_path: Path, look: Any
) -> None:
    """Whatever moves it: a beat, a grain that changes, or what classic hearing keeps of the past."""
    out = tmp_path / "out.mp4"

    with _planes_given() as whole:
        result = render(song, out, look=look, size=SMALL, end=0.5)
    with _planes_given() as part:
        render(song, tmp_path / "part.mp4", look=look, size=SMALL, frames=(8, 12))

    assert result.frames == len(whole) == 15
    assert next(film.luma(out)).std() > 1
    assert (whole[8][0] != whole[11][0]).any()
    _assert_same(part, whole[8:12])


# ----------------------------------------------------------------------------- single pictures


@pytest.mark.parametrize("moment", [0.0, 1.5, 4.1])
def test_a_picture_is_the_videos_frame_at_that_moment(
    song: Path, whole: Whole, moment: float
) -> None:
    frame = _rgb(whole[0], round(moment * 30))

    drawn = picture(song, moment, look=BRIGHT, size=SMALL)

    assert drawn.shape == (90, 160, 3)
    assert np.abs(drawn.astype(int) - frame).mean() < 2.5


def test_a_picture_may_have_odd_sides(song: Path) -> None:
    assert picture(song, 0, size="33x17").shape == (17, 33, 3)


def test_the_songs_end_has_a_picture_and_beyond_it_is_none(song: Path) -> None:
    assert picture(song, 6.0, size=SMALL).shape == (90, 160, 3)

    for moment in (6.1, 1e9):
        with pytest.raises(BadOption, match=r"no picture at .+ s: the song is 6\.00 s long"):
            picture(song, moment, size=SMALL)
    for moment in (-0.1, math.nan, math.inf, -math.inf):
        with pytest.raises(BadOption, match=r"no picture at .+ s: a song begins at 0"):
            picture(song, moment, size=SMALL)


@pytest.mark.parametrize("at", [0.0, 0.001, 0.0041, 0.5, 1.2345, 59.999, 3600.0])
def test_a_picture_needs_no_more_frames_than_a_video(at: float) -> None:
    rate = rate_through(at)

    assert 20 <= rate <= 240
    assert abs(round(at * rate) / rate - at) < 1 / 400
    if at > 1 / 60:
        assert abs(float(round(at * rate) / rate) - at) < 0.0006


def test_a_picture_with_classic_hearing_is_that_of_the_nearest_frame(song: Path) -> None:
    document = {"hearing": "classic", "rotationSpeed": 0}

    exact, near = (picture(song, at, look=document, size=SMALL) for at in (2.0, 2.01))

    assert (exact == near).all()


# ----------------------------------------------------------------------------- arrangements


@contextmanager
def _planes_given() -> Iterator[list[Planes]]:
    """What every writer is given within the block, frame by frame, and writes as ever."""
    given: list[Planes] = []

    class Listed(video.Writer):
        def write(self, y: video.Plane, u: video.Plane, v: video.Plane) -> None:
            given.append((y.copy(), u.copy(), v.copy()))
            super().write(y, u, v)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(video, "Writer", Listed)
        yield given


def _assert_same(some: list[Planes], others: list[Planes]) -> None:
    for one, other in zip(some, others, strict=True):
        for plane, expected in zip(one, other, strict=True):
            np.testing.assert_array_equal(plane, expected)


def _film_hash(path: Path) -> str:
    digest = hashlib.sha256()
    for plane in film.luma(path):
        digest.update(plane.tobytes())
    return digest.hexdigest()


def _rgb(path: Path, index: int) -> NDArray[np.uint8]:
    with av.open(str(path)) as container:
        for i, frame in enumerate(container.decode(video=0)):
            if i == index:
                return np.asarray(frame.to_ndarray(format="rgb24", src_colorspace="ITU709"))
    raise AssertionError(f"{path} has no frame {index}")
