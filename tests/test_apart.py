"""A video's sound, encoded by a process of its own, as it is beside a graphics card."""

import os
import signal
import sys
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import film
import media
import pytest

from oriel import audio
from oriel.audio import Audio
from oriel.errors import EncoderFailed
from oriel.video import Writer

SIZE = (64, 36)
FPS = Fraction(30)
LONG_SECONDS = 60
PATIENCE_SECONDS = 3  # of a user, who then asks it to stop: all that was made ahead is used by then


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> Audio:
    path = media.write(tmp_path_factory.mktemp("apart") / "a song.wav", media.song(6), 44_100)
    return audio.load(path)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".webm"])
@pytest.mark.parametrize("start", [0.0, 1.0 / 3.0])
def test_what_is_in_the_file_is_what_a_thread_makes(
    tmp_path: Path, song: Audio, suffix: str, start: float
) -> None:
    made = [tmp_path / f"{apart}{suffix}" for apart in (False, True)]

    for out in made:
        film.write(out, 100, audio=song, start=start, apart=out is made[1])

    one, other = (contents(out) for out in made)
    assert len(one) > 240
    assert one == other


@pytest.mark.parametrize("program", ["/bin/false", "/no/such/python"])
def test_where_no_process_can_be_had_a_thread_does_it(
    tmp_path: Path, song: Audio, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    film.write(tmp_path / "a.mp4", 100, audio=song)
    monkeypatch.setattr(sys, "executable", program)

    film.write(tmp_path / "b.mp4", 100, audio=song, apart=True)

    assert contents(tmp_path / "b.mp4") == contents(tmp_path / "a.mp4")


def test_a_process_that_dies_is_told_and_leaves_no_file(tmp_path: Path) -> None:
    def kill(process: int) -> None:
        os.kill(process, signal.SIGKILL)

    with pytest.raises(EncoderFailed, match="sound died before its end: try again"):
        meet(kill, tmp_path / "out.mp4")

    assert not (tmp_path / "out.mp4").exists()


def test_nothing_that_lies_in_the_folder_of_the_user_is_run(
    tmp_path: Path, song: Audio, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "av.py").write_text("open('imported', 'w')")
    monkeypatch.chdir(tmp_path)

    film.write(tmp_path / "out.mp4", 100, audio=song, apart=True)

    assert not Path("imported").exists()


def test_nothing_is_left_of_a_video_that_is_given_up(tmp_path: Path) -> None:
    met = []

    def give_up(process: int) -> None:
        met.append(process)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        meet(give_up, tmp_path / "out.mp4")

    gone(met[0])
    assert not (tmp_path / "out.mp4").exists()


def test_nothing_is_left_of_a_process_that_hangs_and_is_not_waited_for(tmp_path: Path) -> None:
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    met = []

    def hang(process: int) -> None:
        met.append(process)
        os.kill(process, signal.SIGSTOP)
        signal.setitimer(signal.ITIMER_REAL, PATIENCE_SECONDS)

    with pytest.raises(KeyboardInterrupt):
        meet(hang, tmp_path / "out.mp4")
    signal.signal(signal.SIGALRM, before)

    gone(met[0])
    assert not (tmp_path / "out.mp4").exists()


def gone(process: int) -> None:
    """Wait until a process is no more."""
    last = time.monotonic() + 20
    while Path(f"/proc/{process}").exists():
        assert time.monotonic() < last
        time.sleep(0.02)


def meet(do: Callable[[int], None], out: Path) -> None:
    """Write a video whose sound is more than pipes hold, and do something with its process."""
    song = audio.load(media.noise(out.parent / "noise.wav", LONG_SECONDS))
    with Writer(out, SIZE, FPS, LONG_SECONDS * round(FPS), audio=song, apart=True) as writer:
        film.fill(writer, 60, SIZE)
        do(process())
        film.fill(writer, LONG_SECONDS * round(FPS) - 60, SIZE)


def contents(path: Path) -> list[Any]:
    """All that the packets of both streams hold; Matroska's files have names that are made up."""
    with av.open(str(path)) as container:
        return [
            (
                packet.stream.type,
                *(packet.pts, packet.dts, packet.duration, packet.is_keyframe, bytes(packet)),
                [(data.data_type, bytes(data)) for data in packet.iter_sidedata()],
            )
            for packet in container.demux()
        ]


def process() -> int:
    """The one that encodes this process's sound."""
    (found,) = (
        int(path.parent.name)
        for path in Path("/proc").glob("[0-9]*/cmdline")
        if b"oriel.apart" in path.read_bytes()
        and f"PPid:\t{os.getpid()}\n" in (path.parent / "status").read_text()
    )
    return found
