"""A place goes in; what each of its processes holds, over the calm end of a soak, comes out.

A process that is killed every other minute hides whatever it leaks. So nobody is killed in a soak's
last quarter, and each is compared with itself.
"""

import asyncio
import os
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from benchmarks.soak.place import Place

LOOK_SECONDS = 0.5
_PAGE = os.sysconf("SC_PAGE_SIZE")
_TREES = ("PostgreSQL", "Redis")  # which start processes of their own

Held = defaultdict[tuple[str, int], list[float]]  # MB at each look, by part and process


async def watch(place: Place, held: Held) -> None:
    """Write down what each holds, until cancelled."""
    while True:
        for name, pid in place.living().items():
            with suppress(OSError):  # it has just ended
                held[name, pid].append(_own_mb(pid, name in _TREES))
        await asyncio.sleep(LOOK_SECONDS)


def grown(held: Held) -> dict[str, dict[str, float]]:
    """Of each part, the most that it held and how much it grew: the worst of its processes.

    Growth is what was held in the last third of a life, in times of the second, by their medians. In
    the first a process that was just started still fills what it keeps.
    """
    found: dict[str, dict[str, float]] = {}
    for (name, _), each in held.items():
        third = len(each) // 3
        if third == 0:
            continue
        growth = _median(each[-third:]) / _median(each[third:-third])
        known = found.get(name, {"growth": 0.0, "most_mb": 0.0})
        found[name] = {
            "growth": max(known["growth"], round(growth, 3)),
            "most_mb": max(known["most_mb"], *each),
        }
    return found


def _own_mb(pid: int, tree: bool) -> float:
    """What is a process's alone, with all that it started: no program, no file, no shared buffers."""
    own = sum(_own_pages(one) for one in _descendants(pid)) if tree else 0
    return (own + _own_pages(pid)) * _PAGE / 1e6


def _own_pages(pid: int) -> int:
    _, resident, shared, *_ = Path(f"/proc/{pid}/statm").read_text().split()
    return int(resident) - int(shared)


def _descendants(pid: int) -> Iterator[int]:
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        yield int(child)
        with suppress(OSError):
            yield from _descendants(int(child))


def _median(numbers: list[float]) -> float:
    return sorted(numbers)[len(numbers) // 2]
