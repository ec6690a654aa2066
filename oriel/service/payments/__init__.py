"""What is to be paid goes in, a page to pay on and the truth about it come out.

The setting's scheme is the name of the file beside this one that knows how: off, stripe. A
provider's webhook only says "look at this payment": what is granted or taken back follows from
what the provider answers when it is asked, so that lost, doubled and late ones do no harm.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import Any, Literal, Protocol, cast
from urllib.parse import urlsplit

from oriel.errors import Fault
from oriel.service.errors import Refused
from oriel.service.settings import Settings


class PaymentsFailed(Fault):
    """The provider cannot be reached, or does not do what was asked; later it may."""


class PaymentsOff(Refused):
    """This installation sells nothing."""

    code = "payments_off"


class BadSignature(Refused):
    """A webhook that the provider did not sign, or long ago."""

    code = "bad_signature"


Back = Literal["payment", "studio"]


@dataclass(frozen=True)
class Order:
    """What is to be paid: `payment` is our identifier, `label` what the page says it is for."""

    payment: str
    tier: str
    label: str
    amount_cents: int
    currency: str
    email: str
    paid_url: str  # where the provider sends people afterwards
    left_url: str
    back: Back = "payment"  # which page of ours that is


@dataclass(frozen=True)
class Session:
    """A page of the provider to pay on."""

    id: str
    url: str


@dataclass(frozen=True)
class State:
    """How a payment stands with the provider, which alone knows.

    `payment` is our identifier; amounts are None where the provider does not tell them.
    """

    payment: str
    status: Literal["open", "paid", "expired", "failed"]
    session: str | None = None
    intent: str | None = None
    amount_cents: int | None = None
    currency: str | None = None
    refunded: bool = False  # in full
    failed_refunds: int = 0  # refunds of it that came to nothing; they may have looked done before
    dispute: Literal["open", "lost", "won"] | None = None


@dataclass(frozen=True)
class About:
    """Which payment something is about, as far as it says so; `said` is a State to be believed."""

    payment: str | None = None
    session: str | None = None
    intent: str | None = None
    said: State | None = None


@dataclass(frozen=True)
class Event:
    """A webhook that the provider did sign; about nothing where it does not concern us."""

    id: str
    type: str
    body: dict[str, Any]


class Payments(Protocol):
    """A provider of payments."""

    @property
    def name(self) -> str:
        """What is written beside each payment."""

    @property
    def simulated(self) -> bool:
        """Whether no money moves."""

    async def create_session(self, order: Order) -> Session:
        """A page to pay on, the same one when asked again; PaymentsOff or PaymentsFailed."""

    def verify(self, body: bytes, headers: Mapping[str, str]) -> Event:
        """The webhook with this raw body; raises BadSignature."""

    def about(self, event: Mapping[str, Any]) -> About | None:
        """Which payment the body of an event is about; None where it concerns no payment."""

    async def read(self, about: About) -> State | None:
        """How a payment stands now; None where it is not one of ours. PaymentsFailed."""

    async def refund(self, about: About, failed: int = 0) -> None:
        """Return the money of a payment, in full, once for each number of refunds that failed before.

        PaymentsOff or PaymentsFailed.
        """

    async def check(self) -> None:
        """Raise PaymentsFailed where the provider does not answer as it should."""

    def events(self, since: datetime) -> AsyncIterator[Event]:
        """What webhooks told, or should have told, since then."""

    def states(self, since: datetime) -> AsyncIterator[State]:
        """How the payments that were begun since then stand."""


def of(settings: Settings) -> Payments:
    """The provider that the settings name; reaches for nothing yet."""
    scheme = urlsplit(settings.payments).scheme
    return cast(Payments, import_module(f"oriel.service.payments.{scheme}").made(settings))
