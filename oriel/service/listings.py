"""What those who run the service look for goes in; the question for the database comes out.

Each gives the newest first, of those older than the entry `before`, and never counts: a page costs
the same wherever it is.
"""

from datetime import datetime, timedelta
from typing import Any, Literal, TypeVarTuple

from sqlalchemy import ColumnElement, Select, func, or_, select, tuple_

from oriel.service import ids
from oriel.service.models import (
    Audit,
    Mail,
    Notification,
    Payment,
    PaymentEvent,
    Render,
    Song,
    User,
)

Age = Literal["hour", "day", "week", "over_hour", "over_day"]
Kind = Literal["all", "active", "inactive", "admin"]
Posted = Literal["all", "waiting", "failed", "sent"]
Handled = Literal["all", "waiting"]

Ts = TypeVarTuple("Ts")

_AGES = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(days=7),
}


def users(
    *, search: str = "", kind: Kind = "all", before: str | None = None, limit: int = 50
) -> Select[User]:
    """Accounts whose address or name holds `search`; an identifier finds its own."""
    wanted = select(User).where(User.deleted_at.is_(None))
    kinds = {"active": User.active.is_(True), "inactive": User.active.is_(False)}
    if kind == "admin":
        wanted = wanted.where(User.role == "admin")
    elif kind in kinds:
        wanted = wanted.where(kinds[kind])
    if len(search) == ids.LENGTH and "@" not in search:
        wanted = wanted.where(User.id == search.upper())
    elif search:
        address = User.email.contains(search.lower(), autoescape=True)  # it is in small letters
        wanted = wanted.where(or_(address, User.name.icontains(search, autoescape=True)))
    return _page(wanted, User.id, before, limit)


def renders(
    now: datetime,
    *,
    status: str | None = None,
    user: str | None = None,
    age: Age | None = None,
    before: str | None = None,
    limit: int = 50,
) -> Select[Render, Song, User]:
    """Renders with their songs and owners; `age` is since they were ordered."""
    wanted = (
        select(Render, Song, User)
        .join(Song, Song.id == Render.song_id)
        .join(User, User.id == Render.user_id)
    )
    if user is not None:
        wanted = wanted.where(Render.user_id == user)
    if status is not None:
        wanted = wanted.where(_beside(user, Render.status) == status)
    if age is not None:
        wanted = wanted.where(_aged(Render.id, age, now))
    return _page(wanted, Render.id, before, limit)


def payments(
    *,
    status: str | None = None,
    user: str | None = None,
    before: str | None = None,
    limit: int = 50,
) -> Select[Payment, User]:
    """Payments with who paid them."""
    wanted = select(Payment, User).join(User, User.id == Payment.user_id)
    if user is not None:
        wanted = wanted.where(Payment.user_id == user)
    if status is not None:
        wanted = wanted.where(_beside(user, Payment.status) == status)
    return _page(wanted, Payment.id, before, limit)


def events(
    *, state: Handled = "all", before: str | None = None, limit: int = 50
) -> Select[PaymentEvent]:
    """What the payment provider told, by when it came."""
    order = (PaymentEvent.received_at, PaymentEvent.id)
    wanted = select(PaymentEvent)
    if state == "waiting":
        wanted = wanted.where(PaymentEvent.handled_at.is_(None))
    if before is not None:
        last = select(*order).where(PaymentEvent.id == before).scalar_subquery()
        wanted = wanted.where(tuple_(*order) < last)
    return wanted.order_by(*(column.desc() for column in order)).limit(limit)


def mails(
    *,
    state: Posted = "all",
    user: str | None = None,
    before: str | None = None,
    limit: int = 50,
) -> Select[Mail]:
    """Letters: those that wait, that were given up, or that were sent."""
    wanted = select(Mail)
    if state == "waiting":
        wanted = wanted.where(Mail.sent_at.is_(None), Mail.gave_up_at.is_(None))
    elif state == "failed":
        wanted = wanted.where(Mail.gave_up_at.is_not(None))
    elif state == "sent":
        sent = func.coalesce(Mail.sent_at, Mail.sent_at)  # most were: by its index, all are sorted
        wanted = wanted.where(sent.is_not(None))
    if user is not None:
        wanted = wanted.where(Mail.user_id == user)
    return _page(wanted, Mail.id, before, limit)


def notices(*, before: str | None = None, limit: int = 50) -> Select[Notification]:
    """Ends of renders that nobody would hear of, and that were given up."""
    wanted = select(Notification).where(Notification.gave_up_at.is_not(None))
    return _page(wanted, Notification.id, before, limit)


def deeds(
    *,
    actor: str | None = None,
    action: str | None = None,
    subject: str | None = None,
    before: str | None = None,
    limit: int = 50,
) -> Select[Audit]:
    """Who did what."""
    wanted = select(Audit)
    given = {Audit.subject: subject, Audit.actor_id: actor, Audit.action: action}
    for column, value in given.items():
        if value is not None:
            wanted = wanted.where(column == value)
    return _page(wanted, Audit.id, before, limit)


def _page(wanted: Select[*Ts], column: Any, before: str | None, limit: int) -> Select[*Ts]:
    if before is not None:
        wanted = wanted.where(column < before)
    return wanted.order_by(column.desc()).limit(limit)


def _beside(user: str | None, status: Any) -> Any:
    """A state, beside somebody as no column: SQLite would prefer its index, which holds many more."""
    return status if user is None else status + ""


def _aged(column: Any, age: Age, now: datetime) -> ColumnElement[bool]:
    """Identifiers sort by time, so that no index of times is needed."""
    border = ids.first(now - _AGES[age.removeprefix("over_")])
    older: ColumnElement[bool] = column < border
    return older if age.startswith("over_") else column >= border
