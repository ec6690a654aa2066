"""A bucket of Google Cloud Storage as storage: resumable uploads, and links signed as V4.

`gs://BUCKET/PREFIX`, and after a question mark, divided by "&": `credentials=FILE` (a service
account's key; else the machine's own identity), `endpoint=URL` (an emulator, which is asked
without credentials), `links=URL` (where people reach that emulator, if elsewhere),
`patience=SECONDS` (how long a request is tried again; 60).
"""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from oriel.service.settings import Settings
from oriel.service.storage import BadKey, Lying, NotStored, attachment, checked
from oriel.service.storage.bucket import PART, Bucket


def made(settings: Settings) -> "BucketStorage":
    """The bucket that the setting names."""
    parts = urlsplit(settings.storage)
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    bucket = Bucket(
        parts.netloc,
        endpoint=options.get("endpoint"),
        links=options.get("links"),
        credentials=options.get("credentials"),
        patience=float(options.get("patience", "60")),
    )
    return BucketStorage(bucket, f"{parts.path.strip('/')}/".lstrip("/"))


@dataclass(frozen=True)
class BucketStorage:
    """`prefix` is empty or ends with "/"."""

    bucket: Bucket
    prefix: str

    async def begin(self) -> None:
        """As Storage says; a bucket is there from the beginning, or whoever asks it is told."""

    async def put(self, key: str, content: Path | AsyncIterable[bytes], content_type: str) -> int:
        """As Storage says; an object appears when its last part is there."""
        name = self._name(key)
        upload = await asyncio.to_thread(self.bucket.upload, name, content_type)
        size = 0
        try:
            async for part, last in _parts(
                _read(content) if isinstance(content, Path) else content
            ):
                await asyncio.to_thread(upload.send, part, last)
                size += len(part)
        except BaseException:
            await asyncio.to_thread(upload.abandon)
            raise
        return size

    async def open(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """As Storage says; all pieces are of one generation, even when it is replaced meanwhile."""
        name = self._name(key)
        size, generation = await asyncio.to_thread(self.bucket.size, name)
        return self._pieces(name, generation, start, size if end is None else min(end, size))

    async def _pieces(
        self, name: str, generation: int, start: int, end: int
    ) -> AsyncIterator[bytes]:
        for first in range(start, end, PART):
            last = min(first + PART, end) - 1
            yield await asyncio.to_thread(self.bucket.part, name, generation, first, last)

    async def size(self, key: str) -> int:
        """As Storage says."""
        size, _ = await asyncio.to_thread(self.bucket.size, self._name(key))
        return size

    async def exists(self, key: str) -> bool:
        """As Storage says."""
        try:
            await self.size(key)
        except NotStored:
            return False
        return True

    async def delete(self, key: str) -> None:
        """As Storage says."""
        await asyncio.to_thread(self.bucket.delete, self._name(key))

    async def link(self, key: str, seconds: int, filename: str) -> str:
        """As Storage says; for a week at most."""
        saved = attachment(filename)
        return await asyncio.to_thread(self.bucket.link, self._name(key), seconds, saved)

    async def copy_to(self, key: str, path: Path) -> None:
        """As Storage says; Google's checksum is compared."""
        draft = path.with_name(f".{path.name}.part")
        try:
            await asyncio.to_thread(self.bucket.download, self._name(key), draft)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)

    async def listed(self, place: str) -> AsyncIterator[Lying]:
        """As Storage says; a page of up to a thousand at a time."""
        pages = self.bucket.listed(self.prefix + place)
        while page := await asyncio.to_thread(next, pages, None):
            for name, since in page:
                with suppress(BadKey):  # somebody else's
                    yield Lying(checked(name.removeprefix(self.prefix)), since)

    async def tidy(self) -> int:
        """Nothing: Google forgets unfinished uploads after a week by itself."""
        return 0

    def _name(self, key: str) -> str:
        return self.prefix + checked(key)


async def _read(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while piece := await asyncio.to_thread(file.read, PART):
            yield piece


async def _parts(content: AsyncIterable[bytes]) -> AsyncIterator[tuple[bytes, bool]]:
    """Pieces of any size in; parts of one size and the rest, which is told to be the last, out."""
    waiting = bytearray()
    async for piece in content:
        waiting += piece
        while len(waiting) > PART:
            yield bytes(waiting[:PART]), False
            del waiting[:PART]
    yield bytes(waiting), True
