"""The tables: what the service knows, and what must never be there twice.

Every identifier is a ULID (`ids.new`), so that newest first is by identifier, descending. Times are
in UTC. What may be asked for twice has a unique `source` or key: a second one changes nothing.
"""

from oriel.service.models.base import Base, Moment
from oriel.service.models.letters import Mail, Notification
from oriel.service.models.money import Credit, Payment, PaymentEvent
from oriel.service.models.people import (
    Audit,
    OneTimeToken,
    Preset,
    RecoveryCode,
    RefreshToken,
    User,
)
from oriel.service.models.running import Figure, Worker
from oriel.service.models.videos import Render, Segment, Share, Song, Submission

__all__ = [
    "Audit",
    "Base",
    "Credit",
    "Figure",
    "Mail",
    "Moment",
    "Notification",
    "OneTimeToken",
    "Payment",
    "PaymentEvent",
    "Preset",
    "RecoveryCode",
    "RefreshToken",
    "Render",
    "Segment",
    "Share",
    "Song",
    "Submission",
    "User",
    "Worker",
]
