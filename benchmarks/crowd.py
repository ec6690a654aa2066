"""A database's URL and some counts go in; a service that many have used for a year is in it then.

Nothing is left to chance, so that two databases hold the same. All tables are filled in proportion:
a fifth of the renders was paid for, one in twenty failed, and what is older than a month is deleted.
"""

import itertools
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import make_url

from oriel.service import endings, ids

YEAR = timedelta(days=365)
_MONTH = timedelta(days=30)
_TIERS = ("personal", "commercial", "premium")
_CENTS = {"personal": 299, "commercial": 999, "premium": 1999}
_REASONS = (
    ("bad_song", "The file is damaged: its sound ends after 3.1 s of 214 s."),
    endings.GAVE_UP,
    (
        "took_too_long",
        "Making the video took too long: order a shorter part of the song, or a smaller size.",
    ),
    ("song_gone", "The song is not there any more: send it again."),
)
_LOG = "oriel render: 1\n" + "llvmpipe: out of memory while drawing a frame\n" * 40
_AT_ONCE = 50_000  # rows

Row = tuple[Any, ...]
Rows = Iterator[Row]


@dataclass(frozen=True)
class Crowd:
    """So many accounts and renders, up to `now`."""

    users: int
    renders: int
    now: datetime

    def moment(self, number: int, of: int) -> datetime:
        """When the so-manieth of them came: the later, the more."""
        share: float = ((number + 0.5) / of) ** 0.7
        return self.now - YEAR + YEAR * share

    def user(self, number: int) -> str:
        """An account's identifier."""
        return _id(self.moment(number, self.users), number)

    def owner(self, render: int) -> int:
        """Who ordered a render: one of those that were there; some order much more than others."""
        if render % 1000 == 0:
            return 0  # a label, whose programs order on and on
        there = max(1, self.users * render // self.renders)
        chance = render * 2_654_435_761 % 2**32  # Knuth's multiplicative hash
        return chance % max(1, there if render % 3 else there // 10)

    def render(self, number: int) -> str:
        """A render's identifier."""
        return _id(self.moment(number, self.renders), number)

    def status(self, number: int) -> str:
        """How a render stands; the last ones are not done yet."""
        left = self.renders - number
        if left <= max(4, self.renders // 5000):
            return "drawing" if left % 4 == 0 else "queued"
        return "failed" if number % 20 == 7 else "cancelled" if number % 40 == 11 else "done"

    def paid(self, number: int) -> bool:
        """Whether a render was paid for."""
        return number % 5 == 0

    def tier(self, number: int) -> str:
        """What a render was ordered as."""
        return _TIERS[number // 5 % 3] if self.paid(number) else "free"


async def seed(url: str, crowd: Crowd) -> int:
    """Fill the empty tables of a database; how many rows there are then."""
    put = _into_sqlite if make_url(url).get_backend_name() == "sqlite" else _into_postgresql
    return await put(url, tables(crowd))


def tables(crowd: Crowd) -> Iterator[tuple[str, Sequence[str], Rows]]:
    """Each table's name, columns and rows, in the order in which they refer to each other."""
    for name, columns, rows in (
        ("users", _USERS, _users(crowd)),
        ("refresh_tokens", _TOKENS, _tokens(crowd)),
        ("songs", _SONGS, _songs(crowd)),
        ("submissions", _SUBMISSIONS, _submissions(crowd)),
        ("renders", _RENDERS, _renders(crowd)),
        ("segments", _SEGMENTS, _segments(crowd)),
        ("payments", _PAYMENTS, _payments(crowd)),
        ("payment_events", _EVENTS, _events(crowd)),
        ("credits", _CREDITS, _credits(crowd)),
        ("mails", _MAILS, _mails(crowd)),
        ("audit", _AUDIT, _audit(crowd)),
        ("workers", _WORKERS, _workers(crowd)),
    ):
        yield name, columns.split(), rows


_USERS = "id email email_as_typed password_hash name role active verified_at created_at seen_at sessions_since deleted_at"


def _users(crowd: Crowd) -> Rows:
    for n in range(crowd.users):
        at = crowd.moment(n, crowd.users)
        email = f"listener{n}@{('example.com', 'music.example', 'band.example')[n % 3]}"
        seen = min(crowd.now, at + timedelta(days=n % 200))
        role, active = "admin" if n % 20_000 == 0 else "user", n % 500 != 499
        name = f"Ada {n}" if n % 2 else ""
        yield crowd.user(n), email, email, "none", name, role, active, at, at, seen, at, None


_TOKENS = (
    "id family user_id hash created_at expires_at family_expires_at used_at ended_at address agent"
)


def _tokens(crowd: Crowd) -> Rows:
    count = 2 * crowd.users
    for n in range(count):
        at = crowd.now - _MONTH * ((count - n) / count)
        id_ = _id(at, n)
        user = crowd.user((n * 31) % crowd.users)
        until = at + _MONTH
        yield id_, id_, user, f"{n:064x}", at, until, at + YEAR, None, None, "192.0.2.7", "Firefox"


_SONGS = (
    "id user_id sha256 bytes name key seconds title artist codec created_at expires_at deleted_at"
)


def _songs(crowd: Crowd) -> Rows:
    for n in range(crowd.renders):
        if n % 2 == 0:
            at = crowd.moment(n, crowd.renders)
            gone = at + _MONTH if at + _MONTH < crowd.now else None
            user = crowd.user(crowd.owner(n))
            facts = (4_000_000 + n % 1000, f"song {n}.mp3", "" if gone else f"songs/{n}", 200.0)
            kept = (at, at + _MONTH, gone)
            yield _id(at, n), user, f"{n:064x}", *facts, f"Song {n}", "Ada", "mp3", *kept


_SUBMISSIONS = "id user_id idempotency_key request_hash created_at"


def _submissions(crowd: Crowd) -> Rows:
    for n in range(crowd.renders):
        at = crowd.moment(n, crowd.renders)
        yield _id(at, n), crowd.user(crowd.owner(n)), None, f"{n:064x}", at


_RENDERS = (
    "id user_id submission_id song_id look width height fps start tier codec quality watermark priority"
    " order_hash status frames frames_done error_code error_message log attempts version fence"
    " video_key poster_key thumbnail_key bytes seconds created_at started_at finished_at expires_at deleted_at"
)


def _renders(crowd: Crowd) -> Rows:
    for n in range(crowd.renders):
        at, status, tier = crowd.moment(n, crowd.renders), crowd.status(n), crowd.tier(n)
        song = n - n % 2
        id_ = crowd.render(n)
        order = ('{"shape":"cube","size":4}', 1280, 720, "30", 0.0, tier, "h264", "standard")
        paid = (not crowd.paid(n), int(crowd.paid(n)), f"{n * 7919 % 2**61:064x}")
        yield (
            *(id_, crowd.user(crowd.owner(n)), _id(at, n)),
            _id(crowd.moment(song, crowd.renders), song),
            *order,
            *paid,
            *_ended(crowd, id_, status, n, at),
        )


def _ended(crowd: Crowd, id_: str, status: str, n: int, at: datetime) -> Row:
    begun = at + timedelta(seconds=20 + n % 300)
    end = begun + timedelta(seconds=60 + n % 240)
    if status == "queued":
        return (status, 0, 0, None, None, "", 0, 0, 0, *(None,) * 5, at, None, None, None, None)
    if status == "drawing":
        return (status, 6000, 900, None, None, "", 1, 3, 1, *(None,) * 5, at, at, None, None, None)
    if status != "done":
        why = (*_REASONS[n // 20 % 4], _LOG) if status == "failed" else (None, None, "")
        return (status, 6000, 100, *why, 1, 4, 2, *(None,) * 5, at, begun, end, None, None)
    gone = end + _MONTH if end + _MONTH < crowd.now else None
    keys = (
        (None,) * 3 if gone else tuple(f"videos/{id_}/1.{kind}" for kind in ("mp4", "jpg", "webp"))
    )
    made = (*keys, 30_000_000 + n % 1000, 200.0)
    return (status, 6000, 6000, None, None, "", 1, 9, 3, *made, at, begun, end, end + _MONTH, gone)


_SEGMENTS = "id render_id number first count status frames_done attempts fence"


def _segments(crowd: Crowd) -> Rows:
    for n in range(crowd.renders - crowd.renders // 5000 - 4, crowd.renders):
        if crowd.status(n) == "drawing":
            for part in range(10):
                id_ = _id(crowd.moment(n, crowd.renders), n * 16 + part)
                yield id_, crowd.render(n), part, part * 600, 600, "waiting", 0, 0, 0


_PAYMENTS = (
    "id user_id tier amount_cents currency status provider session intent url receipt licence"
    " created_at paid_at refunded_at"
)


def _payments(crowd: Crowd) -> Rows:
    for n in range(0, crowd.renders, 5):
        at, tier = crowd.moment(n, crowd.renders), crowd.tier(n)
        status = {3: "refunded", 5: "expired", 7: "created", 9: "disputed"}.get(n // 5 % 50, "paid")
        paid = None if status in ("expired", "created") else at + timedelta(seconds=40)
        back = at + timedelta(hours=1) if status == "refunded" else None
        price = (tier, _CENTS[tier], "usd", status, "stripe", f"cs_{n}", f"pi_{n}", None)
        yield _id(at, n), crowd.user(crowd.owner(n)), *price, f"OR-{n}", tier, at, paid, back


_EVENTS = "id type body received_at handled_at outcome attempts"


def _events(crowd: Crowd) -> Rows:
    for n in range(0, crowd.renders, 5):
        at = crowd.moment(n, crowd.renders) + timedelta(seconds=41)
        waits = n + 25 >= crowd.renders
        done = (None, "Stripe did not do it", 3) if waits else (at, "paid", 1)
        body = f'{{"id":"evt_{n}","data":{{"object":{{"object":"checkout.session"}}}}}}'
        yield f"evt_{n:012}", "checkout.session.completed", body, at, *done


_CREDITS = "id user_id tier amount kind source reason created_at"


def _credits(crowd: Crowd) -> Rows:
    for n in range(crowd.users):
        at = crowd.moment(n, crowd.users)
        yield _id(at, n), crowd.user(n), "free", 5, "welcome", f"welcome:{n}", "", at
    for n in range(crowd.renders):
        at, user, tier = crowd.moment(n, crowd.renders), crowd.user(crowd.owner(n)), crowd.tier(n)
        if crowd.paid(n):
            bought = ("purchase", f"payment:{_id(at, n)}:purchase", f"OR-{n}")
            yield _id(at, 4 * n + 1), user, tier, 1, *bought, at
        yield _id(at, 4 * n + 2), user, tier, -1, "spend", f"render:{n}:spend", "", at
        if crowd.status(n) == "failed":
            yield _id(at, 4 * n + 3), user, tier, 1, "return", f"render:{n}:return", "", at


_MAILS = "id user_id to letter words source created_at due_at attempts error sent_at gave_up_at"


def _mails(crowd: Crowd) -> Rows:
    for n in range(crowd.renders):
        status = crowd.status(n)
        letter = {"done": "video_ready", "failed": "video_failed"}.get(status)
        at, owner = crowd.moment(n, crowd.renders) + timedelta(minutes=5), crowd.owner(n)
        fate: Row = (1, None, at, None)
        if n % 3001 == 5:
            fate = (4, "SendGrid answered 400: does not contain a valid address", None, at)
        elif n + crowd.renders // 1000 + 8 >= crowd.renders:
            fate = (2, "SendGrid answered 429", None, None)
        if letter is not None:
            to = f"listener{owner}@example.com"
            source = f"render:{crowd.render(n)}:{status}"
            yield _id(at, n), crowd.user(owner), to, letter, "{}", source, at, at, *fate


_AUDIT = "id actor_id action subject details address created_at"


def _audit(crowd: Crowd) -> Rows:
    deeds = ("credits.grant", "render.retry", "user.deactivate", "payment.refund", "render.cancel")
    count = crowd.users // 4
    for n in range(count):
        at = crowd.moment(n, count)
        subject = f"user:{crowd.user(n * 3 % crowd.users)}"
        yield _id(at, n), crowd.user(0), deeds[n % 5], subject, "{}", "192.0.2.1", at


_WORKERS = "name host device version doing frames_per_second started_at seen_at stopping"


def _workers(crowd: Crowd) -> Rows:
    for n in range(4):
        last = crowd.renders - 1
        doing = f"drawing {crowd.render(last)}" if n else ""
        since = crowd.now - timedelta(days=2)
        seen = crowd.now + timedelta(days=1)  # for as long as it is looked at
        yield f"gpu-{n}", f"gpu-{n}", f"gpu {n}", "0.1.0", doing, 240.0, since, seen, False


def _id(moment: datetime, number: int) -> str:
    """An identifier of that time; hexadecimal digits are among those that it may have."""
    return f"{ids.first(moment)[:10]}{number:016X}"


async def _into_sqlite(url: str, filled: Iterator[tuple[str, Sequence[str], Rows]]) -> int:
    count = 0
    connection = sqlite3.connect(str(make_url(url).database))
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA cache_size = -400000")
    made = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    indexes = connection.execute(made).fetchall()
    for name, _ in indexes:  # sorted at once, they are made in a tenth of the time
        connection.execute(f"DROP INDEX {name}")
    for name, columns, rows in filled:
        named = ", ".join(f'"{column}"' for column in columns)
        places = ", ".join("?" * len(columns))
        with connection:
            connection.executemany(
                f"INSERT INTO {name} ({named}) VALUES ({places})",  # nosec B608 # tables and columns of ours
                map(_written, rows),
            )
        counted = connection.execute(f"SELECT count(*) FROM {name}")  # nosec B608 # a table of ours
        count += counted.fetchone()[0]
    for _, again in indexes:
        connection.execute(again)
    connection.close()
    return count


def _written(row: Row) -> Row:
    """The row as SQLAlchemy would write it."""
    return tuple(
        f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}" if isinstance(value, datetime) else value
        for value in row
    )


async def _into_postgresql(url: str, filled: Iterator[tuple[str, Sequence[str], Rows]]) -> int:
    import asyncpg

    count = 0
    connection = await asyncpg.connect(url)
    await connection.execute("SET session_replication_role = replica")  # the rows fit by themselves
    made = "SELECT indexname, indexdef FROM pg_indexes WHERE indexname LIKE 'ix\\_%'"
    indexes = [tuple(row) for row in await connection.fetch(made)]
    for name, _ in indexes:
        await connection.execute(f"DROP INDEX {name}")
    for name, columns, rows in filled:
        while piece := list(itertools.islice(rows, _AT_ONCE)):
            await connection.copy_records_to_table(name, records=piece, columns=list(columns))
            count += len(piece)
    for _, again in indexes:
        await connection.execute(again)
    await connection.close()
    return count
