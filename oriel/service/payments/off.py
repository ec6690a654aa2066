"""No payments: `off:` sells nothing, and `off:simulated` lets people try buying without money.

Simulated payments are "paid" with `webhook`, which makes what a provider would send; whoever sees
them is told that they are not real.
"""

import hmac
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

from oriel.service import keys
from oriel.service.payments import (
    About,
    BadSignature,
    Event,
    Order,
    Payments,
    PaymentsOff,
    Session,
    State,
)
from oriel.service.settings import Settings

PATH = "/api/payments/simulated/"  # where the page to "pay" on is; the session follows
_HEADER = "Oriel-Signature"
_PREFIX = "simulated_"
_OFF = "Payments are switched off on this installation of Oriel: ask whoever runs it."
_DONE: Mapping[str, dict[str, Any]] = {
    "paid": {"status": "paid"},
    "expired": {"status": "expired"},
    "refunded": {"status": "paid", "refunded": True},
    "disputed": {"status": "paid", "dispute": "open"},
    "won": {"status": "paid", "dispute": "won"},
}


def made(settings: Settings) -> Payments:
    """The one of the two that the setting says."""
    if settings.payments != "off:simulated":
        return Off()
    secrets = tuple(keys.derived(secret, "simulated payment") for secret in settings.secret_keys)
    return Simulated(url=settings.public_url.rstrip("/"), secrets=secrets)


@dataclass(frozen=True)
class Off:
    """Nothing is sold."""

    name: str = "off"
    simulated: bool = False

    async def create_session(self, order: Order) -> Session:
        """Refused."""
        raise PaymentsOff(_OFF)

    def verify(self, body: bytes, headers: Mapping[str, str]) -> Event:
        """Refused."""
        raise BadSignature(_OFF)

    def about(self, event: Mapping[str, Any]) -> About | None:
        """Nothing."""
        return None

    async def read(self, about: About) -> State | None:
        """Nothing."""
        return None

    async def refund(self, about: About, failed: int = 0) -> None:
        """Refused."""
        raise PaymentsOff(_OFF)

    async def check(self) -> None:
        """Nothing."""

    async def events(self, since: datetime) -> AsyncIterator[Event]:
        """None."""
        nothing: list[Event] = []
        for event in nothing:
            yield event

    async def states(self, since: datetime) -> AsyncIterator[State]:
        """None."""
        nothing: list[State] = []
        for state in nothing:
            yield state


@dataclass(frozen=True)
class Simulated(Off):
    """Buying without money; `secrets` sign as a provider would."""

    url: str = ""
    secrets: Sequence[bytes] = field(default=(), repr=False)
    name: str = "simulated"
    simulated: bool = True

    async def create_session(self, order: Order) -> Session:
        """A page of ours, which says that no money moves."""
        session = f"{_PREFIX}{order.payment}"
        back = "?back=studio" if order.back == "studio" else ""
        return Session(session, f"{self.url}{PATH}{session}{back}")

    def webhook(
        self,
        session: str,
        done: Literal["paid", "expired", "refunded", "disputed", "won"] = "paid",
    ) -> tuple[bytes, dict[str, str]]:
        """Body and headers of what tells that somebody did this on the page."""
        payment = session.removeprefix(_PREFIX)
        state = State(payment, session=session, **_DONE[done])
        told = {"id": f"simulated_{done}_{payment}", "type": f"simulated.{done}"}
        body = json.dumps({**told, "state": asdict(state)}).encode()
        return body, {_HEADER: self._signature(self.secrets[0], body)}

    def verify(self, body: bytes, headers: Mapping[str, str]) -> Event:
        """As Payments says."""
        given = {name.lower(): value for name, value in headers.items()}.get(_HEADER.lower(), "")
        right = [self._signature(secret, body).encode() for secret in self.secrets]
        if not any(hmac.compare_digest(keys.told(given), one) for one in right):
            raise BadSignature("This is not one of our own simulated payments.")
        told = json.loads(body)
        return Event(told["id"], told["type"], told)

    def about(self, event: Mapping[str, Any]) -> About | None:
        """The state that the event carries: nobody else could be asked."""
        said = State(**event["state"])
        return About(said.payment, said.session, said=said)

    async def read(self, about: About) -> State | None:
        """What the event said."""
        return about.said

    async def refund(self, about: About, failed: int = 0) -> None:
        """No money moves, either way."""

    def _signature(self, secret: bytes, body: bytes) -> str:
        return hmac.new(secret, body, "sha256").hexdigest()
