"""Any mail server as mailer: `smtp://USER:PASSWORD@HOST:587`.

The way there is encrypted or not taken, unless `?tls=no` says that it need not be, as for a catcher
of letters on the same machine. A letter that is taken twice has the same Message-ID both times.
"""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from smtplib import (
    SMTP,
    SMTPDataError,
    SMTPException,
    SMTPRecipientsRefused,
    SMTPResponseException,
)
from urllib.parse import parse_qs, unquote, urlsplit

from oriel.service.mail import Letter, MailDelayed, MailRefused
from oriel.service.mail.outbox import message
from oriel.service.settings import Settings

_PORT = 587  # of submission, RFC 6409
_TIMEOUT = 20.0  # seconds without a byte
_NEVER = 500  # from this answer on, the letter itself will not do


def made(settings: Settings) -> "Server":
    """The server that the setting names."""
    parts = urlsplit(settings.mail)
    return Server(
        host=parts.hostname or "localhost",
        port=parts.port or _PORT,
        sender=settings.mail_from,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        encrypted=parse_qs(parts.query).get("tls") != ["no"],
    )


@dataclass(frozen=True)
class Server:
    """`sender` is such as "Oriel <oriel@example.com>"; without a `user` nobody signs in."""

    host: str
    port: int
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)
    encrypted: bool = True

    async def send(self, letter: Letter) -> None:
        """As Mailer says."""
        await asyncio.to_thread(self._send, letter)

    async def check(self) -> None:
        """As Mailer says."""
        await asyncio.to_thread(self._check)

    def _check(self) -> None:
        with self._connected() as server:
            server.noop()

    def _send(self, letter: Letter) -> None:
        with self._connected() as server:
            try:
                server.send_message(message(letter, self.sender), to_addrs=[letter.to])
            except SMTPRecipientsRefused as error:
                raise _ours(*error.recipients[letter.to]) from error
            except SMTPDataError as error:
                raise _ours(error.smtp_code, error.smtp_error) from error

    @contextmanager
    def _connected(self) -> Iterator[SMTP]:
        """A session in which letters can be handed over; whatever else fails in it is to wait for."""
        try:
            with SMTP(self.host, self.port, timeout=_TIMEOUT) as server:
                if self.encrypted:
                    server.starttls(context=ssl.create_default_context())
                if self.user:
                    server.login(self.user, self.password)
                yield server
        except SMTPResponseException as error:
            said = _ours(error.smtp_code, error.smtp_error)
            raise MailDelayed(str(said)) from error
        except (SMTPException, OSError) as error:
            raise MailDelayed(
                f"The mail server cannot be used ({error}): see to it, and to ORIEL_MAIL"
            ) from error


def _ours(code: int, said: bytes | str) -> MailDelayed | MailRefused:
    text = said.decode(errors="replace") if isinstance(said, bytes) else said
    refused = MailRefused if code >= _NEVER else MailDelayed
    return refused(f"The mail server answered {code}: {text[:300]}")
