"""What goes wrong while writing: each ends soon, in one sentence, and leaves nothing behind."""

import ctypes
import errno
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import film
import numpy as np
import pytest

from oriel.audio import Audio
from oriel.errors import TOO_LARGE_A_FILE, BadAudio, BadOutput, EncoderFailed, Fault
from oriel.video import Writer

SIZE = (320, 180)
FPS = Fraction(30)


class Breaking(Audio):
    """A song that breaks off after two seconds, with the error that its title names."""

    def blocks(self, rate: int, channels: int, start: float = 0.0) -> Any:
        yield np.zeros((2 * rate, channels), np.float32)
        if self.title == "BadAudio":
            raise BadAudio("The song breaks off.")
        raise RuntimeError("out of luck")


def breaking(error: str) -> Audio:
    return Breaking(Path("song.wav"), 44_100, 2, "pcm_s16le", title=error)


def write_noise(out: Path, frames: int, audio: Audio | None = None, **options: Any) -> None:
    """Pictures of noise, of which each makes some 50 kB."""
    noise = np.random.default_rng(1).integers(16, 235, (4, 180, 320), np.uint8)
    with Writer(out, SIZE, FPS, frames, audio=audio, quality=10, **options) as writer:
        for index in range(frames):
            grey = np.full((90, 160), 128, np.uint8)
            writer.write(noise[index % 4], grey, grey)


def stumble(writer: Writer) -> None:
    """Write 50 frames and then one of another size."""
    film.fill(writer, 50, SIZE)
    film.fill(writer, 1, (640, 360))


def encoder_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if "encoder" in thread.name]


def test_a_full_disk_ends_in_one_sentence_and_no_file(small_disk: Path) -> None:
    with pytest.raises(
        BadOutput, match=r"^No space left in .*out\.mp4: make room, or name another folder\.$"
    ):
        write_noise(small_disk / "out.mp4", 300)

    assert film.debris(small_disk) == []
    assert encoder_threads() == []


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_disk_that_says_in_the_end_that_it_was_full_is_the_users(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As network file systems do, and quotas."""

    def full(descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(
        BadOutput, match=r"^No space left in .*out\.mp4: make room, or name another folder\.$"
    ):
        write_noise(tmp_path / "out.mp4", 3)

    assert film.debris(tmp_path) == []


def test_a_disk_that_fills_up_at_any_moment_leaves_no_file(small_disk: Path) -> None:
    write_noise(small_disk / "out.mp4", 12)
    whole = (small_disk / "out.mp4").stat().st_size
    (small_disk / "out.mp4").unlink()
    page = os.sysconf("SC_PAGE_SIZE")

    outcomes = [
        outcome_with_space(small_disk, pages * page) for pages in range(0, whole // page + 3, 8)
    ]
    outcomes.append(outcome_with_space(small_disk, whole + 2 * page))

    assert outcomes[-1] == ("whole", 12)
    assert len(outcomes) > 4
    assert all(outcome in (("full", 0), ("whole", 12)) for outcome in outcomes)


def outcome_with_space(disk: Path, space: int) -> tuple[str, int]:
    """What comes of writing 12 frames where so many bytes are free, and how many are there."""
    (disk / "ballast").write_bytes(bytes((1 << 20) - space - space % os.sysconf("SC_PAGE_SIZE")))
    try:
        write_noise(disk / "out.mp4", 12)
        outcome = ("whole", len(film.times(disk / "out.mp4")))
        (disk / "out.mp4").unlink()
    except BadOutput as error:
        outcome = ("full" if "No space left" in str(error) else str(error), 0)
    left = film.debris(disk)
    (disk / "ballast").unlink()
    return outcome if left == ["ballast"] else (f"debris: {left}", 0)


def test_the_largest_file_allowed_is_reached_at_any_moment(tmp_path: Path) -> None:
    script = """
        import resource, sys
        from pathlib import Path
        from test_video_faults import write_noise
        from oriel.errors import BadOutput

        out = Path(sys.argv[1])
        write_noise(out, 12)
        whole = out.stat().st_size
        out.unlink()
        for limit in [0, 10, 1000, whole // 2, whole - 3000, whole - 1000, whole - 1]:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
            try:
                write_noise(out, 12)
            except BadOutput as error:
                print(limit, error, sorted(out.parent.iterdir()))
        resource.setrlimit(resource.RLIMIT_FSIZE, (whole, resource.RLIM_INFINITY))
        write_noise(out, 12)
    """

    child = run(script, tmp_path / "out.mp4")

    said = child.stdout.splitlines()
    assert child.returncode == 0, child.stderr
    assert len(said) == 7
    assert all(TOO_LARGE_A_FILE in line and line.endswith("[]") for line in said)
    assert len(film.times(tmp_path / "out.mp4")) == 12


@pytest.mark.parametrize(("error", "ours"), [("Other", EncoderFailed), ("BadAudio", BadAudio)])
def test_a_thread_that_dies_reaches_the_writing_side_at_once(
    tmp_path: Path, error: str, ours: type[Exception]
) -> None:
    def seconds() -> float:
        began = time.monotonic()
        with pytest.raises(ours, match=r"out of luck|breaks off"):
            write_noise(tmp_path / "out.mp4", 100_000, breaking(error))
        return time.monotonic() - began

    # Once of some times: a machine may stand still for a while, though not each time.
    assert any(seconds() < 5 for _ in range(5))
    assert film.debris(tmp_path) == []
    assert encoder_threads() == []


def test_a_thread_that_dies_while_the_last_frames_wait_reaches_the_end(tmp_path: Path) -> None:
    frames = 61  # the song breaks off with the 61st

    with (
        pytest.raises(EncoderFailed, match="out of luck"),
        Writer(tmp_path / "out.mp4", SIZE, FPS, frames, audio=breaking("Other")) as writer,
    ):
        film.fill(writer, frames, SIZE)

    assert film.debris(tmp_path) == []


def test_an_error_of_the_drawing_side_passes_through_and_keeps_the_old_file(tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    out.write_bytes(b"the one before")

    with pytest.raises(Fault, match="plane"), Writer(out, SIZE, FPS, 100) as writer:
        stumble(writer)

    assert out.read_bytes() == b"the one before"
    assert film.debris(tmp_path) == ["out.mp4"]
    assert encoder_threads() == []


@pytest.mark.parametrize("codec", ["h264", "prores", "av1"])
def test_an_interruption_ends_soon_and_leaves_nothing(tmp_path: Path, codec: str) -> None:
    suffix = "mov" if codec == "prores" else "mp4"
    script = f"""
        import sys
        from fractions import Fraction
        from pathlib import Path
        import film
        from oriel.video import Writer

        planes = film.planes((3840, 2160), 3)
        out = Path(sys.argv[1])
        with Writer(out, (3840, 2160), Fraction(30), 10**6, codec="{codec}") as writer:
            for index in range(10**6):
                writer.write(*planes)
                if index == 5:
                    print("running", flush=True)
    """
    out = tmp_path / f"out.{suffix}"

    # It takes a second, with nothing else to do; once of some times, as a machine may stand still.
    assert any(seconds_to_stop(script, out) < 15 for _ in range(3))


def seconds_to_stop(script: str, out: Path) -> float:
    """How long a script that writes there lives on when it is interrupted; nothing may be left."""
    with start(script, out) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "running\n"

        began = time.monotonic()
        child.send_signal(signal.SIGINT)
        try:
            error = child.communicate(timeout=120)[1]
        finally:
            child.kill()
        seconds = time.monotonic() - began

    assert film.debris(out.parent) == []
    assert "KeyboardInterrupt" in error
    return seconds


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadOutput, match="no folder"):
        Writer(tmp_path / "missing" / "out.mp4", SIZE, FPS, 10)


@pytest.mark.parametrize(
    "name", ["folder.mp4", "pipe.mp4", "null.mp4", "circle.mp4", "x" * 300 + ".mp4", "\0.mp4"]
)
def test_a_place_that_cannot_hold_a_video_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder.mp4").mkdir()
    os.mkfifo(tmp_path / "pipe.mp4")
    (tmp_path / "null.mp4").symlink_to("/dev/null")
    (tmp_path / "circle.mp4").symlink_to("circle.mp4")
    before = film.debris(tmp_path)

    with pytest.raises(BadOutput):
        Writer(tmp_path / name, SIZE, FPS, 10)

    assert film.debris(tmp_path) == before


def test_a_folder_that_may_not_be_written_is_refused(tmp_path: Path) -> None:
    script = """
        import os, sys
        from fractions import Fraction
        from pathlib import Path
        from oriel.errors import BadOutput
        from oriel.video import Writer

        out = Path(sys.argv[1])
        if os.getuid() == 0:
            os.chmod(out.parent, 0o555)
            os.setresuid(65534, 65534, 65534)
        try:
            Writer(out, (320, 180), Fraction(30), 10)
        except BadOutput as error:
            print(error)
    """
    folder = tmp_path / "shut"
    folder.mkdir(mode=0o555)
    open_the_way(tmp_path)

    child = run(script, folder / "out.mp4")

    assert "not writable" in child.stdout, child.stderr


def test_a_writer_that_was_never_entered_leaves_nothing(tmp_path: Path) -> None:
    writer = Writer(tmp_path / "out.mp4", SIZE, FPS, 10)

    assert writer.encoder
    assert film.debris(tmp_path) == []
    assert encoder_threads() == []


def open_the_way(folder: Path) -> None:
    """Let any user pass through the folders above, as pytest's own are closed to others."""
    for parent in [folder, *folder.parents]:
        if parent.stat().st_uid == os.getuid() and parent != Path("/"):
            parent.chmod(parent.stat().st_mode | 0o111)


def start(script: str, *arguments: Path) -> subprocess.Popen[str]:
    """A Python of its own that runs a script in this folder, and dies with us."""
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)},
        preexec_fn=_die_with_parent,
    )


def run(script: str, *arguments: Path) -> subprocess.CompletedProcess[str]:
    child = start(script, *arguments)
    out, error = child.communicate(timeout=60)
    return subprocess.CompletedProcess(child.args, child.returncode, out, error)


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
