"""Letters in, letters on their way out: into a folder, by SendGrid, or by any mail server.

The setting's scheme is the name of the file beside this one that knows how: outbox, sendgrid, smtp.
Nobody sends at once: `post.post` writes a letter down with the change that it tells of, and
`delivery.deliver_due` sends it.
"""

from dataclasses import dataclass
from importlib import import_module
from typing import Protocol, cast
from urllib.parse import urlsplit

from oriel.errors import Fault
from oriel.service.settings import Settings


class MailDelayed(Fault):
    """The letter was not taken now; trying later may help, after `retry_after` seconds if known."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class MailRefused(Fault):
    """The letter will never be taken as it is, such as to an address that is none."""


@dataclass(frozen=True)
class Picture:
    """A picture within a letter; its HTML shows it as "cid:NAME"."""

    name: str
    content_type: str
    data: bytes


@dataclass(frozen=True)
class Letter:
    """A letter in text and in HTML, which say the same; `id` is the same at every try."""

    id: str
    kind: str
    to: str
    subject: str
    text: str
    html: str
    pictures: tuple[Picture, ...] = ()


class Mailer(Protocol):
    """Who takes letters."""

    async def send(self, letter: Letter) -> None:
        """Hand a letter over; raises MailDelayed or MailRefused where it was not taken.

        A letter whose taking was never answered may be sent again.
        """

    async def check(self) -> None:
        """Raise MailDelayed where no letter would be taken now."""


def of(settings: Settings) -> Mailer:
    """The mailer that the settings name; reaches for nothing yet."""
    scheme = urlsplit(settings.mail).scheme
    return cast(Mailer, import_module(f"oriel.service.mail.{scheme}").made(settings))
