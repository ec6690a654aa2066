"""Letters by any mail server: what it takes, refuses or puts off, and only on a way that is safe."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import buckets
import certificates
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from mail_server import Taken, running

from oriel.service import mail
from oriel.service.mail import Letter, MailDelayed, Mailer, MailRefused, Picture
from oriel.service.settings import Settings

LETTER = Letter(
    *("01KB0", "welcome", "ada@example.com", "Grüße", "In words.", "<p>In HTML.</p>"),
    (Picture("poster.jpg", "image/jpeg", b"\xff\xd8"),),
)


@pytest.fixture
def taken() -> Taken:
    return Taken()


@pytest.fixture
def plain(taken: Taken) -> Iterator[Controller]:
    yield from running(Controller(taken, "127.0.0.1", buckets.free_port()))


def mailer(port: int, who: str = "", tls: str = "") -> Mailer:
    return mail.of(
        Settings(
            mail=f"smtp://{who}127.0.0.1:{port}{tls}",
            mail_from="Oriel <oriel@example.org>",
            secret_keys=("x" * 32,),
        )
    )


async def test_a_letter_s_headers_name_who_sends_it(plain: Controller, taken: Taken) -> None:
    await mailer(plain.port, tls="?tls=no").send(LETTER)

    (letter,) = taken.letters
    assert letter["From"] == "Oriel <oriel@example.org>"
    assert letter["Message-ID"] == "<01KB0@example.org>"


@pytest.mark.parametrize(
    ("answer", "error"),
    [("550 no such person", MailRefused), ("451 come back later", MailDelayed)],
)
async def test_a_server_that_says_no_means_never_or_later(
    answer: str, error: type[Exception], plain: Controller, taken: Taken
) -> None:
    taken.answer = answer

    with pytest.raises(error, match=answer[:3]):
        await mailer(plain.port, tls="?tls=no").send(LETTER)


async def test_a_server_that_cannot_encrypt_gets_nothing(plain: Controller, taken: Taken) -> None:
    with pytest.raises(MailDelayed, match="STARTTLS"):
        await mailer(plain.port).send(LETTER)

    assert taken.letters == []


@pytest.mark.parametrize(
    ("password", "trusted", "why"),
    [("p@ss", True, None), ("wrong", True, "535"), ("p@ss", False, "certificate verify failed")],
)
async def test_who_signs_in_does_so_encrypted(
    password: str,
    trusted: bool,
    why: str | None,
    taken: Taken,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    certificate, context = certificates.served(tmp_path)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    def knows(server: Any, session: Any, envelope: Any, how: str, data: Any) -> AuthResult:
        right = (data.login, data.password) == (b"oriel", b"p@ss")
        return AuthResult(success=right, handled=False)

    guarded = Controller(
        taken,
        *("127.0.0.1", buckets.free_port()),
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=knows,
    )
    for _ in running(guarded):
        sender = mailer(guarded.port, who=f"oriel:{password.replace('@', '%40')}@")
        if why is None:
            await sender.send(LETTER)
        else:
            with pytest.raises(MailDelayed, match=why):
                await sender.send(LETTER)

    assert len(taken.letters) == (why is None)
