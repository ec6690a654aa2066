"""Accounts, what they are signed in with, and what people with power did."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from oriel.service import ids
from oriel.service.models.base import Base, identifier, index_of_some, now


class User(Base):
    """Somebody with an account."""

    __tablename__ = "users"
    __table_args__ = (
        # Any number may claim an address, and one has confirmed it.
        Index("ix_users_email_created_at", "email", "created_at"),
        index_of_some("uq_users_email", "email", where="verified_at IS NOT NULL", unique=True),
        Index("ix_users_role_id", "role", "id"),
        Index("ix_users_active_id", "active", "id"),
        # Not first by deleted_at: who lists accounts would sort all of them.
        index_of_some(
            *("ix_users_counted", "active", "verified_at", "deleted_at"),
            where="deleted_at IS NULL",
        ),
    )

    id: Mapped[str] = identifier()
    email: Mapped[str] = mapped_column(String(254))  # normalised
    email_as_typed: Mapped[str] = mapped_column(String(254))
    password_hash: Mapped[str] = mapped_column(String(255))
    name: Mapped[str] = mapped_column(String(100), default="")
    role: Mapped[str] = mapped_column(String(10), default="user")  # user, admin
    active: Mapped[bool] = mapped_column(default=True)
    verified_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)
    seen_at: Mapped[datetime | None] = mapped_column(index=True)
    # Access tokens that were given out before are refused: signing out everywhere, deactivation.
    sessions_since: Mapped[datetime] = mapped_column(default=now)
    deleted_at: Mapped[datetime | None]
    # Since when a code is asked for beside the password; its secret, encrypted (`sealing`), and the
    # half minute since 1970 whose code was used last.
    second_factor_since: Mapped[datetime | None]
    second_factor_sealed: Mapped[str | None] = mapped_column(String(200))
    second_factor_step: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))


class RefreshToken(Base):
    """One link of a chain of refresh tokens; only its hash is kept."""

    __tablename__ = "refresh_tokens"

    id: Mapped[str] = identifier()
    family: Mapped[str] = mapped_column(String(ids.LENGTH), index=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)
    expires_at: Mapped[datetime]
    family_expires_at: Mapped[datetime]  # however often it is renewed
    used_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    address: Mapped[str] = mapped_column(String(64), default="")
    agent: Mapped[str] = mapped_column(String(200), default="")


class OneTimeToken(Base):
    """A link in a letter that works once: to verify an address, or to choose a new password."""

    __tablename__ = "one_time_tokens"

    id: Mapped[str] = identifier()
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[str] = mapped_column(String(20))  # verify, reset, change_email
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    email: Mapped[str] = mapped_column(String(254))  # the address it was sent to
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class RecoveryCode(Base):
    """A code that signs in once without the phone that makes codes; only its hash is kept."""

    __tablename__ = "recovery_codes"

    id: Mapped[str] = identifier()
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    used_at: Mapped[datetime | None]


class Preset(Base):
    """A look that somebody keeps."""

    __tablename__ = "presets"
    __table_args__ = (UniqueConstraint("user_id", "name"),)

    id: Mapped[str] = identifier()
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(80))
    look: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(default=now)
    changed_at: Mapped[datetime] = mapped_column(default=now)


class Audit(Base):
    """What somebody with power, or a stranger with a stolen token, did."""

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_actor_id_id", "actor_id", "id"),
        Index("ix_audit_action_id", "action", "id"),
        Index("ix_audit_subject_id", "subject", "id"),
    )

    id: Mapped[str] = identifier()
    actor_id: Mapped[str | None] = mapped_column(String(ids.LENGTH))
    action: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(120), default="")
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    address: Mapped[str] = mapped_column(String(64), default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
