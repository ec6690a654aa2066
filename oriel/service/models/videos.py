"""Songs, what was ordered of them, and how far it is."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from oriel.service.models.base import Base, identifier, index_of_some, now


class Song(Base):
    """A song that somebody sent."""

    __tablename__ = "songs"
    __table_args__ = (
        UniqueConstraint("user_id", "sha256"),
        # What is kept is a small part of what ever was, and its size is asked for often.
        index_of_some("ix_songs_kept", "deleted_at", "bytes", where="deleted_at IS NULL"),
        index_of_some("ix_songs_expiring", "expires_at", where="deleted_at IS NULL"),
        index_of_some("ix_songs_leftover", "id", where="deleted_at IS NOT NULL AND key != ''"),
    )

    id: Mapped[str] = identifier()
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
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]


class Submission(Base):
    """One order, of one or several sizes of the same song."""

    __tablename__ = "submissions"
    __table_args__ = (UniqueConstraint("user_id", "idempotency_key"),)

    id: Mapped[str] = identifier()
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    idempotency_key: Mapped[str | None] = mapped_column(String(200))
    request_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(default=now)


class Render(Base):
    """One video: what was ordered, how far it is, and where it lies."""

    __tablename__ = "renders"
    __table_args__ = (
        Index("ix_renders_user_id_id", "user_id", "id"),
        Index("ix_renders_status_lease_until", "status", "lease_until"),
        Index("ix_renders_status_id", "status", "id"),
        index_of_some("ix_renders_kept", "deleted_at", "bytes", where="deleted_at IS NULL"),
        index_of_some("ix_renders_expiring", "expires_at", where="deleted_at IS NULL"),
        index_of_some(
            *("ix_renders_leftover", "id"),
            where="deleted_at IS NOT NULL AND video_key IS NOT NULL",
        ),
    )

    id: Mapped[str] = identifier()
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
    # Starts of the stage under way, but for those whose worker died: they are the deaths.
    attempts: Mapped[int] = mapped_column(default=0)
    deaths: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    # Whether segments were asked for again, because they did not fit together or were lost.
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
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None] = mapped_column(index=True)
    cancel_asked_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]  # of a video that is done
    deleted_at: Mapped[datetime | None]


class Segment(Base):
    """Some frames of a render, which one worker draws."""

    __tablename__ = "segments"
    __table_args__ = (
        UniqueConstraint("render_id", "number"),
        Index("ix_segments_status_lease_until", "status", "lease_until"),
    )

    id: Mapped[str] = identifier()
    render_id: Mapped[str] = mapped_column(ForeignKey("renders.id", ondelete="CASCADE"))
    number: Mapped[int]
    first: Mapped[int]  # frame of the render
    count: Mapped[int]
    status: Mapped[str] = mapped_column(String(10), default="waiting")  # waiting, drawing, done
    frames_done: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    deaths: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    worker: Mapped[str | None] = mapped_column(String(120))
    lease_until: Mapped[datetime | None]
    fence: Mapped[int] = mapped_column(default=0)
    key: Mapped[str | None] = mapped_column(String(300))  # in the storage


class Share(Base):
    """A link with which anybody may watch a render's video."""

    __tablename__ = "shares"

    id: Mapped[str] = identifier()
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    render_id: Mapped[str] = mapped_column(
        ForeignKey("renders.id", ondelete="CASCADE"), unique=True
    )
    token: Mapped[str] = mapped_column(String(43), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
