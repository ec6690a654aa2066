"""Hostile songs, by number, are each heard as a worker hears one, beat and all; how each ended, out.

Its own commands, `oriel probe` and `oriel bands`, in its sandbox and within its stages' limits, and
it reads what they made.
"""

import asyncio
import os
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import mutations
from oriel import compiled
from oriel.jobs import child, findings, listening, walls
from oriel.jobs.child import Ended, Limits, Sandbox
from oriel.jobs.compiled import Compiled
from oriel.service.settings import harmless
from oriel.web.api import sniff

SHARE = 21  # one song of so many: of each twentieth, each would be a known trap
_LONGEST_SONG = "1200"  # seconds; the service's own default
_BAD_SONG = 2  # the exit code that blames it
_SENTENCE = 500  # letters that it may have


@dataclass
class Found:
    """What became of the songs; `unclear` were neither heard nor refused in a sentence."""

    became: Counter[str] = field(default_factory=Counter)
    unclear: list[str] = field(default_factory=list)
    worst_seconds: float = 0.0


async def measure(numbers: Iterable[int], at_once: int = os.cpu_count() or 1) -> Found:
    """Have these songs heard, some at once."""
    found, turns = Found(), asyncio.Semaphore(at_once)
    with tempfile.TemporaryDirectory(prefix="oriel-alone-") as name:
        scratch = Path(name)
        (trial := scratch / "trial").mkdir()
        around = await walls.sandbox(harmless(), trial)
        lender = Compiled(compiled.folder(), around, scratch)
        await lender.fill()

        async def one(number: int) -> None:
            async with turns:
                (place := scratch / str(number)).mkdir()
                await _heard(around, lender, place, number, found)

        await asyncio.gather(*(one(number) for number in numbers))
    return found


async def _heard(around: Sandbox, lender: Compiled, place: Path, number: int, found: Found) -> None:
    did, content = mutations.song(number)
    if sniff.kind(content[: sniff.NEEDED]) is None:
        found.became["refused by their first bytes"] += 1
        return
    for folder in ("song", "work"):
        (place / folder).mkdir()
    song = place / "song" / "song"
    song.write_bytes(content)
    began = time.monotonic()
    ended, made = await _by_commands(around, lender, song, place / "work")
    found.worst_seconds = max(found.worst_seconds, time.monotonic() - began)
    if ended.code == _BAD_SONG and 0 < len(ended.sentence) < _SENTENCE:
        found.became["refused"] += 1
    elif ended.code == 0 and await asyncio.to_thread(_is_read, made):
        found.became["heard"] += 1
    else:
        found.became["unclear"] += 1
        told = f"{ended.why}, {ended.code}: {ended.sentence[:200]}"
        found.unclear.append(f"{number} {did}: {told}")


def _is_read(made: Path) -> bool:
    """Whether the worker believes what it is told of the beat."""
    with suppress(ValueError):
        return bool(findings.rhythm(made))
    return False


async def _by_commands(
    around: Sandbox, lender: Compiled, song: Path, work: Path
) -> tuple[Ended, Path]:
    """How the last of them ended, and where it puts what was heard."""

    async def oriel(limits: Limits, *words: str) -> Ended:
        return await child.run(
            *(around, words),
            folder=work,
            inputs=[song.parent],
            limits=limits,
            stop=asyncio.Event(),
        )

    made = work / "rhythm.json"
    ended = await oriel(listening.PROBING, "probe", str(song), "--longest", _LONGEST_SONG, "--json")
    if ended.code == 0:
        await lender.lend(work)
        ended = await oriel(listening.HEARING, "bands", str(song), "--out", str(made), "--fps", "1")
    return ended, made
