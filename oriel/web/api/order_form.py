"""An order's form in; what is ordered, or everything that is wrong in it at once, out."""

import re
from typing import Annotated, Literal

from pydantic import Field

from oriel.service import orders
from oriel.service.errors import BadFields
from oriel.service.orders import CODECS, QUALITIES, Order
from oriel.web.api import once, upload
from oriel.web.api.call import Call
from oriel.web.api.models import SHA256, Asked, Sha256

_HASH = re.compile(SHA256)


class Submission(Asked):
    """A form: the song, and what its video is to be like."""

    song: Annotated[
        str | None,
        Field(description="The song's file.", json_schema_extra={"contentMediaType": "audio/mpeg"}),
    ] = None
    song_hash: Sha256 | None = Field(
        default=None, description="Or the SHA-256 of a song that you sent before, in hexadecimal."
    )
    look: str | None = Field(default=None, description="A look as JSON, or a built-in look's name.")
    size: list[str] | None = Field(
        default=None,
        max_length=orders.MOST_SIZES,
        description="1280x720, or 720p, 1080p, 4k, square, vertical; several times for several videos.",
    )
    fps: str | None = Field(default=None, description="Frames a second; 30 if absent.")
    start: str | None = Field(default=None, description="Where in the song to begin, in seconds.")
    end: str | None = Field(default=None, description="Where to stop; the song's end if absent.")
    tier: str | None = Field(default=None, description="free if absent; see /api/payments/tiers.")
    codec: Literal[CODECS] | None = None  # type: ignore[valid-type]
    quality: Literal[QUALITIES] | None = None  # type: ignore[valid-type]
    notify_url: str | None = Field(
        default=None, description="Where to tell, signed, that the render has ended."
    )
    idempotency_key: once.Key = None


_PARTS = Submission.model_fields.keys()
_FIELDS = _PARTS - {"song"}  # which `upload` has read


def read(call: Call, form: upload.Form) -> Order:
    """What the form orders; raises BadFields with everything that is wrong in it."""
    problems = _unfit(form)
    try:
        order = orders.read(form.fields)
    except BadFields as error:
        problems |= error.details
    tier = (form.fields.get("tier") or ["free"])[0].strip() or "free"
    if tier not in call.parts.plans:
        problems["tier"] = f"must be one of {', '.join(call.parts.plans)}"
    problems |= _wrong_song(form) | once.wrong(key_of(call, form))
    problems |= {name: said for name, said in form.problems.items() if name in _PARTS}
    if problems:
        raise BadFields(problems)
    return order


def _unfit(form: upload.Form) -> dict[str, str]:
    """The fields that there are not, and those of which one alone is understood."""
    known = {
        name: "must be sent once"
        for name in _FIELDS - {"size"}
        if len(form.fields.get(name, ())) > 1
    }
    unknown = form.fields.keys() - _FIELDS
    return known | {name[:100].replace("\0", ""): "is not known here" for name in unknown}


def key_of(call: Call, form: upload.Form) -> str | None:
    """The name that the client gave to this order, if any."""
    return once.key(call, next(iter(form.fields.get(once.FIELD, ())), None))


def _wrong_song(form: upload.Form) -> dict[str, str]:
    hashes = form.fields.get("song_hash", [])
    if form.song is not None and hashes:
        return {"song_hash": "send the song or its hash, not both"}
    if form.song is None and not hashes:
        return {"song": "is missing"}
    if hashes and not (len(hashes) == 1 and _HASH.fullmatch(hashes[0])):
        return {"song_hash": "must be the 64 hexadecimal digits of a SHA-256"}
    return {}
