"""What runs the service, and what was counted of its days."""

from datetime import datetime

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from oriel.service.models.base import Base, now


class Worker(Base):
    """A worker process that was seen lately."""

    __tablename__ = "workers"

    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    host: Mapped[str] = mapped_column(String(200))
    device: Mapped[str] = mapped_column(String(200), default="")
    version: Mapped[str] = mapped_column(String(40), default="")
    doing: Mapped[str] = mapped_column(String(160), default="")
    frames_per_second: Mapped[float | None]
    started_at: Mapped[datetime] = mapped_column(default=now)
    seen_at: Mapped[datetime] = mapped_column(default=now, index=True)
    stopping: Mapped[bool] = mapped_column(default=False)


class Figure(Base):
    """What was counted of a day, in UTC: written once, when the day is over.

    A sum over a million rows takes long; one over days does not (`figures`). That the books were
    compared on a day (`payments.check`) is a row too.
    """

    __tablename__ = "figures"

    day: Mapped[str] = mapped_column(String(10), primary_key=True)  # such as "2026-11-26"
    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    label: Mapped[str] = mapped_column(String(60), primary_key=True, default="")
    count: Mapped[int] = mapped_column(BigInteger, default=0)
    amount: Mapped[float] = mapped_column(default=0.0)  # cents, bytes, seconds or frames
