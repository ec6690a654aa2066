"""Each child of a real worker is within the limits of its stage, and what goes over them is told.

In Oriel's place the children run a stand-in, which says its limits and makes files of the right
names; or spends, while it draws, what its song is named for.
"""

import io
import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from databases import on_sqlite
from ordering import an_order, balance
from working import SMALL, Works

from oriel.service.leases import MOST_STARTS
from oriel.service.models import Render

MIB, GIB = 1 << 20, 1 << 30
CORES = os.cpu_count() or 1
FRAMES, SEGMENT_FRAMES = 120, 60
WITHOUT = -1  # a limit

STAND_IN = """
import json, resource, sys
from pathlib import Path
command, *words = sys.argv[1:]
kinds = ("AS", "DATA", "FSIZE", "CPU", "CORE")
limits = [resource.getrlimit(getattr(resource, f"RLIMIT_{kind}"))[0] for kind in kinds]
print(json.dumps([command, *limits]), file=sys.stderr)
named = {word: Path(words[number]) for number, word in enumerate(words[:-1], 1)}
song = Path(words[0]).read_bytes() if command == "render" else b""
if song == b"memory":
    from oriel import exits
    exits.run(lambda **given: bytearray(33 << 30), [])
elif song == b"time":
    resource.setrlimit(resource.RLIMIT_CPU, (1, 5))  # nobody waits for the real one
    while True:
        pass
elif song == b"file":
    from oriel import exits, partial
    def write(**given):
        file = partial.Partial(named["--out"])
        try:
            file.seek(9 << 30)
            file.write(b"more")
        except OSError as error:
            raise partial.sentence(error, named["--out"]) from error
    exits.run(write, [])
elif command == "probe":
    print(json.dumps({"seconds": 3.0, "codec": "pcm", "title": None, "artist": None}))
elif command == "bands" and named["--out"].suffix == ".json":
    named["--out"].write_text('{"tempo": 0, "beats": []}')
elif command == "bands":
    named["--out"].write_bytes(BANDS)
else:
    (Path(words[0]) if command == "join" else named["--out"]).touch()
"""


def stand_in() -> tuple[str, ...]:
    """The words that run it."""
    file = io.BytesIO()
    np.savez_compressed(file, bass=np.zeros(FRAMES), tempo=0.0, beats=np.zeros(0))
    return sys.executable, "-c", f"BANDS = {file.getvalue()!r}\n{STAND_IN}"


@on_sqlite
@pytest.mark.parametrize("gpu", [None, 0], ids=["on processors", "on a card"])
async def test_each_child_of_a_worker_is_within_the_limits_of_its_stage(
    workplace: Works, tmp_path: Path, gpu: int | None, caplog: pytest.LogCaptureFixture
) -> None:
    """docs/security.md tells them."""
    caplog.set_level(logging.DEBUG, "oriel.jobs.workshop")

    async with workplace.at_work(gpu, oriel=stand_in()):
        render = await workplace.order(named(tmp_path, "good"), an_order(sizes=SMALL))
        done = await workplace.until_ended(render.id)

    assert done.status == "done", done.log
    drawing = (32 * GIB, WITHOUT) if gpu is None else (WITHOUT, 32 * GIB)
    whole = (8 * GIB, WITHOUT, 64 * GIB, (300 + FRAMES // 10) * CORES, 0)
    assert set(told(caplog)) == {
        ("probe", 4 * GIB, WITHOUT, MIB, 180, 0),
        ("bands", 16 * GIB, WITHOUT, GIB, 600 * CORES, 0),
        ("render", *drawing, 8 * GIB, (120 + 5 * SEGMENT_FRAMES) * CORES, 0),
        ("poster", 4 * GIB, WITHOUT, 64 * MIB, 60, 0),  # while other parts are drawn
        ("join", *whole),
        ("poster", *whole),
    }


@on_sqlite
async def test_a_render_that_goes_over_a_limit_fails_with_a_sentence_and_costs_nothing(
    workplace: Works, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with workplace.at_work(slots=3, oriel=stand_in()):
        renders = {
            kind: await workplace.order(named(tmp_path, kind), an_order(sizes=SMALL, end=1.0))
            for kind in ("memory", "time", "file")
        }
        failed = {kind: await workplace.until_ended(one.id) for kind, one in renders.items()}

    assert {kind: (one.error_code, one.error_message) for kind, one in failed.items()} == {
        "memory": (
            "too_much_memory",
            "Making the video took too much memory: order a smaller size, or a shorter part of the"
            " song.",
        ),
        "time": (
            "took_too_long",
            "Making the video took too long: order a shorter part of the song, or a smaller size.",
        ),
        "file": (
            "video_too_large",
            "The video would be too large a file: order a smaller size, a lower quality, or a"
            " shorter part of the song.",
        ),
    }
    starts = {kind: starts_of(one, caplog) for kind, one in failed.items()}
    assert starts == {"memory": MOST_STARTS, "time": MOST_STARTS, "file": 1}
    for render in failed.values():
        assert render.status == "failed"
        assert await balance(workplace.database, render.user_id) == 5


def starts_of(failed: Render, caplog: pytest.LogCaptureFixture) -> int:
    """How often a render was begun to be drawn and failed, as its own sentence tells."""
    ends = f" failed: {failed.error_message}"
    return sum(record.getMessage().endswith(ends) for record in caplog.records)


def named(folder: Path, kind: str) -> Path:
    """A song for the stand-in."""
    path = folder / kind
    path.write_text(kind)
    return path


def told(caplog: pytest.LogCaptureFixture) -> list[tuple[Any, ...]]:
    """What the children said of their limits."""
    lines = [record.getMessage() for record in caplog.records]
    return [tuple(json.loads(line)) for line in lines if line.startswith('["')]
