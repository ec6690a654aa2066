"""The page's files of this version go into the storage; those of the versions beside it come out of there.

While a new version takes the old one's place, a page of one asks the other for its scripts; and a page
that stays open asks for what it loads late when its own version is long gone. So each version stores
its files before it shows a page, and who is asked for one that it has not looks at the others'.
"""

import asyncio
import hashlib
import io
import logging
import re
import time
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress

from oriel.service.connections import DatabaseGone
from oriel.service.storage import NotStored, Storage, StorageFailed
from oriel.web.assets import Asset, kind

KEPT = 5  # versions, those that were started last
_PLACE = "versions/"
_KEY = re.compile(r"versions/[0-9a-f]{16}\.zip")  # the rest of a shared bucket is not ours
_NAMED = re.compile(r"/assets/.+-(?P<tag>[0-9a-f]{16})\.\w+")
_PATIENCE_SECONDS = 5.0  # for the storage, before a page is shown without
_AGAIN_SECONDS = 30.0
_PAUSE_SECONDS = 1.0  # between looks: whoever makes names up costs one a second

_log = logging.getLogger(__name__)

Files = dict[str, Asset]  # by their URLs
Begin = Callable[[Storage], Awaitable[None]]


class Versions:
    """The files of the last few versions that were started, by way of a storage that all of them share."""

    def __init__(self, storage: Storage, pause: float = _PAUSE_SECONDS) -> None:
        self._storage, self._pause = storage, pause
        self._read: dict[str, Files] = {}  # by the keys of their archives
        self._looking = asyncio.Lock()
        self._looked = -pause
        self._failure: StorageFailed | None = None  # of the last look

    @asynccontextmanager
    async def keeping(
        self, files: Iterable[Asset], begin: Begin | None = None
    ) -> AsyncIterator[None]:
        """Within, other versions find these; later, where the storage is away for long.

        Before each try the storage is begun by `begin`, where it is given.
        """
        tried = asyncio.Event()
        task = asyncio.create_task(self._until_kept(list(files), begin or _as_it_is, tried))
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    await tried.wait()
            yield
        finally:
            task.cancel()

    async def asset(self, url: str) -> Asset | None:
        """Another version's file, or None where none has it; raises StorageFailed."""
        if not _NAMED.fullmatch(url):
            return None
        return self._known(url) or await self._looked_for(url)

    def _known(self, url: str) -> Asset | None:
        return next((files[url] for files in self._read.values() if url in files), None)

    async def _looked_for(self, url: str) -> Asset | None:
        """One look serves all that were waiting when it began."""
        asked = time.monotonic()
        async with self._looking:
            if self._looked < asked:
                await asyncio.sleep(self._looked + self._pause - time.monotonic())
                self._looked = time.monotonic()
                try:
                    await self._look()
                    self._failure = None
                except StorageFailed as failure:
                    self._failure = failure
            if self._failure is not None:
                raise self._failure
        return self._known(url)

    async def _look(self) -> None:
        newest = await self._newest()
        self._read = {key: files for key, files in self._read.items() if key in newest}
        for key in newest:
            if key not in self._read:
                with suppress(NotStored):  # it was one too many meanwhile
                    pieces = await self._storage.open(key)
                    body = b"".join([piece async for piece in pieces])
                    self._read[key] = await asyncio.to_thread(_unpacked, body)

    async def _newest(self) -> list[str]:
        found = [one async for one in self._storage.listed(_PLACE) if _KEY.fullmatch(one.key)]
        found.sort(key=lambda one: one.since, reverse=True)
        for one in found[KEPT:]:
            await self._storage.delete(one.key)
        return [one.key for one in found[:KEPT]]

    async def _until_kept(self, files: list[Asset], begin: Begin, tried: asyncio.Event) -> None:
        while True:
            try:
                await begin(self._storage)
                await self._keep(files)
                return
            except (StorageFailed, DatabaseGone) as error:
                _log.warning("Other versions do not find this one's files yet: %s", error)
            finally:
                tried.set()
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _keep(self, files: list[Asset]) -> None:
        """At each start, whether it is there or not: the storage's date says which are in use."""
        body = await asyncio.to_thread(_packed, files)
        names = "\n".join(sorted(one.url for one in files)).encode()
        key = f"{_PLACE}{hashlib.sha256(names).hexdigest()[:16]}.zip"
        await self._storage.put(key, _once(body), "application/zip")
        await self._newest()


def _packed(files: Iterable[Asset]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for one in files:
            archive.writestr(one.url.lstrip("/"), one.body)
    return written.getvalue()


def _unpacked(body: bytes) -> Files:
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        found = [_asset(f"/{name}", archive.read(name)) for name in archive.namelist()]
    return {one.url: one for one in found}


def _asset(url: str, body: bytes) -> Asset:
    named = _NAMED.fullmatch(url)
    return Asset(url, kind(url), body, named["tag"] if named else "")


async def _as_it_is(storage: Storage) -> None:
    """A storage that others have begun."""


async def _once(body: bytes) -> AsyncIterator[bytes]:
    yield body
