"""SendGrid as mailer.

`sendgrid:`, or `sendgrid:https://api.eu.sendgrid.com` for mail that stays in the EU. SendGrid
knows no idempotency key: a letter that it took, but whose answer was lost on the way, is sent a
second time. Each carries its identifier as the custom argument "oriel_letter", so that its
statistics tell.
"""

import asyncio
import base64
import json
import time
from dataclasses import dataclass, field
from email.utils import parseaddr
from typing import Any

from oriel.service.mail import Letter, MailDelayed, MailRefused, Picture
from oriel.service.settings import Settings

_HOST = "https://api.sendgrid.com"
_TIMEOUT = 20.0  # seconds without a byte
# Ours to mend, or to wait for: the key, the quota, the sender; the letter itself is fine.
_LATER = {401, 403, 404, 405, 408, 429}


def made(settings: Settings) -> "SendGrid":
    """SendGrid with the settings' key."""
    host = settings.mail.removeprefix("sendgrid:") or _HOST
    return SendGrid(settings.sendgrid_key or "", settings.mail_from, host)


@dataclass(frozen=True)
class SendGrid:
    """`sender` is such as "Oriel <oriel@example.com>"."""

    key: str = field(repr=False)
    sender: str
    host: str = _HOST

    async def send(self, letter: Letter) -> None:
        """As Mailer says."""
        await asyncio.to_thread(self._send, letter)

    async def check(self) -> None:
        """As Mailer says; SendGrid tells each key what it may do."""
        await asyncio.to_thread(self._check)

    def _check(self) -> None:
        from python_http_client.exceptions import HTTPError

        try:
            answer = self._client().client.scopes.get()
        except HTTPError as error:
            raise MailDelayed(f"SendGrid answered {error.status_code}") from error
        except OSError as error:
            raise MailDelayed(f"SendGrid cannot be reached: {error}") from error
        if "mail.send" not in json.loads(answer.body).get("scopes", ()):
            raise MailDelayed(
                "The key may not send letters: let it do what SendGrid calls mail.send"
            )

    def _client(self) -> Any:
        from sendgrid import SendGridAPIClient

        client = SendGridAPIClient(self.key, host=self.host)
        client.client.timeout = _TIMEOUT
        return client

    def _send(self, letter: Letter) -> None:
        from python_http_client.exceptions import HTTPError

        try:
            self._client().send(body(letter, self.sender))
        except HTTPError as error:
            raise _ours(error.status_code, error.headers, error.body) from error
        except OSError as error:
            raise MailDelayed(f"SendGrid cannot be reached: {error}") from error


def body(letter: Letter, sender: str) -> dict[str, Any]:
    """What SendGrid's /v3/mail/send takes.

    Clicks and openings are not followed: a link with a token is nobody else's to see.
    """
    name, address = parseaddr(sender)
    off = {"enable": False}
    asked = {
        "from": {"email": address, **({"name": name} if name else {})},
        "personalizations": [{"to": [{"email": letter.to}]}],
        "subject": letter.subject,
        "content": [
            {"type": "text/plain", "value": letter.text},
            {"type": "text/html", "value": letter.html},
        ],
        "custom_args": {"oriel_letter": letter.id},
        "categories": [letter.kind],
        "tracking_settings": {
            "click_tracking": {"enable": False, "enable_text": False},
            "open_tracking": off,
            "subscription_tracking": off,
        },
    }
    if letter.pictures:
        asked["attachments"] = [_attached(picture) for picture in letter.pictures]
    return asked


def _attached(picture: Picture) -> dict[str, str]:
    return {
        "content": base64.b64encode(picture.data).decode(),
        "type": picture.content_type,
        "filename": picture.name,
        "disposition": "inline",
        "content_id": picture.name,
    }


def _ours(status: int, headers: Any, answer: bytes) -> MailDelayed | MailRefused:
    said = f"SendGrid answered {status}: {answer[:300].decode(errors='replace')}"
    if status < 500 and status not in _LATER:
        return MailRefused(said)
    return MailDelayed(said, _wait(headers))


def _wait(headers: Any) -> float | None:
    """Seconds until the next try: Retry-After, or until SendGrid's window of requests ends."""
    try:
        if after := headers.get("Retry-After"):
            return max(0.0, float(after))
        if (end := headers.get("X-RateLimit-Reset")) and headers.get(
            "X-RateLimit-Remaining"
        ) == "0":
            return max(0.0, float(end) - time.time())
    except ValueError:
        pass
    return None
