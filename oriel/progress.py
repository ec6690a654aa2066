"""Progress of a render goes in; a bar, plain lines or JSON lines come out."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any, Protocol, TextIO

from oriel.errors import BadOutput


class Progress(Protocol):
    """How far a render is: `frame` of `of` are written, at `fps` frames per second lately."""

    @property
    def frame(self) -> int:
        """Frames that are written."""

    @property
    def of(self) -> int:
        """Frames that there will be."""

    @property
    def fps(self) -> float:
        """Frames written per second."""


Report = Callable[[Progress], None]

JSON_EVERY = 0.5  # seconds; programs are promised a line each second
LINES_EVERY = 5.0  # seconds; a log that nobody watches


def reporter(*, as_json: bool, out: TextIO, log: TextIO) -> AbstractContextManager[Report]:
    """The way to tell progress that fits: JSON to `out`; to `log` a bar, or lines if no terminal."""
    if as_json:
        return json_lines(out)
    return bar(log) if log.isatty() else lines(log)


@contextmanager
def bar(stream: TextIO) -> Iterator[Report]:
    """A bar with frames per second and the time left, gone when the work is done."""
    from rich import progress
    from rich.console import Console

    columns = (
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.TaskProgressColumn(),
        progress.TextColumn("{task.fields[pace]}"),
        progress.TimeRemainingColumn(),
    )
    with progress.Progress(*columns, console=Console(file=stream), transient=True) as shown:
        task = shown.add_task("Listening", total=None, pace="")

        def report(now: Progress) -> None:
            pace = f"{now.frame}/{now.of} frames, {now.fps:.1f} a second"
            shown.update(task, description="Drawing", completed=now.frame, total=now.of, pace=pace)

        yield report


@contextmanager
def lines(stream: TextIO, every: float = LINES_EVERY) -> Iterator[Report]:
    """A plain line now and then."""
    told = time.monotonic()

    def report(now: Progress) -> None:
        nonlocal told
        if time.monotonic() - told >= every:
            told = time.monotonic()
            left = (now.of - now.frame) / now.fps if now.fps else 0.0
            pace = f"{now.fps:.1f} a second, {left:.0f} s left"
            with suppress(OSError):  # a log that is full or gone stops no render
                print(f"{now.frame} of {now.of} frames, {pace}", file=stream, flush=True)

    yield report


@contextmanager
def json_lines(stream: TextIO, every: float = JSON_EVERY) -> Iterator[Report]:
    """A JSON line each `every` seconds, from a thread, so that a slow frame is no silence.

    `of` is null until the song has been heard and the number of frames is known.  A stream that
    fails is told of when the work is done: it does not spoil the work.
    """
    state: dict[str, Any] = {"frame": 0, "of": None, "fps": 0.0}
    done = threading.Event()
    failures: list[OSError | BadOutput] = []

    def report(now: Progress) -> None:
        nonlocal state
        state = {"frame": now.frame, "of": now.of, "fps": round(now.fps, 1)}

    def tell() -> None:
        while not failures and not done.wait(every):
            try:
                write_json(state, stream)
            except (OSError, BadOutput) as error:
                failures.append(error)

    teller = threading.Thread(target=tell, name="progress", daemon=True)
    teller.start()
    try:
        yield report
    finally:
        done.set()
        teller.join()
    if failures:
        raise failures[0]
    write_json(state, stream)


def write_json(document: dict[str, Any], stream: TextIO) -> None:
    """One JSON document on one line, sent as `write` does."""
    write(json.dumps(document, allow_nan=False), stream)


def write(text: str, stream: TextIO) -> None:
    """A text and the line's end, sent at once; raises BadOutput where it cannot be written.

    A reader that has left is BrokenPipeError: it may have read all that it wanted.
    """
    try:
        stream.write(f"{text}\n")
        stream.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise BadOutput(
            f"What Oriel prints cannot be written: {error.strerror}; send it elsewhere"
        ) from error
