"""The tables of codes: what clients are told of a refusal, with which status; why a render failed.

`docs/api.md` and `/docs` list them; tests hold them to what the service can refuse, and to what
workers write.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from oriel.service.endings import Why
from oriel.service.errors import Refused


@dataclass(frozen=True)
class Code:
    """One line of the table."""

    status: int
    meaning: str


class BadJson(Refused):
    """The body is no JSON."""

    code: ClassVar[str] = "bad_json"


class WrongType(Refused):
    """The body is of another type than the route takes."""

    code: ClassVar[str] = "unsupported_media_type"


class BadForm(Refused):
    """The multipart form is damaged, or holds what does not belong there."""

    code: ClassVar[str] = "bad_form"


class NotASong(Refused):
    """What was sent as a song is something else."""

    code: ClassVar[str] = "not_a_song"


class TooSlow(Refused):
    """The body, or its next piece, did not come in time."""

    code: ClassVar[str] = "too_slow"


class TooLarge(Refused):
    """The body is larger than the route takes."""

    code: ClassVar[str] = "too_large"


class UnknownSong(Refused):
    """No song with this hash was sent by this user, or it was deleted since."""

    code: ClassVar[str] = "unknown_song"


class CrossSite(Refused):
    """A page of another site asks, with this browser's cookies."""

    code: ClassVar[str] = "cross_site"


class NotReady(Refused):
    """There is no video yet."""

    code: ClassVar[str] = "not_ready"


class Gone(Refused):
    """There was a video, and it was deleted."""

    code: ClassVar[str] = "gone"


_CODES = {
    "bad_request": Code(
        400, "This is no HTTP request that can be read; or a shape has no such `size` or `seed`."
    ),
    "bad_json": Code(400, "The body is no JSON."),
    "bad_form": Code(400, "The form is damaged, or has parts that do not belong there."),
    "bad_link": Code(
        400, "The link to a file, or the link or token of a letter, is unknown, used or too old."
    ),
    "bad_signature": Code(400, "A payment event that the provider did not sign, or long ago."),
    "refused": Code(400, "What was asked for cannot be done; the message says why."),
    "bad_credentials": Code(401, "No active account has this address and password."),
    "second_factor_required": Code(401, "The password is right; send a `code` of the app too."),
    "bad_code": Code(401, "The code is wrong, too old or was used before."),
    "not_signed_in": Code(401, "The token is missing, forged, too old or ended."),
    "no_credit": Code(402, "There is no credit left of the tier that was ordered."),
    "not_in_plan": Code(403, "The tier does not include what was ordered."),
    "forbidden": Code(403, "This is not yours to do."),
    "second_factor_missing": Code(403, "Administrators turn on a second factor here first."),
    "cross_site": Code(403, "A page of another site asked with this browser's cookies."),
    "not_found": Code(404, "There is no such thing, or it is somebody else's."),
    "unknown_song": Code(404, "No song of yours has this hash: send the file."),
    "method_not_allowed": Code(405, "The path does not answer this method."),
    "too_slow": Code(408, "The body came too slowly; send it again."),
    "taken": Code(409, "The name is in use already, or the address is another account's."),
    "not_ready": Code(409, "The video is not done yet."),
    "not_possible": Code(409, "It is not in a state in which that can be done."),
    "not_refundable": Code(409, "The payment was not made, or its money went back already."),
    "not_resendable": Code(409, "What the letter told of is not known any more."),
    "payments_off": Code(409, "This server takes no payments."),
    "idempotency_key_used": Code(409, "The Idempotency-Key was used for another request."),
    "gone": Code(410, "It was deleted, when its time was over."),
    "too_large": Code(413, "The body is larger than allowed."),
    "unsupported_media_type": Code(415, "The body is of a type that the path does not take."),
    "not_a_song": Code(415, "The file is of no kind of sound that Oriel reads."),
    "expectation_failed": Code(417, "A request may expect `100-continue`, and nothing else."),
    "invalid": Code(422, "Fields are wrong; `details` names each, with what is wrong."),
    "too_many": Code(429, "Asked too often; `Retry-After` says in how many seconds to try again."),
    "internal_error": Code(500, "Something failed here, and it was noted down."),
    "unavailable": Code(503, "A part of the service cannot be reached; try again later."),
}
CODES: Mapping[str, Code] = MappingProxyType(_CODES)

_FAILURES: dict[Why, str] = {
    "bad_song": "The song is damaged, or of no kind of sound after all: send another file.",
    "song_gone": "The song was lost before the video was done: send it again.",
    "nothing_to_render": "The song ends before the part that was ordered.",
    "too_long": "The song is longer than any may be, or the video than the tier includes.",
    "took_too_long": "Making the video took too long: order a shorter part, or a smaller size.",
    "too_much_memory": "Making the video took too much memory: order a smaller size.",
    "video_too_large": "The video would be too large a file: order a smaller size or lower quality.",
    "render_failed": "Something failed here, and it was noted down.",
}
FAILURES: Mapping[Why, str] = MappingProxyType(_FAILURES)
