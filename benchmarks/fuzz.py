"""Hostile songs, by number, meet what a worker does with a song, in the same limits and sandbox.

Each must be refused in a sentence, or be heard. A child may die of one; nobody else may. Starting a
child takes longer than a small song, so most are heard many a child, without a beat and within a
batch's limits; a share of them by a child each, as workers do it (`benchmarks.alone`). Payment events
that are signed and hold what nobody expects are kept or refused, without a fault.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import alone, mutations, webhooks
from benchmarks.table import NONE, Goal, Row
from oriel.jobs import child, walls
from oriel.jobs.child import Limits
from oriel.service.settings import harmless
from oriel.web.api import sniff

SHORT, LONG = 10_000, 50_000  # songs
_EVENTS = 2_000
_BATCH = 250  # of one child
_LONGEST_SONG = 1200.0  # seconds; the service's own default
_LONGEST = 20.0  # seconds that a small file may take
_MEMORY = 1 << 30  # bytes of addresses of a child: a quarter of what probing may have
_PROBER = (sys.executable, "-c", Path(__file__).with_name("prober.py").read_text("utf-8"))


@dataclass
class Found:
    """What became of the songs, by what was done to them; how long and how much the worst took."""

    became: Counter[str] = field(default_factory=Counter)
    deaths: list[str] = field(default_factory=list)
    worst_seconds: float = 0.0
    worst_mb: float = 0.0
    not_sent: int = 0  # refused by their first bytes, before anything is stored

    @property
    def unclear(self) -> int:
        """Songs that were neither heard nor refused in a sentence."""
        return sum(self.became.values()) - self.became["heard"] - self.became["refused"]


def rows(count: int = SHORT) -> tuple[list[Row], dict[str, Any]]:
    """What became of so many songs."""
    began = time.monotonic()
    found = asyncio.run(measure(range(count)))
    note = f"{count:,} files: {found.became['heard']:,} heard, {found.became['refused']:,} refused"
    note += f", {found.not_sent:,} of them by their first bytes; {time.monotonic() - began:.0f} s"
    whole = asyncio.run(alone.measure(range(0, count, alone.SHARE)))
    each = ", ".join(f"{number:,} {what}" for what, number in sorted(whole.became.items()))
    told = asyncio.run(webhooks.measure(range(_EVENTS)))
    kept = (
        f"{_EVENTS:,} signed ones: {told.became['kept']:,} kept, {told.became['refused']:,} refused"
    )
    return [
        Row("hostile songs without a clear end", found.unclear, "", NONE, note),
        Row("children that died of one", len(found.deaths), "", NONE),
        *_worst(found),
        Row(
            "such songs, by the workers' own commands and with a beat, without a clear end",
            len(whole.unclear),
            "",
            NONE,
            f"{each}; at most {whole.worst_seconds:.1f} s",
        ),
        Row("payment events that brought a fault", len(told.faults), "", NONE, kept),
    ], {
        "became": dict(found.became),
        "deaths": found.deaths,
        "alone": vars(whole),
        "worst_seconds": found.worst_seconds,
        "worst_mb": found.worst_mb,
        "faults": told.faults,
    }


def _worst(found: Found) -> list[Row]:
    seconds, megabytes = round(found.worst_seconds, 1), round(found.worst_mb)
    return [
        Row("the worst of them, time", seconds, " s", Goal("≤", _LONGEST), promise=True),
        Row("the same, memory", megabytes, " MB", Goal("≤", 500), promise=True),
    ]


async def measure(numbers: range, at_once: int = os.cpu_count() or 1) -> Found:
    """Have these songs heard, some children at once."""
    found, turns = Found(), asyncio.Semaphore(at_once)
    with tempfile.TemporaryDirectory(prefix="oriel-fuzz-") as folder:
        around = await walls.sandbox(harmless(), Path(folder))
    around = child.Sandbox(around.bwrap, around.environment, around.cards, _PROBER)

    async def batch(part: range) -> None:
        async with turns:
            with tempfile.TemporaryDirectory(prefix="oriel-fuzz-") as folder:
                await _batch(around, Path(folder), part, found)

    parts = [numbers[at : at + _BATCH] for at in range(0, len(numbers), _BATCH)]
    await asyncio.gather(*(batch(part) for part in parts))
    return found


async def _batch(around: child.Sandbox, folder: Path, numbers: range, found: Found) -> None:
    songs, work = folder / "songs", folder / "work"
    for place in (songs, work):
        place.mkdir()
    await asyncio.to_thread(_written, songs, numbers, found)
    files = sorted(path.name for path in songs.iterdir())
    done = 0
    while done < len(files):
        begun: list[str] = []

        def told(line: dict[str, Any], begun: list[str] = begun) -> None:
            if "begun" in line:
                begun.append(line["begun"])
            elif "became" in line:
                found.became[line["became"]] += 1
                found.worst_seconds = max(found.worst_seconds, line["s"])
                found.worst_mb = max(found.worst_mb, line["mb"])

        ended = await child.run(
            around,
            [str(songs), str(done), str(_LONGEST_SONG)],
            folder=work,
            inputs=[songs],
            limits=Limits(900, cpu_seconds=900, memory_bytes=4 * _MEMORY, file_bytes=1 << 20),
            stop=asyncio.Event(),
            told=told,
        )
        done += len(begun)
        if ended.code:
            name = begun[-1] if begun else "before the first"
            found.deaths.append(f"{name}: {ended.why}, {ended.code}: {ended.sentence[:200]}")
            found.became["died"] += 1
        if not begun:
            break


def _written(folder: Path, numbers: range, found: Found) -> None:
    for number in numbers:
        did, content = mutations.song(number)
        if sniff.kind(content[: sniff.NEEDED]) is None:
            found.not_sent += 1
            found.became["refused"] += 1
        else:
            (folder / f"{number:07} {did}").write_bytes(content)
