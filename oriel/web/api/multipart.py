"""A request in; the parts of its form, one after the other, and their bytes as they come, out."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from aiohttp import BodyPartReader, web
from aiohttp.http import HttpProcessingError

from oriel.web.api.codes import BadForm, TooLarge
from oriel.web.api.patience import soon

MOST_FIELDS = 40  # beside a song
_DAMAGE = (  # whatever aiohttp makes of a form that is none
    *(AssertionError, EOFError, RuntimeError, ValueError),
    *(HttpProcessingError, web.RequestPayloadError),
)
ROOM = 1 << 20  # bytes of a body beside its song
_CHUNK = 1 << 18  # bytes that are looked through for the part's end at once


@dataclass
class Body:
    """A body that is being read, whose song may have `most` bytes: all of it has a little more.

    What reads it raises BadForm, TooLarge and TooSlow.
    """

    request: web.Request
    most: int

    def __post_init__(self) -> None:
        self._left = self.most + ROOM

    async def parts(self) -> AsyncIterator[BodyPartReader]:
        """Each part, which has a name; what was not read of it is passed over before the next."""
        if (self.request.content_length or 0) > self._left:
            raise too_large(self.most)
        with damage():
            reader = await self.request.multipart()
        for _ in range(MOST_FIELDS + 2):  # a song, and the end
            with damage():
                part = await soon(reader.next())
            if part is None:
                return
            if not isinstance(part, BodyPartReader) or not part.name:
                raise BadForm("Every part of the form must have a name.")
            yield part
            async for _ in self.chunks(part):
                pass
        raise too_many()

    async def chunks(self, part: BodyPartReader) -> AsyncIterator[bytes]:
        """A part's bytes as they come."""
        while True:
            with damage():
                chunk = await soon(part.read_chunk(_CHUNK))
            if not chunk:
                return
            self._left -= len(chunk)
            if self._left < 0:
                raise too_large(self.most)
            yield chunk


@contextmanager
def damage() -> Iterator[None]:
    """Tell what aiohttp says of a form that is none; the block does nothing but read."""
    try:
        yield
    except _DAMAGE as error:
        raise BadForm("The form is damaged, or ended too early: send it again.") from error


def too_many() -> BadForm:
    """That the form has more fields than any order."""
    return BadForm(f"At most {MOST_FIELDS} fields can be sent.")


def too_large(most: int) -> TooLarge:
    """That a song, or a body with one, is larger than `most` bytes."""
    limit = most / 1e6
    return TooLarge(
        f"A song may have at most {limit:g} MB: save it smaller, as MP3.", {"limit_mb": limit}
    )
