"""The ledger: entries of credits go in and are never changed; a balance is their sum.

Each entry has a source that is there once at most, so that what happens twice counts once. All of
this happens in the caller's transaction, with the change that it pays for.
"""

from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, bindparam, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from oriel.service.db import insert_once
from oriel.service.errors import NoCredit
from oriel.service.models import Credit, User

_HELD = "account held"
_ACCOUNT = (
    select(User)
    .where(User.id == bindparam("user_id"))
    .with_for_update(key_share=True)
    .execution_options(populate_existing=True)
)
LATE = ":late"  # ends the source of what a refund takes once it comes back
_OWED = "refunded while it was spent"  # why such a credit comes back, and goes

SUMS = (
    select(Credit.tier, func.sum(Credit.amount).label("left"))
    .where(Credit.user_id == bindparam("user_id"))
    .group_by(Credit.tier)
)
"""What is left of each tier on the account "user_id"; built once, as it is asked often."""


def of_render(render_id: Any, what: Literal["spend", "return"]) -> Any:
    """The source of the entry that a render's credit was spent by, or came back by.

    Of an identifier, or of a column of them.
    """
    return "render:" + render_id + f":{what}"


def of_payment(user_id: str, payment_id: str) -> ColumnElement[bool]:
    """Which entries are a payment's: what it brought, what was taken for it and what came back."""
    return and_(Credit.user_id == user_id, Credit.source.startswith(f"payment:{payment_id}:"))


def became_of(render_id: Any) -> ColumnElement[str | None]:
    """What became of a render's credit, as a column.

    "returned", "refunded" where it came back only for its payment's refund, "spent", or NULL where it
    cost none.
    """

    def there(what: Literal["spend", "return"], *more: ColumnElement[bool]) -> ColumnElement[bool]:
        entry = Credit.source == of_render(render_id, what)
        return select(Credit.id).where(entry, *more).exists()

    gone = there("return", Credit.reason == _OWED)
    return case((gone, "refunded"), (there("return"), "returned"), (there("spend"), "spent"))


async def balance(session: AsyncSession, user_id: str, tier: str) -> int:
    """How many renders of a tier an account may still order."""
    return (await balances(session, user_id)).get(tier, 0)


async def balances(session: AsyncSession, user_id: str) -> dict[str, int]:
    """The same for every tier that the account ever had."""
    rows = await session.execute(SUMS, {"user_id": user_id})
    return {tier: int(total) for tier, total in rows}


async def entries(
    session: AsyncSession, user_id: str, before: str | None = None, limit: int = 50
) -> list[Credit]:
    """An account's entries, newest first; `before` is the last one's identifier of the page before."""
    wanted = select(Credit).where(Credit.user_id == user_id)
    if before is not None:
        wanted = wanted.where(Credit.id < before)
    return list(await session.scalars(wanted.order_by(Credit.id.desc()).limit(limit)))


async def hold(session: AsyncSession, user_id: str) -> None:
    """Let no other transaction spend or take credits of this account until this one ends.

    Asked for once in each transaction, however many parts of it want to be sure; the session has the
    account's row from then on. On SQLite there is no other that writes.
    """
    transaction = session.sync_session.get_transaction()
    if session.info.get(_HELD, ())[:2] == (user_id, transaction):
        return
    user = await session.scalar(_ACCOUNT, {"user_id": user_id})
    session.info[_HELD] = (user_id, session.sync_session.get_transaction(), user)


async def grant(
    session: AsyncSession,
    user_id: str,
    tier: str,
    amount: int = 1,
    *,
    kind: str,
    source: str,
    reason: str = "",
) -> bool:
    """Add credits: of kind welcome, purchase or admin; False where the source was there before."""
    if amount < 1:
        raise ValueError(f"{amount} credits cannot be granted")
    return await _write(session, user_id, tier, amount, kind, source, reason)


async def spend(
    session: AsyncSession, user_id: str, tier: str, *, source: str, reason: str = ""
) -> bool:
    """Take one credit for a render; raises NoCredit where there is none.

    False, and nothing taken, where this source took one before.
    """
    await hold(session, user_id)
    if await balance(session, user_id, tier) < 1:
        if await _entry(session, source) is not None:
            return False
        raise NoCredit(
            f"There is no {tier} credit left on this account: buy one first.", {"tier": tier}
        )
    return await _write(session, user_id, tier, -1, "spend", source, reason)


async def give_back(session: AsyncSession, *, spent: str, source: str, reason: str = "") -> bool:
    """Return what the source `spent` took, once; False where it took nothing or has it back.

    What a refund could not take, because it was spent, it takes now.
    """
    entry = await _entry(session, spent)
    if entry is None or entry.kind != "spend":
        return False
    await hold(session, entry.user_id)
    user_id, tier = entry.user_id, entry.tier
    owed = await _owed(session, user_id, tier)
    about = reason if owed is None else _OWED
    returned = await _write(session, user_id, tier, -entry.amount, "return", source, about)
    if returned and owed is not None:
        await _write(session, user_id, tier, -1, "refund", owed + LATE, _OWED)
    return returned


async def take_back(
    session: AsyncSession, user_id: str, tier: str, *, source: str, reason: str = ""
) -> int:
    """Take one credit of a payment that was refunded or disputed; 1, or 0 where none is unused.

    The entry is written either way, and a second one with this source takes nothing.
    """
    await hold(session, user_id)
    taken = min(1, max(0, await balance(session, user_id, tier)))
    written = await _write(session, user_id, tier, -taken, "refund", source, reason)
    return taken if written else 0


async def reinstate(
    session: AsyncSession, user_id: str, tier: str, *, taken: str, source: str, reason: str = ""
) -> int:
    """Return what `take_back` took with the source `taken`, at once or late; how many.

    What it did not take, it will not take any more. A second one with this source returns nothing.
    """
    await hold(session, user_id)
    await _write(session, user_id, tier, 0, "return", taken, reason)
    await _write(session, user_id, tier, 0, "return", taken + LATE, reason)
    sources = (taken, taken + LATE)
    total = await session.scalar(select(func.sum(Credit.amount)).where(Credit.source.in_(sources)))
    amount = -int(total or 0)
    written = await _write(session, user_id, tier, amount, "return", source, reason)
    return amount if written else 0


async def _owed(session: AsyncSession, user_id: str, tier: str) -> str | None:
    """The source of the first refund that found no credit to take.

    Without it, whoever orders, has the money returned and cancels would keep a credit for nothing.
    """
    late = aliased(Credit)
    owed = select(Credit.source).where(
        Credit.user_id == user_id,
        Credit.tier == tier,
        Credit.kind == "refund",
        Credit.amount == 0,
        ~select(late.id).where(late.source == Credit.source + LATE).exists(),
    )
    source: str | None = await session.scalar(owed.order_by(Credit.id).limit(1))
    return source


async def _entry(session: AsyncSession, source: str) -> Credit | None:
    found: Credit | None = await session.scalar(select(Credit).where(Credit.source == source))
    return found


async def _write(
    session: AsyncSession,
    user_id: str,
    tier: str,
    amount: int,
    kind: str,
    source: str,
    reason: str,
) -> bool:
    return await insert_once(
        session,
        Credit,
        user_id=user_id,
        tier=tier,
        amount=amount,
        kind=kind,
        source=source,
        reason=reason[:300],
    )
