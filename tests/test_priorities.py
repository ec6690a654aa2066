"""No encoder makes Oriel a real-time process, which would take the whole machine for itself."""

import os
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import film
import pytest

from oriel import encoders
from oriel.video import Writer


def policies() -> set[int]:
    """How the system's scheduler treats each of this process's threads."""
    found = set()
    for thread in Path("/proc/self/task").iterdir():
        with suppress(ProcessLookupError):  # it has ended
            found.add(os.sched_getscheduler(int(thread.name)))
    return found


def niceness() -> dict[int, int]:
    """How far each of this process's threads gives way to others."""
    found = {}
    for thread in Path("/proc/self/task").iterdir():
        with suppress(ProcessLookupError):  # it has ended
            found[int(thread.name)] = os.getpriority(os.PRIO_PROCESS, int(thread.name))
    return found


@pytest.fixture
def ordinary() -> Iterator[None]:
    """A process that is ordinary before, and, whatever a test finds, afterwards."""
    assert policies() <= {os.SCHED_OTHER, os.SCHED_BATCH}
    yield
    for thread in Path("/proc/self/task").iterdir():
        with suppress(ProcessLookupError):
            if os.sched_getscheduler(int(thread.name)) in (os.SCHED_FIFO, os.SCHED_RR):
                os.sched_setscheduler(int(thread.name), os.SCHED_OTHER, os.sched_param(0))


@pytest.mark.parametrize("name", [e.name for e in encoders.ENCODERS.values() if not e.hardware])
def test_trying_an_encoder_leaves_every_thread_as_ordinary_as_before(
    name: str, ordinary: None
) -> None:
    encoders.probe.cache_clear()

    assert encoders.probe(name) is None

    assert policies() <= {os.SCHED_OTHER, os.SCHED_BATCH}


@pytest.mark.parametrize("codec", ["h264", "hevc", "av1"])
def test_writing_a_video_leaves_every_thread_as_ordinary_as_before(
    codec: str, tmp_path: Path, ordinary: None
) -> None:
    seen = set()

    with Writer(tmp_path / "a.mp4", (160, 96), Fraction(30), 6, codec=codec) as writer:
        for index in range(6):
            writer.write(*film.planes((160, 96), index))
            seen |= policies()

    assert seen | policies() <= {os.SCHED_OTHER, os.SCHED_BATCH}


def test_encoding_gives_way_to_drawing(tmp_path: Path, ordinary: None) -> None:
    before = niceness()

    with Writer(tmp_path / "a.mp4", (160, 96), Fraction(30), 6, codec="h264") as writer:
        for index in range(6):
            writer.write(*film.planes((160, 96), index))
        during = niceness()

    made = [during[thread] for thread in during.keys() - before.keys()]
    assert made
    assert min(made) > os.getpriority(os.PRIO_PROCESS, 0)
    assert all(during[thread] == before[thread] for thread in before.keys() & during.keys())
