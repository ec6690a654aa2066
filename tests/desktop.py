"""A desktop without a screen (Xvfb) and a running `oriel window` on it, for the tests of the window."""

import os
import shutil
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import oriel

PACKAGE = Path(oriel.__file__).parent
PATIENCE = 120.0  # seconds; a busy machine draws slowly


def missing() -> str | None:
    """What these tests lack here, as a sentence."""
    lacking = [name for name in ("Xvfb", "xdotool") if shutil.which(name) is None]
    if not lacking:
        return None
    return f"Not installed: {', '.join(lacking)} (apt-get install xvfb xdotool)."


@dataclass(frozen=True)
class Desktop:
    """A running X server and the file that it keeps its screen in."""

    display: str
    screen: Path

    def pixels(self) -> NDArray[np.uint8]:
        """What the screen shows: (height, width, 3) sRGB. The file is an X window dump."""
        raw = self.screen.read_bytes()
        header = struct.unpack(">25I", raw[:100])
        width, height, line, colours = header[4], header[5], header[12], header[19]
        begin = header[0] + 12 * colours
        rows = np.frombuffer(raw, np.uint8, height * line, begin).reshape(height, line)
        return rows[:, : 4 * width].reshape(height, width, 4)[:, :, 2::-1]

    def press(self, key: str) -> None:
        """Press and release a key, as from the keyboard."""
        subprocess.run(["xdotool", "key", key], env=self.environment(), check=True)

    def environment(self) -> dict[str, str]:
        """The variables of a program that is to run on this desktop."""
        kept = {k: v for k, v in os.environ.items() if k not in ("WAYLAND_DISPLAY", "DISPLAY")}
        return kept | {"DISPLAY": self.display, "XDG_SESSION_TYPE": "x11"}


@contextmanager
def desktop(folder: Path, size: tuple[int, int] = (640, 480)) -> Iterator[Desktop]:
    """An X server of its own with a screen of this size, ended at the end."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", f"{size[0]}x{size[1]}x24"]
    server = subprocess.Popen(
        [*command, "-fbdir", str(folder), "-nolisten", "tcp"],
        pass_fds=[writing],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    with os.fdopen(reading) as answer:
        number = answer.readline().strip()
    try:
        yield Desktop(f":{number}", folder / "Xvfb_screen0")
    finally:
        server.terminate()
        server.wait()


@pytest.fixture(scope="module")
def screen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desktop]:
    """A desktop that the tests of a module share."""
    if (lack := missing()) is not None:
        pytest.skip(lack)
    with desktop(tmp_path_factory.mktemp("screen")) as opened:
        yield opened


@dataclass(frozen=True)
class Window:
    """A running `oriel window` and the file that it writes its sentences to."""

    process: subprocess.Popen[bytes]
    folder: Path

    def said(self) -> str:
        """All that it has told so far."""
        return (self.folder / "said.txt").read_text("utf-8")

    def saved(self) -> list[Path]:
        """The pictures that it says it has saved, in turn."""
        lines = [line for line in self.said().splitlines() if line.startswith("Saved ")]
        return [self.folder / line.removeprefix("Saved ") for line in lines]


@contextmanager
def window(on: Desktop, folder: Path, song: Path, *options: str) -> Iterator[Window]:
    """`oriel window` with these options, from a copy of the package in `folder`."""
    if not (folder / "oriel").exists():
        shutil.copytree(PACKAGE, folder / "oriel", ignore=shutil.ignore_patterns("__pycache__"))
    with (folder / "said.txt").open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "oriel", "window", str(song), "--silent", *options],
            cwd=folder,
            env=on.environment(),
            stdout=said,
            stderr=said,
        )
    try:
        yield Window(process, folder)
    finally:
        process.kill()
        process.wait()


def until(true: Callable[[], bool], what: str) -> None:
    """Wait until something is true; fail with what it was after some patience."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, f"this did not happen: {what}"
        time.sleep(0.05)
