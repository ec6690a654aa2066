"""Whatever a person hands to the whole program: a video, or one clear sentence, exit 2 and no file.

What the decoder and the shell do in detail is tested beside them; this is the way through.
"""

import json
import os
import random
import struct
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import film
import media
import numpy as np
import pytest

from oriel.errors import UserError
from oriel.render import render

MEGABYTE = 2**20
MOST_MEMORY = 500 * MEGABYTE
MOST_SECONDS = 30  # on a busy machine; an ordinary one takes less than one

MEASURE = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[2:], stdout=subprocess.DEVNULL, timeout=float(sys.argv[1]))
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(done.returncode)
"""

Make = Callable[[Path], object]


@dataclass(frozen=True)
class Ended:
    """How a run of the program ended."""

    code: int
    said: str
    peak: int  # bytes


# ----------------------------------------------------------------------------- files


def _bytes(content: bytes) -> Make:
    return lambda path: path.write_bytes(content)


def _cover_only(path: Path) -> None:
    path.write_bytes(media.id3_with_cover())


def _nothing_played(path: Path) -> None:
    path.write_bytes(_wav(np.zeros(0, "<f4")))


def _not_numbers(path: Path) -> None:
    samples = media.song(1.0)[:, 0].astype("<f4")
    samples[::7], samples[1::7], samples[2::7] = np.nan, np.inf, -np.inf
    path.write_bytes(_wav(samples))


def _mp3(change: Callable[[bytearray], object]) -> Make:
    def make(path: Path) -> None:
        whole = media.write(path.with_suffix(".mp3"), media.song(3.0), 44_100, bit_rate=128_000)
        content = bytearray(whole.read_bytes())
        whole.unlink()
        change(content)
        path.write_bytes(content)

    return make


def _claim_974_hours(content: bytearray) -> None:
    place = max(content.find(b"Xing"), content.find(b"Info"))
    content[place + 8 : place + 12] = struct.pack(">I", 974 * 3_600 * 44_100 // 1_152)


def _cut_the_end(content: bytearray) -> None:
    del content[len(content) // 2 :]


def _cut_mid_frame(content: bytearray) -> None:
    del content[: len(content) // 3 + 101]


@pytest.mark.parametrize(
    "make",
    {
        "empty": _bytes(b""),
        "one byte": _bytes(b"\0"),
        "text": _bytes(b"These are the words of the song.\n" * 50),
        "a playlist": _bytes(b"#EXTM3U\n#EXTINF:100,A Song\n/etc/passwd\nhttp://127.0.0.1/a.mp3\n"),
        "a list of ffmpeg's": _bytes(b"ffconcat version 1.0\nfile /etc/passwd\n"),
        "a look": _bytes(b'{"shape": "cube"}'),
        "a program": lambda path: path.write_bytes(Path(sys.executable).read_bytes()[:100_000]),
        "only cover art": _cover_only,
        "zero seconds": _nothing_played,
        "a folder": Path.mkdir,
        "a pipe": os.mkfifo,
        "a link to nowhere": lambda path: path.symlink_to("nowhere.mp3"),
        "a link to itself": lambda path: path.symlink_to(path),
        "nothing at all": lambda path: None,
    }.items(),
    ids=lambda pair: pair[0],
)
def test_what_is_no_song_ends_in_a_sentence(tmp_path: Path, make: tuple[str, Make]) -> None:
    make[1](tmp_path / "song.mp3")

    ended = _oriel(tmp_path, "render", "song.mp3")

    _assert_refused(ended, tmp_path)
    assert "song.mp3" in ended.said


SILENCE = np.zeros(44_100, "<f4")


@pytest.mark.parametrize(
    ("make", "frames"),
    [
        pytest.param(_mp3(_claim_974_hours), 30, id="974 hours"),
        pytest.param(_mp3(_cut_the_end), 15, id="truncated"),
        pytest.param(_mp3(_cut_mid_frame), 20, id="cut within a frame"),
        pytest.param(_not_numbers, 10, id="not numbers"),
        pytest.param(lambda path: path.write_bytes(_wav(SILENCE)), 10, id="silence"),
        pytest.param(lambda path: path.write_bytes(_wav(SILENCE[:1])), 1, id="one sample"),
    ],
)
def test_what_can_be_heard_renders(tmp_path: Path, make: Make, frames: int) -> None:
    make(tmp_path / "song.mp3")

    ended = _oriel(tmp_path, "render", "song.mp3", "--fps", "10")

    assert ended.code == 0, ended.said
    assert "Traceback" not in ended.said
    assert ended.peak < MOST_MEMORY
    assert len(list(film.luma(tmp_path / "song.mp4"))) == pytest.approx(frames, abs=1)
    assert film.debris(tmp_path) == ["song.mp3", "song.mp4"]


def test_an_hour_of_noise_and_clicks_renders_in_bounded_memory(tmp_path: Path) -> None:
    media.noise(tmp_path / "song.wav", 3_600)

    options = ["--fps", "1", "--frames", "0:900", "--set", "glow=0"]
    ended = _oriel(tmp_path, "render", "song.wav", *options, seconds=300)

    assert ended.code == 0, ended.said
    assert ended.peak < MOST_MEMORY
    assert sum(1 for _ in film.luma(tmp_path / "song.mp4")) == 900


def test_an_hour_of_silence_renders(tmp_path: Path) -> None:
    """Its last pictures are asked for, before which the whole of it is heard."""
    media.silence(tmp_path / "song.flac", 3_600)

    options = ["--fps", "1", "--frames", "3590:3600", "--set", "glow=0"]
    ended = _oriel(tmp_path, "render", "song.flac", *options, seconds=300)

    assert ended.code == 0, ended.said
    assert ended.peak < MOST_MEMORY
    assert sum(1 for _ in film.luma(tmp_path / "song.mp4")) == 10


# ----------------------------------------------------------------------------- choices


@pytest.mark.parametrize(
    "options",
    [
        ["--size", "16385x100"],
        ["--size", "0x0"],
        ["--size", "-1x5"],
        ["--size", ""],
        ["--fps", "0"],
        ["--fps", "-30"],
        ["--fps", "1e6"],
        ["--fps", "nan"],
        ["--fps", "1/0"],
        ["--start", "-1"],
        ["--start", "99:99:99"],
        ["--frames", "5:2"],
        ["--frames", "100:200"],
        ["--quality", "-1"],
        ["--look", "no-such-look"],
        ["--look", "."],
        ["--look", "/dev/zero"],
        ["--look", "not-json.json"],
        ["--look", "unknown-key.json"],
        ["--look", "wrong-type.json"],
        ["--look", "out-of-range.json"],
        ["--look", "deep.json"],
        ["--look", "large.json"],
        ["--look", "song.mp3"],
        ["--set", "effects.vignette.amount=NaN"],
    ],
    ids=" ".join,
)
def test_what_cannot_be_chosen_ends_in_a_sentence(tmp_path: Path, options: list[str]) -> None:
    (tmp_path / "song.mp3").write_bytes(_wav(np.zeros(44_100, "<f4")))
    looks = {
        "not-json": "shape: cube",
        "unknown-key": '{"colour": "#ffffff"}',
        "wrong-type": '{"size": "large"}',
        "out-of-range": '{"glow": 1e9}',
        "deep": 100_000 * "[",
    }
    for name, text in looks.items():
        (tmp_path / f"{name}.json").write_text(text)
    with (tmp_path / "large.json").open("wb") as large:
        large.truncate(100 * MEGABYTE)
    before = film.debris(tmp_path)

    ended = _oriel(tmp_path, "render", "song.mp3", *options)

    assert film.debris(tmp_path) == before
    for name in before:
        (tmp_path / name).unlink()
    _assert_refused(ended, tmp_path)


def test_odd_sizes_are_rounded_and_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "song.wav").write_bytes(_wav(np.zeros(4_410, "<f4")))

    ended = _oriel(tmp_path, "render", "song.wav", "--size", "1x1")

    assert ended.code == 0
    assert "Video needs even sides: 1x1 was made 2x2" in ended.said


def test_a_song_that_is_also_a_look_is_neither(tmp_path: Path) -> None:
    (tmp_path / "both.json").write_text(json.dumps({"shape": "torus"}))

    ended = _oriel(tmp_path, "render", "both.json", "--look", "both.json")

    assert ended.code == 2
    assert film.debris(tmp_path) == ["both.json"]


# ----------------------------------------------------------------------------- mutations


@pytest.mark.parametrize("ending", [".mp3", ".flac", ".ogg", ".m4a", ".wav"])
def test_mutated_songs_render_or_are_refused_and_leave_nothing(tmp_path: Path, ending: str) -> None:
    original = media.write(tmp_path / f"original{ending}", media.song(1.0), 44_100).read_bytes()
    chance = random.Random(ending)
    song, out = tmp_path / f"song{ending}", tmp_path / "out.mp4"

    for _ in range(12):
        content = bytearray(original)
        for _ in range(chance.choice([1, 5, 50])):
            content[chance.randrange(len(content))] = chance.randrange(256)
        song.write_bytes(content[: chance.choice([len(content), chance.randrange(len(content))])])

        with suppress(UserError):
            result = render(song, out, size=(32, 18), fps=5, frames=(0, 3))
            assert result.frames <= 3
            out.unlink()

        assert film.debris(tmp_path) == [f"original{ending}", f"song{ending}"]


# ----------------------------------------------------------------------------- arrangements


def _oriel(folder: Path, *words: str, seconds: float = MOST_SECONDS) -> Ended:
    """Run the program in a folder, small pictures unless said, and wait for it.

    A process in between measures it: a child's peak is never told as less than its parent's.
    """
    size = [] if "--size" in words else ["--size", "32x18"]
    oriel = [sys.executable, "-m", "oriel", *words, *size]
    done = subprocess.run(
        [sys.executable, "-I", "-c", MEASURE, str(seconds), *oriel],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=seconds + 10,
    )
    return Ended(done.returncode, done.stderr, peak=int(done.stdout) * 1024)


def _assert_refused(ended: Ended, folder: Path) -> None:
    assert ended.code == 2, ended.said
    assert ended.said.count("\n") == 1
    assert len(ended.said) < 400
    assert "Traceback" not in ended.said
    assert ended.peak < MOST_MEMORY
    assert [name for name in film.debris(folder) if name != "song.mp3"] == []


def _wav(samples: np.ndarray) -> bytes:
    """A mono WAV of 32-bit floats at 44,100 Hz, whatever they are."""
    data = samples.astype("<f4").tobytes()
    head = struct.pack("<4sIHHIIHH", b"fmt ", 16, 3, 1, 44_100, 4 * 44_100, 4, 32)
    body = head + struct.pack("<4sI", b"data", len(data)) + data
    return struct.pack("<4sI4s", b"RIFF", 4 + len(body), b"WAVE") + body
