"""A place that workers share in; a folder of one worker's own, without what killed ones left beside it, out.

Who lives holds a lock on its folder, and the kernel lets go of it however a worker ends. Names tell
nothing: a container that is made anew has another host name, and in each the worker is process 1.
"""

import asyncio
import fcntl
import os
import re
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

from oriel.errors import Fault

_NAME = re.compile(r".+-\d+")  # a host's, and a process's number


class Taken(Fault):
    """Another worker that lives has this name."""


@asynccontextmanager
async def folder(place: Path, name: str) -> AsyncIterator[Path]:
    """An empty folder of this name, which is gone afterwards; raises Taken."""
    own = place / name
    lock = await asyncio.to_thread(_begun, place, own)
    try:
        yield own
    finally:
        await asyncio.to_thread(shutil.rmtree, own, ignore_errors=True)
        os.close(lock)


def _begun(place: Path, own: Path) -> int:
    """Tidy and begin, one worker at a time: a folder that is just made has no lock yet."""
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _opened(place) as turn:
        with suppress(OSError):  # some network disks know no locks: theirs is nobody's to remove
            fcntl.flock(turn, fcntl.LOCK_EX)
        for other in place.iterdir():
            if _is_dead(other):
                shutil.rmtree(other, ignore_errors=True)
        try:
            own.mkdir(mode=0o700)
        except FileExistsError as error:
            raise Taken(
                f"Another worker works in {own}: give each machine, or container, a host name of its own"
            ) from error
        lock = os.open(own, os.O_RDONLY)
        with suppress(OSError):
            fcntl.flock(lock, fcntl.LOCK_EX)
        return lock


def _is_dead(other: Path) -> bool:
    """Whether this is a worker's folder, and nobody's: neither `lost+found` nor gone meanwhile."""
    if not _NAME.fullmatch(other.name):
        return False
    try:
        with _opened(other, os.O_NOFOLLOW) as descriptor:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


@contextmanager
def _opened(folder: Path, flags: int = 0) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | flags)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
