"""The ledger: every entry once, no credit spent twice, whatever happens at once and how often."""

import asyncio

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from loops import Loop
from people import somebody
from sqlalchemy import func, select

from oriel.service import credits, db
from oriel.service.errors import NoCredit
from oriel.service.models import Credit

TIERS = ("free", "personal")


async def test_a_grant_counts_once_by_its_source(database: db.Database) -> None:
    user = await somebody(database)

    async with database.begin() as session:
        first = await credits.grant(session, user, "free", 5, kind="welcome", source="welcome:1")
        second = await credits.grant(session, user, "free", 5, kind="welcome", source="welcome:1")
        balances = await credits.balances(session, user)

    assert (first, second) == (True, False)
    assert balances == {"free": 5}


async def test_without_a_credit_nothing_is_spent(database: db.Database) -> None:
    user = await somebody(database)

    async with database.begin() as session:
        await credits.grant(session, user, "free", kind="welcome", source="welcome")
        with pytest.raises(NoCredit) as caught:
            await credits.spend(session, user, "personal", source="render:1:spend")
        left = await credits.balance(session, user, "free")

    assert left == 1
    assert caught.value.details == {"tier": "personal"}


async def test_spends_at_once_never_take_more_than_there_is(database: db.Database) -> None:
    user = await somebody(database)
    async with database.begin() as session:
        await credits.grant(session, user, "free", 5, kind="admin", source="grant")

    async def order(number: int) -> bool:
        try:
            async with database.begin() as session:
                return await credits.spend(session, user, "free", source=f"render:{number}:spend")
        except NoCredit:
            return False

    done = await asyncio.gather(*(order(number) for number in range(24)))

    assert sum(done) == 5
    async with database.read() as session:
        assert await credits.balance(session, user, "free") == 0


@pytest.mark.parametrize("granted", [5, 1])
async def test_the_same_spend_at_once_takes_one_credit(database: db.Database, granted: int) -> None:
    user = await somebody(database)
    async with database.begin() as session:
        await credits.grant(session, user, "free", granted, kind="admin", source="grant")

    async def order() -> bool:
        async with database.begin() as session:
            return await credits.spend(session, user, "free", source="render:1:spend")

    done = await asyncio.gather(*(order() for _ in range(12)))

    assert sum(done) == 1
    async with database.read() as session:
        assert await credits.balance(session, user, "free") == granted - 1


async def test_a_refunded_credit_that_was_spent_is_taken_when_it_comes_back(
    database: db.Database,
) -> None:
    user = await somebody(database)

    async with database.begin() as session:
        await credits.grant(session, user, "personal", kind="purchase", source="payment:1:purchase")
        await credits.spend(session, user, "personal", source="render:1:spend")
        taken = await credits.take_back(session, user, "personal", source="payment:1:refund")
        for _ in range(2):
            await credits.give_back(session, spent="render:1:spend", source="render:1:return")
        left = await credits.balance(session, user, "personal")
        became = await session.scalar(select(credits.became_of("1")))

    assert (taken, left, became) == (0, 0, "refunded")


async def test_entries_come_newest_first_and_page_by_page(database: db.Database) -> None:
    user = await somebody(database)
    for number in range(5):
        async with database.begin() as session:
            await credits.grant(session, user, "free", kind="admin", source=f"grant:{number}")
        await asyncio.sleep(0.002)  # identifiers sort by the millisecond

    async with database.read() as session:
        first = await credits.entries(session, user, limit=3)
        rest = await credits.entries(session, user, before=first[-1].id, limit=3)

    assert [entry.source[-1] for entry in (*first, *rest)] == ["4", "3", "2", "1", "0"]


class Ledger(RuleBasedStateMachine):
    """The ledger beside a model of it: dictionaries by source, and all done in any order, twice."""

    database: db.Database
    loop: Loop

    def __init__(self) -> None:
        super().__init__()
        self.user = self.loop.run(somebody(self.database))
        self.granted: dict[str, tuple[str, int]] = {}
        self.spent: dict[str, str] = {}
        self.returned: set[str] = set()
        self.refunded: dict[str, tuple[str, bool]] = {}  # the tier, and whether it was taken
        self.won: set[str] = set()  # of them, those whose credit is the buyer's again

    def left(self, tier: str) -> int:
        granted = sum(amount for one, amount in self.granted.values() if one == tier)
        spent = sum(self.spent[one] == tier for one in self.spent.keys() - self.returned)
        refunded = sum(taken for one, taken in self.refunded.values() if one == tier)
        return granted - spent - refunded

    def source(self, what: str, number: int) -> str:
        return f"{self.user}:{what}:{number}"

    async def write(self, change, *words, **named):
        async with self.database.begin() as session:
            return await change(session, *words, **named)

    @rule(tier=st.sampled_from(TIERS), amount=st.integers(1, 3), number=st.integers(0, 5))
    def grant(self, tier: str, amount: int, number: int) -> None:
        source = self.source("grant", number)

        written = self.loop.run(
            self.write(credits.grant, self.user, tier, amount, kind="purchase", source=source)
        )

        assert written == (source not in self.granted)
        self.granted.setdefault(source, (tier, amount))

    @rule(tier=st.sampled_from(TIERS), number=st.integers(0, 7))
    def spend(self, tier: str, number: int) -> None:
        source = self.source("spend", number)
        before = self.left(tier)
        try:
            written = self.loop.run(self.write(credits.spend, self.user, tier, source=source))
        except NoCredit:
            assert source not in self.spent
            assert before < 1
            return

        assert written == (source not in self.spent)
        assert not written or before >= 1
        self.spent.setdefault(source, tier)

    @precondition(lambda self: self.spent)
    @rule(data=st.data())
    def give_back(self, data: st.DataObject) -> None:
        source = data.draw(st.sampled_from(sorted(self.spent)))

        written = self.loop.run(
            self.write(credits.give_back, spent=source, source=f"{source}:return")
        )

        assert written == (source not in self.returned)
        self.returned.add(source)
        owing = [one for one, (_, taken) in self.refunded.items() if not taken]
        owing = [one for one in owing if one not in self.won]
        owing = [one for one in owing if self.refunded[one][0] == self.spent[source]]
        if written and owing:
            self.refunded[owing[0]] = (self.spent[source], True)

    @rule(number=st.integers(0, 7))
    def give_back_what_was_never_spent(self, number: int) -> None:
        source = self.source("never", number)

        assert not self.loop.run(self.write(credits.give_back, spent=source, source=f"{source}:r"))

    @rule(tier=st.sampled_from(TIERS), number=st.integers(0, 5))
    def refund(self, tier: str, number: int) -> None:
        source = self.source("refund", number)
        before = self.left(tier)

        taken = self.loop.run(self.write(credits.take_back, self.user, tier, source=source))

        if source in self.refunded:
            assert taken == 0
        else:
            assert taken == (1 if before > 0 else 0)
            self.refunded[source] = (tier, bool(taken))

    @rule(tier=st.sampled_from(TIERS), number=st.integers(0, 5))
    def reinstate(self, tier: str, number: int) -> None:
        """As a dispute that was won: what was taken for it comes back, and no more is taken."""
        source = self.source("refund", number)
        tier, taken = self.refunded.get(source, (tier, False))
        named = {"taken": source, "source": f"{source}:won"}

        back = self.loop.run(self.write(credits.reinstate, self.user, tier, **named))

        assert back == (0 if source in self.won else int(taken))
        self.refunded[source] = (tier, False)
        self.won.add(source)

    @invariant()
    def the_balance_is_the_models(self) -> None:
        async def told() -> dict[str, int]:
            async with self.database.read() as session:
                return await credits.balances(session, self.user)

        balances = self.loop.run(told())

        assert {tier: balances.get(tier, 0) for tier in TIERS} == {t: self.left(t) for t in TIERS}
        assert all(left >= 0 for left in balances.values())


def test_whatever_happens_the_ledger_equals_its_model(database: db.Database, loop: Loop) -> None:
    here = type("Here", (Ledger,), {"database": database, "loop": loop})

    run_state_machine_as_test(
        here,
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )

    async def entries() -> tuple[int, int]:
        async with database.read() as session:
            counted = func.count(Credit.source.distinct())
            row = await session.execute(select(func.count(Credit.id), counted))
            everything, distinct = row.one()
            return everything, distinct

    everything, distinct = loop.run(entries())
    assert everything == distinct > 100
