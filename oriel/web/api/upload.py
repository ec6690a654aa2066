"""A multipart body in; its fields, and the song in the storage, hashed as it passed, out.

Nothing is held whole in memory: a song goes to the storage piece by piece, and who sends more than
allowed, or what is no sound, is told so before the rest is read.
"""

import asyncio
import hashlib
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import BodyPartReader, web
from aiohttp.http import HttpProcessingError

from oriel.service.errors import BadFields, Refused
from oriel.service.storage import PIECE, Storage, StorageFailed
from oriel.web.api import sniff
from oriel.web.api.codes import BadForm, NotASong, TooLarge, WrongType
from oriel.web.api.patience import in_all, soon

_log = logging.getLogger(__name__)

_DAMAGE = (  # whatever aiohttp makes of a form that is none
    *(AssertionError, EOFError, RuntimeError, ValueError),
    *(HttpProcessingError, web.RequestPayloadError),
)
_PLAIN = "application/x-www-form-urlencoded"
_MOST_FIELDS = 40
_LONGEST_FIELD = 200_000  # bytes; a look has some hundreds
_ROOM = 1 << 20  # bytes of a body beside its song
_CHUNK = 1 << 18  # bytes that are looked through for the part's end at once


@dataclass(frozen=True)
class Place:
    """Where the song goes, should there be one, and how many bytes it may have."""

    storage: Storage
    key: str
    most: int


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

    The song is deleted where the block refuses the form, and at its end unless `kept` is set.
    """

    fields: dict[str, list[str]] = field(default_factory=dict)
    song: Sent | None = None
    kept: bool = False


@asynccontextmanager
async def received(request: web.Request, place: Place) -> AsyncIterator[Form]:
    """The form of a request, of whatever fields and a song.

    Raises WrongType, BadForm, BadFields, NotASong, TooLarge, TooSlow and StorageFailed.
    """
    if request.content_type not in ("multipart/form-data", _PLAIN):
        raise WrongType("Send a form of the type multipart/form-data.")
    if (request.content_length or 0) > place.most + _ROOM:
        raise _too_large(place.most)
    form = Form()
    try:
        if request.content_type == _PLAIN:
            await _read_plain(request, form)
        else:
            await in_all(_read(request, form, place))
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
        sent = await soon(request.post())
    except web.HTTPRequestEntityTooLarge as error:
        raise TooLarge("A form without a song may have 1 MB.") from error
    except _DAMAGE as error:
        raise BadForm("The form is damaged.") from error
    for name, value in sent.items():
        _make_room(form)
        text = value if isinstance(value, str) else ""
        if "\0" in text:
            raise BadFields({name: "must hold no NUL"})
        form.fields.setdefault(name, []).append(text)


async def _read(request: web.Request, form: Form, place: Place) -> None:
    try:
        reader = await request.multipart()
        while (part := await soon(reader.next())) is not None:
            if not isinstance(part, BodyPartReader) or not part.name:
                raise BadForm("Every part of the form needs a name.")
            await _take(part, form, place)
    except _DAMAGE as error:
        raise BadForm("The form is damaged, or ended too early.") from error


async def _take(part: BodyPartReader, form: Form, place: Place) -> None:
    name = str(part.name)
    if name == "song":
        if form.song is not None:
            raise BadFields({"song": "must be sent once"})
        form.song = await _song(part, place)
        return
    _make_room(form)
    form.fields.setdefault(name, []).append(await _text(part, name))


def _make_room(form: Form) -> None:
    if sum(len(values) for values in form.fields.values()) >= _MOST_FIELDS:
        raise BadForm(f"At most {_MOST_FIELDS} fields can be sent.")


async def _text(part: BodyPartReader, name: str) -> str:
    body = bytearray()
    while piece := await soon(part.read_chunk()):
        body += piece
        if len(body) > _LONGEST_FIELD:
            raise BadFields({name: f"is longer than {_LONGEST_FIELD:,} bytes"})
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadFields({name: "must be UTF-8"}) from error
    if "\0" in text:
        raise BadFields({name: "must hold no NUL"})
    return text


async def _song(part: BodyPartReader, place: Place) -> Sent:
    hashed, size = hashlib.sha256(), 0

    async def checked() -> AsyncIterator[bytes]:
        nonlocal size
        async for piece in _pieces(part):
            if size == 0 and sniff.kind(piece[: sniff.NEEDED]) is None:
                raise NotASong(
                    "This file is of no kind of sound that Oriel reads: save it as MP3, WAV, FLAC,"
                    " M4A or Ogg."
                )
            size += len(piece)
            if size > place.most:
                raise _too_large(place.most)
            hashing = asyncio.create_task(asyncio.to_thread(hashed.update, piece))
            try:
                yield piece  # and is written meanwhile
            finally:
                await hashing
        if size == 0:
            raise BadFields({"song": "is empty"})

    await place.storage.put(place.key, checked(), "application/octet-stream")
    return Sent(place.key, hashed.hexdigest(), size, _name(part.filename))


async def _pieces(part: BodyPartReader) -> AsyncIterator[bytes]:
    """The part's bytes, in pieces of about one size however they arrive."""
    gathered: list[bytes] = []
    size = 0
    while chunk := await soon(part.read_chunk(_CHUNK)):
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


def _too_large(most: int) -> TooLarge:
    limit = most / 1e6
    return TooLarge(f"A song may have {limit:g} MB.", {"limit_mb": limit})
