"""A multipart body in; its fields, and the song in the storage, hashed as it passed, out.

Nothing is held whole in memory: a song goes to the storage piece by piece, and who sends more than
allowed, or what is no sound, is told so before the rest is read.
"""

import asyncio
import hashlib
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import BodyPartReader, web

from oriel.service.errors import BadFields, Refused
from oriel.service.storage import PIECE, Storage, StorageFailed
from oriel.web.api import multipart, sniff
from oriel.web.api.codes import NotASong, TooLarge, WrongType
from oriel.web.api.multipart import Body
from oriel.web.api.patience import in_all, soon

_log = logging.getLogger(__name__)

_PLAIN = "application/x-www-form-urlencoded"
_LONGEST_FIELD = 200_000  # bytes; a look has some hundreds


Counting = Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Place:
    """Where the song goes, should there be one, and how many bytes it may have.

    `counting` is called before any of it is read; what it raises refuses the form.
    """

    storage: Storage
    key: str
    most: int
    counting: Counting | None = None


@dataclass(frozen=True)
class Sent:
    """A song as it was sent: where it lies, and what it is by its bytes."""

    key: str
    sha256: str
    bytes: int
    name: str


@dataclass
class Form:
    """A body's fields, each as often as it was sent, and its song.

    `problems` says of some what is wrong with them, as BadFields does: they are empty then.
    The song is deleted where the block refuses the form, and at its end unless `kept` is set.
    """

    fields: dict[str, list[str]] = field(default_factory=dict)
    song: Sent | None = None
    problems: dict[str, str] = field(default_factory=dict)
    kept: bool = False

    def add(self, name: str, sent: bytes) -> None:
        """Take one more field; raises BadForm where there are too many."""
        if sum(len(values) for values in self.fields.values()) >= multipart.MOST_FIELDS:
            raise multipart.too_many()
        if problem := _problem(sent):
            self.problems[name] = problem
        self.fields.setdefault(name, []).append("" if problem else sent.decode())


@asynccontextmanager
async def received(request: web.Request, place: Place) -> AsyncIterator[Form]:
    """The form of a request, of whatever fields and a song.

    Raises WrongType, BadForm, NotASong, TooLarge, TooSlow, StorageFailed and what `counting` does.
    """
    if request.content_type not in ("multipart/form-data", _PLAIN):
        raise WrongType("Send a form of the type multipart/form-data.")
    form = Form()
    try:
        if request.content_type == _PLAIN:
            await _read_plain(request, form)
        else:
            await in_all(_read(Body(request, place.most), form, place))
        yield form
    except Refused:
        await _forget(form, place)
        raise
    # After any other error a row may name the song: COMMIT may have been done, and its answer lost.
    if not form.kept:
        await _forget(form, place)


async def _forget(form: Form, place: Place) -> None:
    if form.song is None:
        return
    try:
        await place.storage.delete(place.key)
    except StorageFailed as error:
        _log.warning("%s stays, and is nobody's: %s", place.key, error)


async def _read_plain(request: web.Request, form: Form) -> None:
    """Fields alone, as for a song that was sent before."""
    try:
        with multipart.damage():
            sent = await soon(request.post())
    except web.HTTPRequestEntityTooLarge as error:
        raise TooLarge("A form without a song may have at most 1 MB: send less.") from error
    for name, value in sent.items():
        form.add(name, value.encode(errors="surrogatepass") if isinstance(value, str) else b"")


async def _read(body: Body, form: Form, place: Place) -> None:
    async for part in body.parts():
        name = str(part.name)
        if name != "song":
            form.add(name, await _field(body, part))
        elif form.song is not None or name in form.problems:
            form.problems[name] = "must be sent once"
        else:
            await _take_song(body, part, form, place)


async def _field(body: Body, part: BodyPartReader) -> bytes:
    """What a field holds; of one that is too long, not all."""
    held = bytearray()
    async for chunk in body.chunks(part):
        held += chunk
        if len(held) > _LONGEST_FIELD:
            break
    return bytes(held)


def _problem(sent: bytes) -> str | None:
    if len(sent) > _LONGEST_FIELD:
        return f"is longer than {_LONGEST_FIELD:,} bytes"
    if b"\0" in sent:
        return "must hold no NUL"
    try:
        sent.decode()
    except UnicodeDecodeError:
        return "must be UTF-8"
    return None


async def _take_song(body: Body, part: BodyPartReader, form: Form, place: Place) -> None:
    if place.counting is not None:
        await place.counting()
    try:
        form.song = await _song(body, part, place)
    except BadFields as error:  # it is told with what else is wrong
        form.problems |= error.details


async def _song(body: Body, part: BodyPartReader, place: Place) -> Sent:
    hashed, size, name = hashlib.sha256(), 0, _name(part.filename)

    async def checked() -> AsyncIterator[bytes]:
        nonlocal size
        async for piece in _pieces(body, part):
            if size == 0 and sniff.kind(piece[: sniff.NEEDED]) is None:
                raise NotASong(
                    "This file is of no kind of sound that Oriel reads: save it as MP3, WAV, FLAC,"
                    " M4A or Ogg."
                )
            size += len(piece)
            if size > place.most:
                raise multipart.too_large(place.most)
            hashing = asyncio.create_task(asyncio.to_thread(hashed.update, piece))
            try:
                yield piece  # and is written meanwhile
            finally:
                await hashing
        if size == 0:
            raise BadFields({"song": "is empty: choose another file"})

    await place.storage.put(place.key, checked(), "application/octet-stream")
    return Sent(place.key, hashed.hexdigest(), size, name)


async def _pieces(body: Body, part: BodyPartReader) -> AsyncIterator[bytes]:
    """The part's bytes, in pieces of about one size however they arrive."""
    gathered: list[bytes] = []
    size = 0
    async for chunk in body.chunks(part):
        gathered.append(chunk)
        size += len(chunk)
        if size >= PIECE:
            yield b"".join(gathered)
            gathered, size = [], 0
    if gathered:
        yield b"".join(gathered)


def _name(filename: str | None) -> str:
    """The last part of what a client calls its file, without what no name should hold."""
    last = os.path.basename((filename or "").replace("\\", "/"))  # noqa: PTH119 (it is no path here)
    return "".join(c for c in last if c.isprintable()).strip()[:200] or "song"
