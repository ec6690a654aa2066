"""Which video was made with which payment: told by the ledger, in the order of its entries."""

from oriel.service.models import Credit
from oriel.service.purchased import paired


def entry(kind: str, amount: int, source: str) -> Credit:
    return Credit(user_id="U", tier="commercial", kind=kind, amount=amount, source=source)


GIFT = entry("admin", 2, "a gift")
FIRST = entry("purchase", 1, "payment:1:purchase")
SECOND = entry("purchase", 1, "payment:2:purchase")


def spent(render: str) -> Credit:
    return entry("spend", -1, f"render:{render}:spend")


def returned(render: str) -> Credit:
    return entry("return", 1, f"render:{render}:return")


def refunded(payment: str, amount: int = -1) -> Credit:
    return entry("refund", amount, f"payment:{payment}:refund")


def test_credits_are_spent_in_the_order_in_which_they_came() -> None:
    ledger = [GIFT, FIRST, spent("A"), spent("B"), spent("C"), SECOND, spent("D")]

    assert paired(ledger) == {"A": None, "B": None, "C": "1", "D": "2"}


def test_a_credit_that_came_back_pays_for_the_next_video() -> None:
    ledger = [FIRST, SECOND, spent("A"), returned("A"), spent("B")]

    assert paired(ledger) == {"B": "1"}


def test_a_refund_takes_its_own_credit_and_where_that_was_spent_the_newest() -> None:
    unused = [FIRST, SECOND, refunded("1"), spent("A")]
    used = [FIRST, spent("A"), SECOND, refunded("1"), GIFT, spent("B")]
    late = [FIRST, spent("A"), refunded("1", 0), returned("A"), refunded("1"), SECOND, spent("B")]

    assert paired(unused) == {"A": "2"}
    assert paired(used) == {"A": "1", "B": None}
    assert paired(late) == {"B": "2"}


def test_a_credit_of_a_dispute_that_was_won_is_there_again() -> None:
    taken = entry("refund", -1, "payment:1:dispute")
    won = entry("return", 1, "payment:1:dispute-won")

    assert paired([FIRST, taken, won, spent("A")]) == {"A": "1"}
