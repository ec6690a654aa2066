"""A service at rest and what people saw go in; letters that are missing or too many come out."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from benchmarks.soak.people import Seen
from benchmarks.soak.place import Place
from oriel.service.models import Mail, Render

_TO_NOTE = 1.0  # seconds from a mailer's answer to the note of it, on a busy machine
_TOLD = ("done", "failed")


@dataclass(frozen=True)
class Letters:
    """How many there are of each; all but `due` and `unnoted` are to be none."""

    due: int  # letters that people who stayed are to have
    unwritten: int  # of them, those that nobody wrote
    unsent: int  # letters that were written, and that the mailer did not take
    unasked: int  # letters that were written, and that nothing asked for
    doubled: int  # letters that were sent more than once, though nothing died as they were taken
    unnoted: int  # letters that were: their worker was killed before it could note the first time


def compared(
    place: Place, seen: Seen, renders: Iterable[Render], written: Iterable[Mail]
) -> Letters:
    """What was sent beside what should have been; who has left has no letters any more."""
    due = Counter(_due(seen, renders))
    there = [mail for mail in written if mail.user_id not in seen.left]
    names = Counter(_name(mail) for mail in there)
    times = place.mailer.taken.values()
    again = sum(len(each) - 1 for each in times)
    unnoted = sum(_died_at(place, one) for each in times for one in each[:-1])
    return Letters(
        due=due.total(),
        unwritten=(due - names).total(),
        unsent=sum(mail.sent_at is None or mail.id not in place.mailer.taken for mail in there),
        unasked=(names - due).total(),
        doubled=again - unnoted,
        unnoted=unnoted,
    )


def _due(seen: Seen, renders: Iterable[Render]) -> Iterator[str]:
    """Two for each sign-up; one for each purchase, each refund and each end of a render."""
    for user in seen.users:
        if user not in seen.left:
            yield f"user:{user}:welcome"
            yield f"user:{user}:verify"
    for payment, user in seen.paid.items():
        if user not in seen.left:
            yield f"payment:{payment}:receipt"
    for payment in seen.refunded:
        yield f"payment:{payment}:refund"
    for render in renders:
        if render.status in _TOLD and render.user_id not in seen.left:
            yield f"render:{render.id}:{render.status}"


def _name(mail: Mail) -> str:
    """What it is for; the source of a link to verify an address is the link's hash."""
    return f"user:{mail.user_id}:verify" if mail.letter == "verify" else mail.source


def _died_at(place: Place, taken: float) -> bool:
    """Whether a worker was killed as the mailer took a letter: nobody can know then that it did."""
    return any(0 <= killed - taken < _TO_NOTE for killed in place.killed)
