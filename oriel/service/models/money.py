"""What was bought, and the ledger of credits."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from oriel.service.models.base import Base, identifier, now


class Credit(Base):
    """An entry of the ledger: renders of a tier granted (+) or spent (-). Never changed."""

    __tablename__ = "credits"
    __table_args__ = (Index("ix_credits_user_id_tier", "user_id", "tier"),)

    id: Mapped[str] = identifier()
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    tier: Mapped[str] = mapped_column(String(20))
    amount: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))  # welcome, purchase, spend, return, refund, admin
    # What it is for, such as "payment:…:purchase" or "render:…:spend": never twice.
    source: Mapped[str] = mapped_column(String(120), unique=True)
    reason: Mapped[str] = mapped_column(String(300), default="")
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)


class Payment(Base):
    """A purchase of one credit."""

    __tablename__ = "payments"
    __table_args__ = (
        Index("ix_payments_user_id_id", "user_id", "id"),
        Index("ix_payments_status_id", "status", "id"),
        Index("ix_payments_user_id_idempotency_key", "user_id", "idempotency_key", unique=True),
    )

    id: Mapped[str] = identifier()
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
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)
    paid_at: Mapped[datetime | None] = mapped_column(index=True)
    refunded_at: Mapped[datetime | None] = mapped_column(index=True)


class PaymentEvent(Base):
    """What the payment provider told us, kept before it is acted upon."""

    __tablename__ = "payment_events"
    __table_args__ = (Index("ix_payment_events_received_at_id", "received_at", "id"),)

    id: Mapped[str] = mapped_column(String(255), primary_key=True)  # the provider's
    type: Mapped[str] = mapped_column(String(80), index=True)
    body: Mapped[dict[str, Any]]
    received_at: Mapped[datetime] = mapped_column(default=now)
    handled_at: Mapped[datetime | None] = mapped_column(index=True)
    outcome: Mapped[str] = mapped_column(String(200), default="")
    attempts: Mapped[int] = mapped_column(default=0)
