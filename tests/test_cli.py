"""The `oriel` command as a person and a program meet it: a child process, its words, its code."""

import json
import os
import pty
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import pytest

from oriel import demo

SMALL = ("--size", "64x36", "--fps", "10")


def oriel(*words: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "oriel", *map(str, words)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=60)


def start(*words: str | Path, cwd: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "oriel", *map(str, words)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=cwd, stdout=pipe, stderr=pipe, text=True)


def json_lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return demo.write(tmp_path_factory.mktemp("songs") / "two seconds.wav", seconds=2)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder to work in, beside nothing else."""
    place = tmp_path / "work"
    place.mkdir()
    return place


def test_a_song_becomes_a_video_of_its_name_in_this_folder(song: Path, folder: Path) -> None:
    done = oriel("render", song, *SMALL, cwd=folder)

    assert done.returncode == 0, done.stderr
    assert [path.name for path in folder.iterdir()] == ["two seconds.mp4"]
    assert done.stdout.startswith("two seconds.mp4: 2.0 s of video, 20 frames of 64×36, ")
    assert done.stdout.count("\n") == 1
    with av.open(str(folder / "two seconds.mp4")) as video:
        assert video.streams.video[0].frames == 20
        assert len(video.streams.audio) == 1


def test_options_reach_the_render(song: Path, folder: Path) -> None:
    chosen = ["--look", '{"shape": "torus"}', "--set", "glow=0.2", "-s", "effects.grain.amount=1"]
    picked = ["--start", "0:00.5", "--end", "1.5", "--frames", "2:8", "--quality", "40"]

    done = oriel(
        "render", song, *SMALL, *chosen, *picked, "--codec", "hevc", "-o", "a.mkv", cwd=folder
    )

    assert done.returncode == 0, done.stderr
    with av.open(str(folder / "a.mkv")) as video:
        stream = video.streams.video[0]
        assert stream.codec_context.name == "hevc"
        assert sum(1 for _ in video.decode(stream)) == 6


def test_a_program_reads_json_lines_and_last_the_result(song: Path, folder: Path) -> None:
    done = oriel("render", song, *SMALL, "--json", "-o", "a.mp4", cwd=folder)

    *progress, result = json_lines(done.stdout)
    assert done.returncode == 0
    assert progress[-1] == {"frame": 20, "of": 20, "fps": progress[-1]["fps"]}
    assert result["path"] == "a.mp4"
    assert result["frames"] == 20
    assert result["size"] == [64, 36]
    assert result["bytes"] == (folder / "a.mp4").stat().st_size
    assert all(set(line) == {"frame", "of", "fps"} for line in progress)


def test_json_lines_come_at_least_each_second(demo_song: Path, folder: Path) -> None:
    """Of some renders, in one: a machine may stand still for longer, though not each time."""
    assert any(longest_silence(demo_song, folder) < 1.5 for _ in range(5))


def longest_silence(song: Path, folder: Path) -> float:
    """Seconds between two lines of a render that takes some, at most."""
    child = start("render", song, "--size", "720p", "--end", "6", "--json", cwd=folder)
    assert child.stdout is not None

    moments = []
    for _ in child.stdout:
        moments.append(time.monotonic())
    child.communicate(timeout=60)

    assert child.returncode == 0
    assert len(moments) > 3
    return max(after - before for before, after in pairwise(moments))


def test_a_log_gets_plain_lines_and_no_bar(song: Path, folder: Path) -> None:
    done = oriel("render", song, *SMALL, cwd=folder)

    assert "\x1b" not in done.stdout + done.stderr
    assert "\r" not in done.stdout + done.stderr


def test_a_terminal_gets_a_bar_with_pace_and_time_left(demo_song: Path, folder: Path) -> None:
    ours, theirs = pty.openpty()
    words = ["render", str(demo_song), "--size", "320x180", "--end", "10"]
    command = [sys.executable, "-m", "oriel", *words]
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100"}
    child = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=theirs, text=True
    )
    os.close(theirs)

    shown = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # the terminal is gone with the child
            break
        if not part:
            break
        shown += part
    os.close(ours)
    output, _ = child.communicate(timeout=60)

    screen = shown.decode()
    assert child.returncode == 0
    assert "━" in screen
    assert "/300 frames, " in screen
    assert " a second" in screen
    assert "0:00:0" in screen
    assert "300 frames of 320×180" in output


@pytest.mark.parametrize(
    ("signum", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)],
    ids=["Ctrl-C", "SIGTERM", "SIGHUP"],
)
def test_an_interrupted_render_leaves_one_sentence_and_no_file(
    demo_song: Path, folder: Path, signum: signal.Signals, code: int
) -> None:
    before = signal.signal(signum, signal.default_int_handler)  # these tests may run under nohup
    child = start("render", demo_song, "--json", cwd=folder)
    signal.signal(signum, before)
    assert child.stdout is not None
    while json.loads(child.stdout.readline())["frame"] == 0:
        pass

    child.send_signal(signum)
    _, complaint = child.communicate(timeout=60)

    assert child.returncode == code
    assert complaint.count("\n") == 1
    assert "Traceback" not in complaint
    assert list(folder.iterdir()) == []


def test_a_render_started_with_nohup_outlives_its_terminal(song: Path, folder: Path) -> None:
    command = ["nohup", sys.executable, "-m", "oriel", "render", str(song), *SMALL, "--json"]
    pipe = subprocess.PIPE
    child = subprocess.Popen(
        [*command, "-o", "a.mp4"], cwd=folder, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe
    )
    assert child.stdout is not None
    child.stdout.readline()

    child.send_signal(signal.SIGHUP)
    child.communicate(timeout=60)

    assert child.returncode == 0
    assert [path.name for path in folder.iterdir()] == ["a.mp4"]


@pytest.mark.parametrize("command", [["render"], ["frame", "--at", "1"], ["bands"]], ids=" ".join)
def test_the_song_is_never_written_over(song: Path, folder: Path, command: list[str]) -> None:
    suffix = ".mp4" if command == ["render"] else ".png"  # what a file is, its content says
    music = (folder / f"music{suffix}").resolve()
    music.write_bytes(song.read_bytes())
    (folder / f"link{suffix}").symlink_to(music)

    done = oriel(*command, music, "-o", f"link{suffix}", cwd=folder)

    assert done.returncode == 2
    assert f"link{suffix} is the song itself" in done.stderr
    assert music.read_bytes() == song.read_bytes()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["render", "nothing.wav"], "nothing.wav"),
        (["render", "SONG", "--fps", "0"], "frame rate"),
        (["render", "SONG", "--fps", "-30"], "frame rate"),
        (["render", "SONG", "--fps", "1000000"], "frame rate"),
        (["render", "SONG", "--size", "16385x16"], "16385"),
        (["render", "SONG", "--size", "huge"], "huge"),
        (["render", "SONG", "--start", "soon"], "soon"),
        (["render", "SONG", "--start", "9", "--end", "3"], "nothing to render"),
        (["render", "SONG", "--frames", "7"], "'7'"),
        (["render", "SONG", "--look", "nicest"], "nicest"),
        (["render", "SONG", "--set", "shape=cub"], "cube"),
        (["render", "SONG", "--set", "glow"], "key=value"),
        (["render", "SONG", "--codec", "divx"], "divx"),
        (["render", "SONG", "--quality", "52"], "52"),
        (["render", "SONG", "-o", "missing/a.mp4"], "missing"),
        (["render", "SONG", "-o", "a.avi"], ".avi"),
        (["render", "SONG", "-o", "a" * 300 + ".mp4"], "name too long"),
        (["render", "a" * 300], "name too long"),
        (["render", "SONG", "-o", "SONG"], "the song itself"),
        (["render", "SONG", "--device", "40"], "40"),
        (["render"], "SONG"),
        (["render", "SONG", "--colour", "red"], "--colour"),
        (["rendr"], "render"),
        (["list", "songs"], "shapes"),
        (["frame", "SONG"], "--at"),
        (["frame", "SONG", "--at", "99"], "2.00 s long"),
        (["frame", "SONG", "--at", "1", "-o", "a.gif"], ".png"),
        (["bands", "SONG", "-o", "a.txt"], ".csv"),
        (["bands", "."], "folder"),
    ],
    ids=lambda value: " ".join(value[1:]) if isinstance(value, list) else "",
)
def test_the_user_s_mistake_is_one_sentence_and_exit_2(
    song: Path, folder: Path, words: list[str], said: str
) -> None:
    done = oriel(*(str(song) if word == "SONG" else word for word in words), cwd=folder)

    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""
    assert list(folder.iterdir()) == []


def test_a_fault_of_ours_is_one_sentence_and_exit_1_and_debug_shows_where(folder: Path) -> None:
    program = (
        "import sys, typer\nfrom oriel import exits\n"
        "app = typer.Typer()\n"
        "@app.command()\ndef fail() -> None:\n    raise ZeroDivisionError('by design')\n"
        "exits.run(app, sys.argv[1:])\n"
    )
    command = [sys.executable, "-c", program]

    plain = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    debug = subprocess.run([*command, "--debug"], capture_output=True, text=True, cwd=folder)

    assert plain.returncode == 1
    assert plain.stderr.count("\n") == 1
    assert "ZeroDivisionError: by design" in plain.stderr
    assert debug.returncode == 1
    assert "Traceback" in debug.stderr


def test_one_picture_is_drawn(song: Path, folder: Path) -> None:
    from PIL import Image

    done = oriel("frame", song, "--at", "1.5", "--size", "63x35", "-o", "a.png", cwd=folder)

    assert done.returncode == 0, done.stderr
    with Image.open(folder / "a.png") as picture:
        assert picture.size == (63, 35)
        assert picture.getextrema() != ((0, 0), (0, 0), (0, 0))


def test_bands_are_written_for_programs(song: Path, folder: Path) -> None:
    done = oriel("bands", song, "--fps", "25", "-o", "a.json", cwd=folder)

    assert done.returncode == 0, done.stderr
    heard = json.loads((folder / "a.json").read_text())
    assert heard["fps"] == "25"
    assert len(heard["frames"]["bass"]) == 50


@pytest.mark.parametrize(
    ("kind", "one"), [("shapes", "torusKnot"), ("looks", "default"), ("effects", "vignette")]
)
def test_what_there_is_can_be_listed_for_people_and_programs(
    folder: Path, kind: str, one: str
) -> None:
    people = oriel("list", kind, cwd=folder)
    programs = oriel("list", kind, "--json", cwd=folder)

    assert one in people.stdout
    assert one in [row["name"] for row in json.loads(programs.stdout)[kind]]


def test_encoders_are_listed_with_whether_they_work(folder: Path) -> None:
    done = oriel("list", "encoders", cwd=folder)

    assert "libx264     h264    works" in done.stdout
    assert done.stderr == ""


def test_a_name_that_is_no_text_is_no_error(folder: Path) -> None:
    done = oriel("render", os.fsdecode(b"caf\xe9.mp3"), cwd=folder)

    assert done.returncode == 2
    assert done.stderr.count("\n") == 1


def test_the_version_and_the_help_are_told(folder: Path) -> None:
    from oriel import __version__

    assert oriel("--version", cwd=folder).stdout == f"oriel {__version__}\n"
    assert "render" in oriel("--help", cwd=folder).stdout
    assert "render" in oriel(cwd=folder).stdout


@pytest.mark.parametrize("group", ["db", "admin"])
def test_a_group_alone_tells_what_is_in_it_and_cuts_nothing_short(group: str, folder: Path) -> None:
    done = oriel(group, cwd=folder)

    assert (done.returncode, done.stderr) == (0, "")
    assert "Commands:" in done.stdout
    assert "..." not in done.stdout.partition("Commands:")[2]


def test_a_slip_is_told_with_whose_help_tells_more(folder: Path) -> None:
    option = oriel("render", "--fsp", "30", cwd=folder)
    value = oriel("render", "song.mp3", "--look", cwd=folder)
    inner = oriel("admin", "create", "--email", cwd=folder)
    choice = oriel("list", "loks", cwd=folder)
    number = oriel("serve", "--port", "99999", cwd=folder)

    assert option.stderr.startswith("No such option: --fsp; there is --fps, ")
    assert option.stderr.endswith("(oriel render --help tells what there is)\n")
    assert value.stderr.endswith("(oriel render --help tells what there is)\n")
    assert inner.stderr.endswith("(oriel admin create --help tells what there is)\n")
    assert choice.stderr.startswith("Invalid value for 'KIND': 'loks' is not one of")
    assert "for '--port': it must be at most 65535 (" in number.stderr
