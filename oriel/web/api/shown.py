"""What several routes tell of: a user, their tokens, a render's status."""

from datetime import datetime
from typing import Any, Literal, Self

from pydantic import Field

from oriel.service import profiles
from oriel.service.models import User
from oriel.web.api.codes import FAILURES
from oriel.web.api.models import Told

State = Literal["queued", "preparing", "drawing", "finishing", "done", "failed", "cancelled"]
Paying = Literal["created", "paid", "expired", "failed", "refunded", "disputed"]


class Done(Told):
    """That it is done."""

    message: str


class Somebody(Told):
    """A user, as they see themselves."""

    id: str
    email: str
    name: str
    role: Literal["user", "admin"]
    active: bool
    verified: bool = Field(description="Whether the address was confirmed.")
    second_factor: bool = Field(description="Whether a code is asked for beside the password.")
    created_at: datetime

    @classmethod
    def of(cls, user: User) -> Self:
        """The same of a row."""
        return cls(**profiles.described(user))


class Signed(Told):
    """A sign-in: the access token is good for `expires_in` seconds, the refresh token once.

    A page of this service gets null in the place of both, and its browser has them as cookies.
    """

    access_token: str | None
    refresh_token: str | None
    token_type: Literal["Bearer"] = "Bearer"
    expires_in: int
    user: Somebody


class Bought(Told):
    """A payment."""

    id: str
    tier: str
    amount_cents: int
    currency: str
    status: Paying
    receipt: str | None
    licence: str
    created_at: datetime
    paid_at: datetime | None
    refunded_at: datetime | None


class Problem(Told):
    """Why a render failed."""

    # Not held to the table: while versions change, a newer worker may have a word of its own.
    code: str = Field(json_schema_extra={"enum": [*FAILURES]})
    message: str


class SongOf(Told):
    """The song of a render."""

    name: str
    title: str | None
    artist: str | None
    seconds: float | None
    sha256: str
    kept: bool = Field(
        description="Whether it is still kept: its hash is enough then to order it again."
    )


class Status(Told):
    """Everything about a render; `stage` is another word for its status."""

    id: str
    status: State
    stage: State
    progress: float = Field(ge=0, le=1)
    percent: float = Field(ge=0, le=100)
    error: Problem | None
    frames: int
    frames_done: int
    frames_per_second: float | None
    seconds_left: float | None
    queue_position: int | None = Field(description="1 is begun next; null once it has begun.")
    credit: Literal["spent", "returned", "refunded"] | None = Field(
        description="What became of its credit where it failed or was cancelled; null if it cost none,"
        " and in what administrators are told."
    )
    version: int = Field(description="Grows with each change; the id of events.")
    submission_id: str
    song: SongOf | None
    look: dict[str, Any]
    size: str
    width: int
    height: int
    fps: str
    start: float
    end: float | None
    tier: str
    codec: str
    quality: str
    watermark: bool
    seconds: float | None
    bytes: int | None
    poster: str | None = Field(
        description="A word for its picture, which there may be before the video; another picture,"
        " another word; null while there is none."
    )
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    expires_at: datetime | None
    deleted: bool
