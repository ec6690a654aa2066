"""A video made in parts by many processes is the video made at once: heard once, drawn, joined."""

import json
import os
import subprocess
import sys
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import film
import media
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

import oriel
from oriel import audio, encoders, look, tables
from oriel.errors import BadOption, TooLong, Unjoinable
from oriel.join import join
from oriel.poster import poster
from oriel.probe import probe
from oriel.render import hear
from oriel.service import orders
from oriel.watermark import Watermark

LOOK = {"shape": "cube", "smoothing": 0.2, "effects": {"grain": {}}}
SIZE = "320x180"
SECONDS = 6
FPS = Fraction(30)


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("song") / "song.flac"
    return media.write(place, media.song(SECONDS), 44_100)


@pytest.fixture(scope="module")
def whole(song: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("whole") / "whole.mp4"
    oriel.render(song, out, look=LOOK, size=SIZE)
    return out


@pytest.fixture(scope="module")
def parts(song: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two GOPs, one, and what is left, from what was heard once and kept in a file."""
    folder = tmp_path_factory.mktemp("parts")
    heard = hear(audio.load(song), look.load(LOOK), FPS)
    kept = tables.read(tables.save(heard, folder / "bands.npz"))
    made = []
    for first, end in pairwise([0, 60, 120, SECONDS * 30]):
        made.append(folder / f"{first}.mp4")
        oriel.render(
            song, made[-1], look=LOOK, size=SIZE, frames=(first, end), heard=kept, silent=True
        )
    return made


def test_bands_come_back_from_their_file_as_they_were(song: Path, tmp_path: Path) -> None:
    heard = hear(audio.load(song), look.load(LOOK), FPS)

    kept = tables.read(tables.save(heard, tmp_path / "bands.npz"))

    assert (kept.fps, kept.seconds, kept.tempo) == (heard.fps, heard.seconds, heard.tempo)
    for name in ("bass", "treble", "spectrum", "level", "onset", "beat", "bar", "beats", "fine"):
        assert np.array_equal(getattr(kept, name), getattr(heard, name)), name


def test_a_file_that_holds_no_bands_is_refused(tmp_path: Path) -> None:
    place = tmp_path / "bands.npz"
    for content in (b"", b"PK\x03\x04", b"no numbers"):
        place.write_bytes(content)

        with pytest.raises(
            BadOption, match="holds no bands: write them with oriel bands SONG -o FILE"
        ):
            tables.read(place)


def test_bands_of_another_rate_are_refused(song: Path, tmp_path: Path) -> None:
    heard = hear(audio.load(song), look.load(LOOK), Fraction(25))

    with pytest.raises(BadOption, match="heard at 25 frames/s, the video has 30"):
        oriel.render(song, tmp_path / "a.mp4", look=LOOK, size=SIZE, heard=heard)


def test_joined_parts_are_the_whole_frame_for_frame(
    song: Path, whole: Path, parts: list[Path], tmp_path: Path
) -> None:
    made = join(tmp_path / "joined.mp4", parts, song)

    assert (made.frames, made.seconds) == (SECONDS * 30, SECONDS)
    assert film.times(made.path) == film.times(whole)
    assert film.keyframes(made.path) == film.keyframes(whole)
    assert film.packets(made.path) == film.packets(whole)
    drawn = tmp_path / "drawn.mp4"
    oriel.render(song, drawn, look=LOOK, size=SIZE, silent=True, quality=1)
    films = (film.luma(path) for path in (made.path, whole, drawn))
    for joined, at_once, truth in zip(*films, strict=True):
        # The encoder's memory of what came before differs, and with it its noise, but not how much.
        assert _apart(joined, truth) < 1.1 * _apart(at_once, truth)


def _apart(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    return float(np.abs(one.astype(int) - other).mean())


def test_joining_encodes_no_picture_again(song: Path, parts: list[Path], tmp_path: Path) -> None:
    made = join(tmp_path / "joined.mp4", parts, song)

    drawn = [plane.copy() for part in parts for plane in film.luma(part)]
    for joined, before in zip(film.luma(made.path), drawn, strict=True):
        assert np.array_equal(joined, before)


def test_parts_of_different_videos_are_not_joined(
    song: Path, parts: list[Path], tmp_path: Path
) -> None:
    other = tmp_path / "other.mp4"
    oriel.render(song, other, look=LOOK, size="160x90", frames=(0, 2), silent=True)
    out = tmp_path / "joined.mp4"

    for wrong, why in [
        ([parts[0], other], "is a part of another video"),
        ([song], "it has no pictures"),
        (
            [tmp_path / "none.mp4"],
            "is no part of a video: name files that oriel render has written",
        ),
        ([], "nothing to join"),
    ]:
        with pytest.raises(BadOption, match=why):
            join(out, wrong, song)
    assert sorted(tmp_path.iterdir()) == [other]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("o.avi", "cannot be written as .avi: use .mp4"),
        ("o", "cannot be written as a file without a suffix"),
        ("o.webm", "h264 does not fit into a .webm file: use .mp4"),
    ],
)
def test_a_whole_that_its_parts_do_not_fit_into_is_refused(
    name: str, why: str, parts: list[Path], tmp_path: Path
) -> None:
    with pytest.raises(BadOption, match=why):
        join(tmp_path / name, parts, None)

    assert list(tmp_path.iterdir()) == []


def test_parts_of_another_encoder_or_of_other_settings_are_not_joined(
    song: Path, parts: list[Path], tmp_path: Path
) -> None:
    """Their pictures would be decoded by the first part's settings."""
    others = []
    for codec, quality in (("hevc", "standard"), ("h264", "high")):
        others.append(tmp_path / f"{codec}-{quality}.mp4")
        oriel.render(
            song,
            others[-1],
            look=LOOK,
            size=SIZE,
            frames=(60, 70),
            codec=codec,
            quality=quality,
            silent=True,
        )

    for other in others:
        with pytest.raises(Unjoinable, match="made by another encoder"):
            join(tmp_path / "joined.mp4", [parts[0], other], None)


@pytest.mark.parametrize("codec", orders.CODECS)
def test_whatever_is_ordered_is_made_by_the_same_encoder_on_every_machine(
    codec: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a graphics card, where all encoders work, and without."""
    suffix = orders.suffix(codec)
    without = encoders.choose(codec, "standard", suffix)

    monkeypatch.setattr(encoders, "probe", lambda name: None)

    assert encoders.choose(codec, "standard", suffix) == without
    assert not without.encoder.hardware


@pytest.mark.parametrize("codec", orders.CODECS)
def test_parts_that_machines_with_more_or_fewer_cores_drew_fit(
    codec: str, song: Path, tmp_path: Path
) -> None:
    """An encoder that works in fewer threads writes the same head."""
    made = [tmp_path / f"{number}{orders.suffix(codec)}" for number in range(2)]
    cores = os.sched_getaffinity(0)
    for place, some in zip(made, (cores, {min(cores)}), strict=True):
        words = ["--size", SIZE, "--frames", "0:10", "--codec", codec, "--silent"]
        command = [sys.executable, "-m", "oriel", "render", str(song), *words, "--out", str(place)]
        subprocess.run(
            command,
            check=True,
            capture_output=True,
            preexec_fn=lambda some=some: os.sched_setaffinity(0, some),
        )

    assert join(tmp_path / f"joined{orders.suffix(codec)}", made, None).frames == 20


def test_a_silent_video_has_no_sound(parts: list[Path]) -> None:
    with av.open(str(parts[0])) as container:
        kinds = [stream.type for stream in container.streams]

    assert kinds == ["video"]


def test_a_probe_tells_what_decoding_found(song: Path) -> None:
    found = probe(song)

    assert found.seconds == pytest.approx(SECONDS, abs=0.001)
    assert (found.codec, found.channels, found.bytes) == ("flac", 2, song.stat().st_size)
    assert len(found.sha256) == 64


def test_a_probe_stops_at_the_longest_song_allowed(song: Path) -> None:
    with pytest.raises(TooLong, match=r"song\.flac plays longer than 5 s: cut it shorter\."):
        probe(song, longest=SECONDS - 1)

    assert probe(song, longest=SECONDS).seconds == SECONDS


def test_the_poster_is_the_picture_that_shows_most(tmp_path: Path) -> None:
    from oriel.video import Writer

    black = (np.full((96, 160), 16, np.uint8), *(np.full((48, 80), 128, np.uint8),) * 2)
    with Writer(tmp_path / "a.mp4", (160, 96), Fraction(10), 80) as writer:
        for index in range(80):
            writer.write(*(film.planes((160, 96), index) if 40 <= index < 60 else black))

    moment = poster(tmp_path / "a.mp4", tmp_path / "a.jpg", tmp_path / "a.webp")

    assert moment == 4.0
    with Image.open(tmp_path / "a.jpg") as picture, Image.open(tmp_path / "a.webp") as moving:
        assert picture.size == (160, 96)
        assert np.asarray(picture).std() > 5
        assert moving.n_frames > 10  # equal neighbours are one


def test_a_poster_of_a_song_is_refused(song: Path, tmp_path: Path) -> None:
    with pytest.raises(BadOption, match="is no video: it has no pictures"):
        poster(song, tmp_path / "a.jpg")
    with pytest.raises(BadOption, match=r"There is no video at .*: see to its name and folder"):
        poster(tmp_path / "none.mp4", tmp_path / "a.jpg")


@pytest.mark.parametrize("size", [(1280, 720), (720, 1280), (320, 180), (64, 64), (16, 8), (2, 2)])
def test_the_watermark_is_in_the_corner_alone(size: tuple[int, int]) -> None:
    width, height = size
    planes = (
        np.full((height, width), 120, np.uint8),
        np.full((height // 2, width // 2), 90, np.uint8),
        np.full((height // 2, width // 2), 170, np.uint8),
    )

    luma, blue, _ = Watermark(size).print(planes)

    assert luma.std() > 0 or min(size) < 20
    if min(size) >= 180:
        assert (luma[: height * 3 // 4] == 120).all()
        assert (blue[: height * 3 // 8] == 90).all()
        assert luma[height * 9 // 10 :].max() > 165


def test_every_frame_of_a_watermarked_video_is_marked(song: Path, tmp_path: Path) -> None:
    for name, watermark in (("plain", False), ("marked", True)):
        oriel.render(
            song,
            tmp_path / f"{name}.mp4",
            look=LOOK,
            size="640x360",
            frames=(0, 10),
            watermark=watermark,
        )

    for plain, marked in zip(
        film.luma(tmp_path / "plain.mp4"), film.luma(tmp_path / "marked.mp4"), strict=True
    ):
        difference = np.abs(marked.astype(int) - plain)
        assert difference[300:, 400:].max() > 60
        assert difference[:270].mean() < 0.5


def test_the_shell_makes_a_video_in_parts(song: Path, tmp_path: Path) -> None:
    def run(*words: str) -> dict:
        command = [sys.executable, "-m", "oriel", *words, "--json"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
        return json.loads(done.stdout.splitlines()[-1])

    seconds = run("probe", str(song))["seconds"]
    bands = [sys.executable, "-m", "oriel", "bands", str(song), "-o", "b.npz", "--needed"]
    subprocess.run(bands, cwd=tmp_path, check=True, capture_output=True)
    for part in ("0:60", "60:180"):
        run(
            *("render", str(song), "--bands", "b.npz", "--silent", "--watermark"),
            *("--size", "160x90", "--frames", part, "-o", f"{part[0]}.mp4"),
        )
    made = run("join", "all.mp4", "0.mp4", "6.mp4", "--song", str(song))
    chosen = run("poster", "all.mp4", "--moving", "all.webp")

    assert made["frames"] == seconds * 30 == 180
    assert 0 <= chosen["at"] < seconds
    assert {"all.mp4", "all.jpg", "all.webp"} <= {path.name for path in tmp_path.iterdir()}
