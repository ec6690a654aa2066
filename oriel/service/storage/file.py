"""A folder as storage: whole files or none, flushed to the disk, with signed links that expire."""

import asyncio
import hmac
import os
import shutil
import time
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterable, AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from tempfile import mkstemp
from typing import BinaryIO
from urllib.parse import quote, unquote, urlencode, urlsplit

from oriel.service import keys
from oriel.service.errors import BadLink
from oriel.service.settings import Settings
from oriel.service.storage import PIECE, BadKey, Lying, NotStored, StorageFailed, checked

PREFIX = "/files/"  # where the web process answers to the links
_PURPOSE = "file link"
_DAY = 86_400.0  # seconds


def made(settings: Settings) -> "FileStorage":
    """The folder after file://; links begin with the public URL."""
    root = Path(unquote(urlsplit(settings.storage).path))
    secrets = tuple(keys.derived(secret, _PURPOSE) for secret in settings.secret_keys)
    return FileStorage(root, settings.public_url.rstrip("/"), secrets)


@dataclass(frozen=True)
class FileStorage:
    """`secrets`: the first signs links, all are believed."""

    root: Path
    url: str
    secrets: Sequence[bytes]

    async def begin(self) -> None:
        """As Storage says."""
        with _ours(f"{self.root} cannot be made ready"):
            await asyncio.to_thread(_make, self._arriving)

    async def put(self, key: str, content: Path | AsyncIterable[bytes], content_type: str) -> int:
        """As Storage says; the type is told again by the key's ending, and not kept."""
        path = self._path(key)
        with self._begun(key, "stored"):
            incoming, file = await asyncio.to_thread(self._incoming)
        try:
            await _fill(file, content, key)
            with self._begun(key, "stored"):
                return await asyncio.to_thread(_publish, file, incoming, path)
        finally:
            file.close()
            with suppress(OSError):  # it is gone, or so is the disk; `tidy` removes it
                incoming.unlink()

    async def open(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """As Storage says."""
        size = await self.size(key)
        return _pieces(self._path(key), start, size if end is None else min(end, size))

    async def size(self, key: str) -> int:
        """As Storage says."""
        with self._begun(key, "read"):
            return (await asyncio.to_thread(self._path(key).stat)).st_size

    async def exists(self, key: str) -> bool:
        """As Storage says."""
        try:
            await self.size(key)
        except NotStored:
            return False
        return True

    async def delete(self, key: str) -> None:
        """As Storage says."""
        with _ours(f"{key} cannot be deleted"):
            await asyncio.to_thread(self._path(key).unlink, missing_ok=True)

    async def link(self, key: str, seconds: int, filename: str) -> str:
        """As Storage says."""
        until = str(int(time.time()) + seconds)
        signature = _signature(self.secrets[0], checked(key), until, filename)
        query = urlencode({"until": until, "filename": filename, "signature": signature})
        return f"{self.url}{PREFIX}{quote(key)}?{query}"

    def linked(self, key: str, query: Mapping[str, str]) -> Path:
        """The file that a link leads to; raises BadLink where it is forged or too old."""
        until, filename = query.get("until", ""), query.get("filename", "")
        given = query.get("signature", "").encode()
        fitting = (_signature(secret, key, until, filename).encode() for secret in self.secrets)
        if not any(hmac.compare_digest(given, right) for right in fitting):
            raise BadLink("This link is not one of ours; ask for a new one.")
        if int(until) < time.time():
            raise BadLink("This link is too old; ask for a new one.")
        return self._path(key)

    async def copy_to(self, key: str, path: Path) -> None:
        """As Storage says."""
        draft = path.with_name(f".{path.name}.part")
        try:
            with self._begun(key, "copied"):
                await asyncio.to_thread(shutil.copyfile, self._path(key), draft)
                draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)

    async def listed(self, place: str) -> AsyncIterator[Lying]:
        """As Storage says; folder by folder."""
        folders = os.walk(self.root / place, onerror=_but_for_missing)
        with _ours(f"{place} cannot be listed"):
            while folder := await asyncio.to_thread(next, folders, None):
                for lying in await asyncio.to_thread(self._lying, Path(folder[0]), folder[2]):
                    yield lying

    async def tidy(self) -> int:
        """As Storage says."""
        return await asyncio.to_thread(_remove_older, self._arriving, time.time() - _DAY)

    @property
    def _arriving(self) -> Path:
        """What is being put lies here until it is whole: on the same disk, so a rename publishes it.

        `begin` alone makes it: where it is missing, the disk is not mounted.
        """
        return self.root / ".incoming"

    def _path(self, key: str) -> Path:
        path = self.root / checked(key)
        if not path.resolve().is_relative_to(self.root.resolve()):  # a link on the disk leads out
            raise StorageFailed(f"{key} leads out of {self.root}: remove the link that lies there")
        return path

    @contextmanager
    def _begun(self, key: str, done: str) -> Iterator[None]:
        """Tell what was never put from a disk that is not mounted: it may be back, with all it holds."""
        try:
            with _ours(f"{key} cannot be {done}"):
                yield
        except NotStored as error:
            if not self._arriving.is_dir():
                raise StorageFailed(
                    f"{key} cannot be {done}, {self.root} holds nothing: see that its disk is"
                    " mounted"
                ) from error
            raise

    def _lying(self, folder: Path, names: Sequence[str]) -> list[Lying]:
        found = []
        for path in (folder / name for name in names):
            with suppress(BadKey, FileNotFoundError):  # not ours, or gone by now
                since = datetime.fromtimestamp(path.stat().st_mtime, UTC)
                found.append(Lying(checked(path.relative_to(self.root).as_posix()), since))
        return found

    def _incoming(self) -> tuple[Path, FileIO]:
        """A new file, which has no name yet."""
        descriptor, name = mkstemp(dir=self._arriving)
        return Path(name), os.fdopen(descriptor, "wb", buffering=0)


@contextmanager
def _ours(what: str) -> Iterator[None]:
    """Turn the system's errors into ours."""
    try:
        yield
    except FileNotFoundError as error:
        raise NotStored(f"{what}: nothing is stored there") from error
    except OSError as error:
        raise StorageFailed(
            f"{what}: {error.strerror}; see to the disk, and to who may write"
        ) from error


def _but_for_missing(error: OSError) -> None:
    """A walk goes on where a folder is gone, or was never made; whatever else is raised."""
    if not isinstance(error, FileNotFoundError):
        raise error


def _signature(secret: bytes, key: str, until: str, filename: str) -> str:
    signed = "\n".join((key, until, filename)).encode()
    return urlsafe_b64encode(hmac.digest(secret, signed, "sha256")).decode().rstrip("=")


async def _fill(file: FileIO, content: Path | AsyncIterable[bytes], key: str) -> None:
    if isinstance(content, Path):
        with _ours(f"{key} cannot be stored"):
            await asyncio.to_thread(_copy, content, file)
        return
    async for piece in content:
        with _ours(f"{key} cannot be stored"):
            await asyncio.to_thread(_write, file, piece)


def _copy(path: Path, file: FileIO) -> None:
    with path.open("rb") as source:
        shutil.copyfileobj(source, file, PIECE)


def _write(file: FileIO, piece: bytes) -> None:
    rest = memoryview(piece)
    while rest:
        rest = rest[file.write(rest) :]  # a full disk takes a part, and refuses the next


def _publish(file: FileIO, incoming: Path, path: Path) -> int:
    """Have the disk keep it, give it its name, and have the disk remember that name."""
    os.fsync(file.fileno())
    incoming.stat()  # or its disk is gone, and folders would be made where it was mounted
    _make(path.parent)
    incoming.replace(path)
    _remember(path.parent)
    return os.fstat(file.fileno()).st_size


def _make(folder: Path) -> None:
    if not folder.exists():
        _make(folder.parent)
        folder.mkdir(exist_ok=True)
        _remember(folder.parent)


def _remember(folder: Path) -> None:
    """Flush a folder's names, which fsync of a file leaves out."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


async def _pieces(path: Path, start: int, end: int) -> AsyncIterator[bytes]:
    with _ours(f"{path.name} cannot be read"):
        file = await asyncio.to_thread(path.open, "rb")
    with file:
        file.seek(start)
        while start < end and (piece := await _read(file, min(PIECE, end - start))):
            start += len(piece)
            yield piece


async def _read(file: BinaryIO, most: int) -> bytes:
    with _ours("the file cannot be read"):
        return await asyncio.to_thread(file.read, most)


def _remove_older(folder: Path, than: float) -> int:
    removed = 0
    for path in folder.glob("*"):
        if path.stat().st_mtime < than:
            path.unlink(missing_ok=True)
            removed += 1
    return removed
