"""Words for Oriel's command go in; how long its process took, and its memory, come out."""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Runs the command, but says so and leaves as soon as the first frame went to the encoder.
_FIRST_FRAME = """
import contextlib, os, sys
from oriel import cli, progress

@contextlib.contextmanager
def reporter(**_):
    def report(now):
        os.write(1, b"drawn")
        os._exit(0)
    yield report

progress.reporter = reporter
cli.main()
"""

BEAT = ("--set", "effects.zoom_pulse={}")
"""Options of a look that wants the beat, for which librosa is loaded."""

# A process counts as its own what its parent held when it was started, so a small one starts it
# and tells the peak of its memory, in KiB, to the given file descriptor.
_SMALL_PARENT = """
import os, sys
descriptor, *command = sys.argv[1:]
_, status, used = os.wait4(os.posix_spawn(command[0], command, os.environ), 0)
os.write(int(descriptor), str(used.ru_maxrss).encode())
sys.exit(os.waitstatus_to_exitcode(status))
"""


@dataclass(frozen=True)
class Run:
    """A finished process: wall clock from before its start to after its end, peak of its memory.

    `fps` are frames a second of the whole; `drawing_fps` those from the first frame's start on,
    as the program told them last; `result` is its last line.
    """

    seconds: float
    peak_mb: float
    fps: float
    drawing_fps: float
    result: dict[str, Any]


def render(song: Path, out: Path, *options: str) -> Run:
    """`oriel render --json` in a process of its own."""
    command = [sys.executable, "-m", "oriel", "render", str(song), "--out", str(out), "--json"]
    reading, writing = os.pipe()
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _SMALL_PARENT, str(writing), *command, *options],
        stdout=subprocess.PIPE,
        pass_fds=[writing],
        check=True,
    )
    seconds = time.perf_counter() - began
    os.close(writing)
    with os.fdopen(reading) as told:
        peak_mb = int(told.read()) / 1024
    lines = done.stdout.splitlines()
    progress, result = (json.loads(line) for line in lines[-2:])
    return Run(
        seconds=seconds,
        peak_mb=peak_mb,
        fps=result["frames"] / seconds,
        drawing_fps=progress["fps"],
        result=result,
    )


def first_frame(song: Path, out: Path, *options: str) -> float:
    """Seconds from the start of `oriel render` until its first frame was handed to the encoder."""
    words = ["render", str(song), "--out", str(out), *options]
    began = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-c", _FIRST_FRAME, *words], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        said = process.stdout.read(5)
        seconds = time.perf_counter() - began
    if said != b"drawn":
        raise RuntimeError(f"oriel {' '.join(words)} drew nothing")
    return seconds


def help_text() -> float:
    """Seconds that `oriel --help` takes, by the installed command."""
    command = [str(Path(sys.executable).with_name("oriel")), "--help"]
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - began
