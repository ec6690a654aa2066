"""The tables: what the service knows, and what must never be there twice.

Every identifier is a ULID (`ids.new`), so that newest first is by identifier, descending. Times are
in UTC. What may be asked for twice has a unique `source` or key: a second one changes nothing.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from oriel.service import ids


class Moment(TypeDecorator[datetime]):
    """A time in UTC, which SQLite would give back without its zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse times without a zone: nobody knows when they are."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The time with its zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """What all tables share; constraints have names, so that migrations can change them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it from the class
        datetime: Moment,
        dict[str, Any]: JSON,
    }


def _id() -> Mapped[str]:
    return mapped_column(String(ids.LENGTH), primary_key=True, default=ids.new)


def _now() -> datetime:
    return datetime.now(UTC)


def _some(name: str, *columns: str, where: str) -> Index:
    """An index of those rows alone that are asked for."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


class User(Base):
    """Somebody with an account."""

    __tablename__ = "users"
    __table_args__ = (
        Index("ix_users_role_id", "role", "id"),
        Index("ix_users_active_id", "active", "id"),
        # Not first by deleted_at: who lists accounts would sort all of them.
        _some(
            *("ix_users_counted", "active", "verified_at", "deleted_at"),
            where="deleted_at IS NULL",
        ),
    )

    id: Mapped[str] = _id()
    email: Mapped[str] = mapped_column(String(254), unique=True)  # normalised
    email_as_typed: Mapped[str] = mapped_column(String(254))
    password_hash: Mapped[str] = mapped_column(String(255))
    name: Mapped[str] = mapped_column(String(100), default="")
    role: Mapped[str] = mapped_column(String(10), default="user")  # user, admin
    active: Mapped[bool] = mapped_column(default=True)
    verified_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=_now, index=True)
    seen_at: Mapped[datetime | None] = mapped_column(index=True)
    # Access tokens that were given out before are refused: signing out everywhere, deactivation.
    sessions_since: Mapped[datetime] = mapped_column(default=_now)
    deleted_at: Mapped[datetime | None]


class RefreshToken(Base):
    """One link of a chain of refresh tokens; only its hash is kept."""

    __tablename__ = "refresh_tokens"

    id: Mapped[str] = _id()
    family: Mapped[str] = mapped_column(String(ids.LENGTH), index=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=_now, index=True)
    expires_at: Mapped[datetime]
    family_expires_at: Mapped[datetime]  # however often it is renewed
    used_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    address: Mapped[str] = mapped_column(String(64), default="")
    agent: Mapped[str] = mapped_column(String(200), default="")


class OneTimeToken(Base):
    """A link in a letter that works once: to verify an address, or to choose a new password."""

    __tablename__ = "one_time_tokens"

    id: Mapped[str] = _id()
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[str] = mapped_column(String(20))  # verify, reset, change_email
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    email: Mapped[str] = mapped_column(String(254))  # the address it was sent to
    created_at: Mapped[datetime] = mapped_column(default=_now)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Credit(Base):
    """An entry of the ledger: renders of a tier granted (+) or spent (-). Never changed."""

    __tablename__ = "credits"
    __table_args__ = (Index("ix_credits_user_id_tier", "user_id", "tier"),)

    id: Mapped[str] = _id()
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    tier: Mapped[str] = mapped_column(String(20))
    amount: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))  # welcome, purchase, spend, return, refund, admin
    # What it is for, such as "payment:…:purchase" or "render:…:spend": never twice.
    source: Mapped[str] = mapped_column(String(120), unique=True)
    reason: Mapped[str] = mapped_column(String(300), default="")
    created_at: Mapped[datetime] = mapped_column(default=_now, index=True)


class Payment(Base):
    """A purchase of one credit."""

    __tablename__ = "payments"
    __table_args__ = (
        Index("ix_payments_user_id_id", "user_id", "id"),
        Index("ix_payments_status_id", "status", "id"),
        Index("ix_payments_user_id_idempotency_key", "user_id", "idempotency_key", unique=True),
    )

    id: Mapped[str] = _id()
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    tier: Mapped[str] = mapped_column(String(20))
    amount_cents: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    # created, paid, expired, failed, refunded, disputed
    status: Mapped[str] = mapped_column(String(20), default="created")
    provider: Mapped[str] = mapped_column(String(20))
    session: Mapped[str | None] = mapped_column(String(255), unique=True)  # the provider's
    intent: Mapped[str | None] = mapped_column(String(255), index=True)  # the provider's
    url: Mapped[str | None] = mapped_column(Text)  # where it is paid
    receipt: Mapped[str | None] = mapped_column(String(40), unique=True)
    licence: Mapped[str] = mapped_column(String(40), default="")
    idempotency_key: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(default=_now, index=True)
    paid_at: Mapped[datetime | None] = mapped_column(index=True)
    refunded_at: Mapped[datetime | None] = mapped_column(index=True)


class PaymentEvent(Base):
    """What the payment provider told us, kept before it is acted upon."""

    __tablename__ = "payment_events"
    __table_args__ = (Index("ix_payment_events_received_at_id", "received_at", "id"),)

    id: Mapped[str] = mapped_column(String(255), primary_key=True)  # the provider's
    type: Mapped[str] = mapped_column(String(80), index=True)
    body: Mapped[dict[str, Any]]
    received_at: Mapped[datetime] = mapped_column(default=_now)
    handled_at: Mapped[datetime | None] = mapped_column(index=True)
    outcome: Mapped[str] = mapped_column(String(200), default="")
    attempts: Mapped[int] = mapped_column(default=0)


class Song(Base):
    """A song that somebody sent."""

    __tablename__ = "songs"
    __table_args__ = (
        UniqueConstraint("user_id", "sha256"),
        # What is kept is a small part of what ever was, and its size is asked for often.
        _some("ix_songs_kept", "deleted_at", "bytes", where="deleted_at IS NULL"),
        _some("ix_songs_expiring", "expires_at", where="deleted_at IS NULL"),
        _some("ix_songs_leftover", "id", where="deleted_at IS NOT NULL AND key != ''"),
    )

    id: Mapped[str] = _id()
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    sha256: Mapped[str] = mapped_column(String(64))
    bytes: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(String(200))
    key: Mapped[str] = mapped_column(String(300))  # in the storage
    # Of the probe in the limited child; nothing before it ran.
    seconds: Mapped[float | None]
    title: Mapped[str | None] = mapped_column(String(200))
    artist: Mapped[str | None] = mapped_column(String(200))
    codec: Mapped[str | None] = mapped_column(String(40))
    # {"tempo", "beats"}, once heard; thousands of numbers, for those who ask.
    rhythm: Mapped[dict[str, Any] | None] = mapped_column(JSON, deferred=True)
    created_at: Mapped[datetime] = mapped_column(default=_now)
    expires_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]


class Submission(Base):
    """One order, of one or several sizes of the same song."""

    __tablename__ = "submissions"
    __table_args__ = (UniqueConstraint("user_id", "idempotency_key"),)

    id: Mapped[str] = _id()
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    idempotency_key: Mapped[str | None] = mapped_column(String(200))
    request_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(default=_now)


class Render(Base):
    """One video: what was ordered, how far it is, and where it lies."""

    __tablename__ = "renders"
    __table_args__ = (
        Index("ix_renders_user_id_id", "user_id", "id"),
        Index("ix_renders_status_lease_until", "status", "lease_until"),
        Index("ix_renders_status_id", "status", "id"),
        _some("ix_renders_kept", "deleted_at", "bytes", where="deleted_at IS NULL"),
        _some("ix_renders_expiring", "expires_at", where="deleted_at IS NULL"),
        _some(
            *("ix_renders_leftover", "id"),
            where="deleted_at IS NOT NULL AND video_key IS NOT NULL",
        ),
    )

    id: Mapped[str] = _id()
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    submission_id: Mapped[str] = mapped_column(ForeignKey("submissions.id"), index=True)
    song_id: Mapped[str] = mapped_column(ForeignKey("songs.id"), index=True)
    # The order.
    look: Mapped[dict[str, Any]]
    width: Mapped[int]
    height: Mapped[int]
    fps: Mapped[str] = mapped_column(String(20))  # a fraction, such as "30000/1001"
    start: Mapped[float] = mapped_column(default=0.0)  # seconds
    end: Mapped[float | None]  # seconds
    tier: Mapped[str] = mapped_column(String(20))
    codec: Mapped[str] = mapped_column(String(20), default="h264")
    quality: Mapped[str] = mapped_column(String(20), default="standard")
    watermark: Mapped[bool] = mapped_column(default=False)
    priority: Mapped[int] = mapped_column(default=0)  # 1: paid, 2: an admin wants it first
    order_hash: Mapped[str] = mapped_column(String(64), index=True)  # equal orders, equal videos
    notify_url: Mapped[str | None] = mapped_column(Text)
    request_id: Mapped[str] = mapped_column(String(64), default="", server_default=text("''"))
    traceparent: Mapped[str] = mapped_column(String(55), default="", server_default=text("''"))
    # How far it is: queued, preparing, drawing, finishing, done, failed, cancelled.
    status: Mapped[str] = mapped_column(String(12), default="queued")
    frames: Mapped[int] = mapped_column(default=0)
    frames_done: Mapped[int] = mapped_column(default=0)
    frames_per_second: Mapped[float | None]
    error_code: Mapped[str | None] = mapped_column(String(40))
    error_message: Mapped[str | None] = mapped_column(Text)
    log: Mapped[str] = mapped_column(Text, default="")
    attempts: Mapped[int] = mapped_column(default=0)  # starts of the stage under way
    # Whether its segments were asked for again, because they did not fit together.
    redrawn: Mapped[bool] = mapped_column(default=False, server_default=false())
    version: Mapped[int] = mapped_column(default=0)  # of what event streams tell
    # Who works on it (preparing, finishing); `fence` grows with each claim, and a write with an
    # older one is refused.
    worker: Mapped[str | None] = mapped_column(String(120))
    lease_until: Mapped[datetime | None]
    fence: Mapped[int] = mapped_column(default=0)
    # What came of it.
    video_key: Mapped[str | None] = mapped_column(String(300))
    poster_key: Mapped[str | None] = mapped_column(String(300))
    thumbnail_key: Mapped[str | None] = mapped_column(String(300))
    bytes: Mapped[int | None] = mapped_column(BigInteger)
    seconds: Mapped[float | None]
    created_at: Mapped[datetime] = mapped_column(default=_now, index=True)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None] = mapped_column(index=True)
    cancel_asked_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]  # of a video that is done
    deleted_at: Mapped[datetime | None]


class Share(Base):
    """A link with which anybody may watch a render's video."""

    __tablename__ = "shares"

    id: Mapped[str] = _id()
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    render_id: Mapped[str] = mapped_column(
        ForeignKey("renders.id", ondelete="CASCADE"), unique=True
    )
    token: Mapped[str] = mapped_column(String(43), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=_now)


class Segment(Base):
    """Some frames of a render, which one worker draws."""

    __tablename__ = "segments"
    __table_args__ = (
        UniqueConstraint("render_id", "number"),
        Index("ix_segments_status_lease_until", "status", "lease_until"),
    )

    id: Mapped[str] = _id()
    render_id: Mapped[str] = mapped_column(ForeignKey("renders.id", ondelete="CASCADE"))
    number: Mapped[int]
    first: Mapped[int]  # frame of the render
    count: Mapped[int]
    status: Mapped[str] = mapped_column(String(10), default="waiting")  # waiting, drawing, done
    frames_done: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    worker: Mapped[str | None] = mapped_column(String(120))
    lease_until: Mapped[datetime | None]
    fence: Mapped[int] = mapped_column(default=0)
    key: Mapped[str | None] = mapped_column(String(300))  # in the storage


class Mail(Base):
    """A letter that is to be sent, written with the change that it tells of."""

    __tablename__ = "mails"
    __table_args__ = (
        Index("ix_mails_sent_at_due_at", "sent_at", "due_at"),
        Index("ix_mails_user_id_id", "user_id", "id"),
        _some("ix_mails_waiting", "id", where="sent_at IS NULL AND gave_up_at IS NULL"),
        _some("ix_mails_given_up", "id", where="gave_up_at IS NOT NULL"),
    )

    id: Mapped[str] = _id()
    user_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    to: Mapped[str] = mapped_column(String(254))
    letter: Mapped[str] = mapped_column(String(40))  # the template's name
    words: Mapped[dict[str, Any]]  # what the template needs
    source: Mapped[str] = mapped_column(String(160), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=_now)
    due_at: Mapped[datetime] = mapped_column(default=_now)
    lease_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(Text)
    sent_at: Mapped[datetime | None]
    gave_up_at: Mapped[datetime | None]


class Notification(Base):
    """A render's end that is to be told to the address that its order named."""

    __tablename__ = "notifications"
    __table_args__ = (_some("ix_notifications_given_up", "id", where="gave_up_at IS NOT NULL"),)

    id: Mapped[str] = _id()
    render_id: Mapped[str] = mapped_column(ForeignKey("renders.id"), unique=True)
    url: Mapped[str] = mapped_column(Text)
    body: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(default=_now)
    due_at: Mapped[datetime] = mapped_column(default=_now, index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(Text)
    delivered_at: Mapped[datetime | None]
    gave_up_at: Mapped[datetime | None]


class Preset(Base):
    """A look that somebody keeps."""

    __tablename__ = "presets"
    __table_args__ = (UniqueConstraint("user_id", "name"),)

    id: Mapped[str] = _id()
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(80))
    look: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(default=_now)
    changed_at: Mapped[datetime] = mapped_column(default=_now)


class Audit(Base):
    """What somebody with power, or a stranger with a stolen token, did."""

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_actor_id_id", "actor_id", "id"),
        Index("ix_audit_action_id", "action", "id"),
        Index("ix_audit_subject_id", "subject", "id"),
    )

    id: Mapped[str] = _id()
    actor_id: Mapped[str | None] = mapped_column(String(ids.LENGTH))
    action: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(120), default="")
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    address: Mapped[str] = mapped_column(String(64), default="")
    created_at: Mapped[datetime] = mapped_column(default=_now)


class Worker(Base):
    """A worker process that was seen lately."""

    __tablename__ = "workers"

    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    host: Mapped[str] = mapped_column(String(200))
    device: Mapped[str] = mapped_column(String(200), default="")
    version: Mapped[str] = mapped_column(String(40), default="")
    doing: Mapped[str] = mapped_column(String(160), default="")
    frames_per_second: Mapped[float | None]
    started_at: Mapped[datetime] = mapped_column(default=_now)
    seen_at: Mapped[datetime] = mapped_column(default=_now, index=True)
    stopping: Mapped[bool] = mapped_column(default=False)


class Figure(Base):
    """What was counted of a day, in UTC: written once, when the day is over.

    A sum over a million rows takes long; one over days does not (`figures`).
    """

    __tablename__ = "figures"

    day: Mapped[str] = mapped_column(String(10), primary_key=True)  # such as "2026-11-26"
    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    label: Mapped[str] = mapped_column(String(60), primary_key=True, default="")
    count: Mapped[int] = mapped_column(BigInteger, default=0)
    amount: Mapped[float] = mapped_column(default=0.0)  # cents, bytes, seconds or frames
