"""Arguments of `python -m oriel` go in; a limited child runs them, and how it ended comes out."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from oriel.errors import NO_MEMORY, TOO_LARGE_A_FILE
from oriel.jobs import leftovers, tasks, view

_CONFINE = Path(__file__).with_name("confine.py")
BWRAP = "/usr/bin/bwrap"
_LONGEST_LINE = 1 << 20  # bytes of one line that a child prints
_TAIL = 16_000  # letters of its log that are kept
_GONE_SECONDS = 5.0
_OUT_OF_TIME = (-signal.SIGXCPU, 128 + signal.SIGXCPU)  # the latter is bubblewrap's word for it

Told = Callable[[dict[str, Any]], None]
Why = Literal["ended", "stopped", "too long"]


@dataclass(frozen=True)
class Limits:
    """What a child may use: `wall_seconds` on the clock, `memory_bytes` of addresses.

    Beside a graphics card `data_bytes` takes their place, of memory that it alone writes: drivers
    reserve more addresses than there is memory, and map the card's own, which is shared.
    """

    wall_seconds: float
    cpu_seconds: int | None = None
    memory_bytes: int | None = None
    data_bytes: int | None = None
    file_bytes: int | None = None


@dataclass(frozen=True)
class Ended:
    """How a child ended: its exit code (negative: the signal), its last JSON line, its log's end."""

    code: int
    result: dict[str, Any]
    log: str
    why: Why = "ended"

    @property
    def lacked_memory(self) -> bool:
        """Whether it asked for more memory than it may have, and could still say so."""
        return self.code != 0 and self.sentence == NO_MEMORY

    @property
    def outgrew_its_file(self) -> bool:
        """Whether it was to write a larger file than it may."""
        return self.code != 0 and self.sentence == TOO_LARGE_A_FILE

    @property
    def sentence(self) -> str:
        """The last thing that it said to a person."""
        lines = [line for line in self.log.splitlines() if line.strip()]
        return lines[-1] if lines else f"It ended with {self.code} and without a word."


@dataclass(frozen=True)
class Sandbox:
    """What surrounds children: `bwrap` where it works, with what `view` shows of this machine.

    `environment` is what children get to see of ours, `cards` the graphics cards' devices;
    `oriel` is what they run, and `tasks` how many processes and threads each may have.
    """

    bwrap: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    cards: tuple[str, ...] = ()
    oriel: tuple[str, ...] = (sys.executable, "-m", "oriel")
    tasks: int = field(default_factory=tasks.most)

    def program(self, arguments: Sequence[str], folder: Path, inputs: Sequence[Path]) -> list[str]:
        """The whole command; it may write in `folder` and read `inputs`, both absolute."""
        oriel = [*self.oriel, *arguments]
        if not self.bwrap:
            return oriel
        shown = [word for path in inputs for word in ("--ro-bind", str(path), str(path))]
        return [
            BWRAP,
            *("--unshare-all", "--die-with-parent", "--cap-drop", "ALL"),
            *("--dev", "/dev", "--proc", "/proc", *view.shown()),
            *(word for card in self.cards for word in ("--dev-bind-try", card, card)),
            *shown,
            # Files that are memory would be counted by none of its limits.
            *("--bind", str(folder), "/dev/shm", "--remount-ro", "/dev"),  # nosec B108 # the child's own
            *("--bind", str(folder), str(folder), "--remount-ro", "/"),
            *("--chdir", str(folder), "--"),
            *tasks.limited(self.tasks),
            *oriel,
        ]


async def run(
    around: Sandbox,
    arguments: Sequence[str],
    *,
    folder: Path,
    inputs: Sequence[Path],
    limits: Limits,
    stop: asyncio.Event,
    told: Told = lambda line: None,
) -> Ended:
    """Run `oriel` with these arguments in `folder`, and kill it as soon as `stop` is set.

    `told` gets each JSON line that it prints, as it comes. Of what it leaves in `folder` only files and
    folders stay.
    """
    process = await asyncio.create_subprocess_exec(
        *_launched(around, arguments, folder, inputs, limits),
        cwd=folder,
        env={**around.environment, **_own(folder)},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=_LONGEST_LINE,
        start_new_session=True,
    )
    last: dict[str, Any] = {}

    def line(text: bytes) -> None:
        with suppress(ValueError):
            document = json.loads(text)
            if isinstance(document, dict):
                last.clear()
                last.update(document)
                told(document)

    assert process.stdout is not None
    assert process.stderr is not None
    reading = asyncio.create_task(_lines(process.stdout, line))
    logging_ = asyncio.create_task(_tail(process.stderr))
    why: Why = "stopped"
    try:
        why = await _until(process, stop, limits.wall_seconds)
    finally:
        await _killed(process)
        await asyncio.wait([reading, logging_], timeout=_GONE_SECONDS)
        reading.cancel()
        logging_.cancel()
        await asyncio.to_thread(leftovers.clean, folder)
    log = logging_.result() if logging_.done() and not logging_.cancelled() else ""
    return Ended(process.returncode or 0, last, log, why)


def compiled_in(folder: Path) -> Path:
    """Where a child of this folder looks for what librosa had compiled, and leaves it."""
    return folder / "numba"


def _own(folder: Path) -> dict[str, str]:
    place = str(folder)
    return {"HOME": place, "TMPDIR": place, "NUMBA_CACHE_DIR": str(compiled_in(folder))}


def _launched(
    around: Sandbox,
    arguments: Sequence[str],
    folder: Path,
    inputs: Sequence[Path],
    limits: Limits,
) -> list[str]:
    given = asdict(limits) | {"alone": not around.bwrap, "patient": True}
    program = around.program(arguments, folder, inputs)
    return [sys.executable, "-I", "-S", str(_CONFINE), json.dumps(given), *program]


async def _until(process: asyncio.subprocess.Process, stop: asyncio.Event, longest: float) -> Why:
    ended = asyncio.create_task(process.wait())
    asked = asyncio.create_task(stop.wait())
    try:
        done, _ = await asyncio.wait(
            [ended, asked], timeout=longest, return_when=asyncio.FIRST_COMPLETED
        )
    finally:
        ended.cancel()
        asked.cancel()
    if ended in done:
        return "too long" if process.returncode in _OUT_OF_TIME else "ended"
    return "stopped" if asked in done else "too long"


async def _killed(process: asyncio.subprocess.Process) -> None:
    """The child and everything that it started are gone."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


async def _lines(stream: asyncio.StreamReader, line: Callable[[bytes], None]) -> None:
    while True:
        try:
            text = await stream.readline()
        except ValueError:  # a line that never ends; what follows is read
            continue
        if not text:
            return
        line(text)


async def _tail(stream: asyncio.StreamReader) -> str:
    kept = b""
    while piece := await stream.read(_LONGEST_LINE):
        kept = (kept + piece)[-_TAIL:]
    return kept.decode(errors="replace")
