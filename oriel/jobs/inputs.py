"""A piece of work goes in; the files that it needs lie in the worker's own folder afterwards."""

import asyncio
import itertools
import shutil
from collections import OrderedDict, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from oriel.service import expiry
from oriel.service.leases import Work
from oriel.service.storage import NotStored, Storage, StorageFailed

_KEPT = 4  # submissions whose files stay for their next piece of work


class Inputs:
    """Songs and what was heard in them, fetched once for all the segments of a submission."""

    def __init__(self, storage: Storage, folder: Path) -> None:
        self._storage = storage
        self._folder = folder
        self._users: OrderedDict[str, int] = OrderedDict()
        self._numbers = itertools.count()
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    @asynccontextmanager
    async def folder(self, work: Work) -> AsyncIterator[Path]:
        """The folder of a submission's files, which stays while the block runs."""
        name = work.submission_id
        place = self._folder / name
        place.mkdir(parents=True, exist_ok=True)
        self._users[name] = self._users.get(name, 0) + 1
        self._users.move_to_end(name)
        try:
            yield place
        finally:
            self._users[name] -= 1
            await self._tidy()

    async def song(self, work: Work, place: Path) -> Path:
        """The song's file; raises NotStored, also where its row says no more where it lay."""
        return await self._fetched(work, work.song_key, place / "song")

    async def bands(self, work: Work, place: Path) -> Path:
        """What was heard; raises NotStored where nobody has listened yet."""
        return await self._fetched(work, expiry.bands_key(work.submission_id), place / "bands.npz")

    async def _fetched(self, work: Work, key: str, path: Path) -> Path:
        async with self._locks[work.submission_id]:
            if not path.exists():
                await self._copied(key, path)
        return path

    async def _copied(self, key: str, path: Path) -> None:
        if not key:
            raise NotStored("what is deleted lies nowhere")
        try:
            await self._storage.copy_to(key, path)
        except NotStored:
            raise
        except StorageFailed:  # the disk may be full, of what nobody needs just now
            await self._tidy(0)
            await self._storage.copy_to(key, path)

    async def _tidy(self, kept: int = _KEPT) -> None:
        """Remove the files that were not needed for the longest time; others may do so meanwhile."""
        while len(self._users) > kept and (name := self._idle()):
            del self._users[name]
            self._locks.pop(name, None)
            gone = self._folder / f".{name}-{next(self._numbers)}"
            (self._folder / name).rename(gone)  # at once: who needs it again makes it anew
            await asyncio.to_thread(shutil.rmtree, gone, ignore_errors=True)

    def _idle(self) -> str | None:
        return next((name for name, users in self._users.items() if users == 0), None)
