"""What is to be told: letters, and ends of renders."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from oriel.service.models.base import Base, identifier, index_of_some, now


class Mail(Base):
    """A letter that is to be sent, written with the change that it tells of."""

    __tablename__ = "mails"
    __table_args__ = (
        Index("ix_mails_sent_at_due_at", "sent_at", "due_at"),
        Index("ix_mails_user_id_id", "user_id", "id"),
        index_of_some("ix_mails_waiting", "id", where="sent_at IS NULL AND gave_up_at IS NULL"),
        index_of_some("ix_mails_given_up", "id", where="gave_up_at IS NOT NULL"),
    )

    id: Mapped[str] = identifier()
    user_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    to: Mapped[str] = mapped_column(String(254))
    letter: Mapped[str] = mapped_column(String(40))  # the template's name
    words: Mapped[dict[str, Any]]  # what the template needs
    source: Mapped[str] = mapped_column(String(160), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    due_at: Mapped[datetime] = mapped_column(default=now)
    lease_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(Text)
    sent_at: Mapped[datetime | None]
    gave_up_at: Mapped[datetime | None]


class Notification(Base):
    """A render's end that is to be told to the address that its order named."""

    __tablename__ = "notifications"
    __table_args__ = (
        index_of_some("ix_notifications_given_up", "id", where="gave_up_at IS NOT NULL"),
    )

    id: Mapped[str] = identifier()
    render_id: Mapped[str] = mapped_column(ForeignKey("renders.id"), unique=True)
    url: Mapped[str] = mapped_column(Text)
    body: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(default=now)
    due_at: Mapped[datetime] = mapped_column(default=now, index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(Text)
    delivered_at: Mapped[datetime | None]
    gave_up_at: Mapped[datetime | None]
