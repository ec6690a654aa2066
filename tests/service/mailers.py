"""Each way that letters go, with what arrived at its end: a folder, SendGrid, any mail server."""

import base64
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import buckets
from aiosmtpd.controller import Controller
from mail_server import Taken, running
from pytest_httpserver import HTTPServer

from oriel.service import mail
from oriel.service.mail import Letter, Mailer, Picture
from oriel.service.mail.outbox import Outbox
from oriel.service.settings import Settings

SENDER = "Oriel <oriel@example.com>"


@dataclass(frozen=True)
class Way:
    """A mailer, what arrived by it, and one like it whose end is not there."""

    mailer: Mailer
    arrived: Callable[[], list[Letter]]
    away: Mailer


def of(setting: str) -> Mailer:
    """The mailer that a setting names."""
    return mail.of(
        Settings(mail=setting, sendgrid_key="a-key", mail_from=SENDER, secret_keys=("x" * 32,))
    )


def sendgrid(server: HTTPServer) -> Mailer:
    """The one that speaks to SendGrid's API at this server."""
    return of(f"sendgrid:{server.url_for('').rstrip('/')}")


def outbox(folder: Path) -> Outbox:
    """The one that leaves letters in this folder."""
    made = of(f"outbox:{folder}")
    assert isinstance(made, Outbox)
    return made


@contextmanager
def into_a_folder(folder: Path) -> Iterator[Way]:
    """Files, which mail programs can read."""
    (folder / "a file").touch()
    box = outbox(folder / "mail")
    yield Way(box, lambda: list(box.letters()), of(f"outbox:{folder / 'a file' / 'mail'}"))


@contextmanager
def by_sendgrid(folder: Path) -> Iterator[Way]:
    """Its API, as far as letters go."""
    with HTTPServer() as server:
        server.expect_request("/v3/scopes").respond_with_json({"scopes": ["mail.send"]})
        server.expect_request("/v3/mail/send", method="POST").respond_with_data(status=202)

        def arrived() -> list[Letter]:
            asked = [request for request, _ in server.log if request.path == "/v3/mail/send"]
            return [_of_sendgrid(request.get_json()) for request in asked]

        yield Way(sendgrid(server), arrived, of(f"sendgrid:{_nobody('http')}"))


@contextmanager
def by_a_mail_server(folder: Path) -> Iterator[Way]:
    """One on this machine, which need not encrypt."""
    taken = Taken()
    for server in running(Controller(taken, "127.0.0.1", buckets.free_port())):
        here = of(f"smtp://127.0.0.1:{server.port}?tls=no")
        away = of(f"{_nobody('smtp')}?tls=no")
        yield Way(here, lambda: [_of_mail(one, folder) for one in taken.letters], away)


def _nobody(scheme: str) -> str:
    return f"{scheme}://127.0.0.1:{buckets.free_port()}"


def _of_sendgrid(told: dict[str, Any]) -> Letter:
    words = {part["type"]: part["value"] for part in told["content"]}
    return Letter(
        told["custom_args"]["oriel_letter"],
        *told["categories"],
        told["personalizations"][0]["to"][0]["email"],
        told["subject"],
        words["text/plain"],
        words["text/html"],
        tuple(
            Picture(one["content_id"], one["type"], base64.b64decode(one["content"]))
            for one in told["attachments"]
        ),
    )


def _of_mail(message: Any, folder: Path) -> Letter:
    """As the outbox reads it; which letter it is stands in its own header alone."""
    identifier = str(message["Message-ID"]).strip("<>").partition("@")[0]
    read = folder / "read"
    read.mkdir(exist_ok=True)
    (read / f"{identifier}-letter.eml").write_bytes(message.as_bytes())
    return replace(next(iter(outbox(read).letters())), id=identifier)


WAYS = (into_a_folder, by_sendgrid, by_a_mail_server)
