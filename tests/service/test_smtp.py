"""Letters by any mail server: what it takes, refuses or puts off, and only on a way that is safe."""

import ssl
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import buckets
import certificates
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from oriel.service import mail
from oriel.service.mail import Letter, MailDelayed, Mailer, MailRefused, Picture
from oriel.service.settings import Settings

LETTER = Letter(
    *("01KB0", "welcome", "ada@example.com", "Grüße", "In words.", "<p>In HTML.</p>"),
    (Picture("poster.jpg", "image/jpeg", b"\xff\xd8"),),
)


class Taken:
    """A mail server's behaviour: it keeps what it takes, and answers recipients with `answer`."""

    def __init__(self) -> None:
        self.letters: list[Any] = []
        self.answer = "250 OK"

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if self.answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return self.answer

    async def handle_DATA(  # noqa: N802 (aiosmtpd's name)
        self, server: Any, session: Any, envelope: Any
    ) -> str:
        self.letters.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


@pytest.fixture
def taken() -> Taken:
    return Taken()


@pytest.fixture
def plain(taken: Taken) -> Iterator[Controller]:
    yield from running(Controller(taken, "127.0.0.1", buckets.free_port()))


def running(controller: Controller) -> Iterator[Controller]:
    controller.start()
    yield controller
    controller.stop()


def mailer(port: int, who: str = "", tls: str = "") -> Mailer:
    return mail.of(
        Settings(
            mail=f"smtp://{who}127.0.0.1:{port}{tls}",
            mail_from="Oriel <oriel@example.org>",
            secret_keys=("x" * 32,),
        )
    )


async def test_a_letter_arrives_with_its_words_and_pictures(
    plain: Controller, taken: Taken
) -> None:
    sender = mailer(plain.port, tls="?tls=no")
    await sender.check()

    await sender.send(LETTER)

    (letter,) = taken.letters
    assert (letter["To"], letter["Subject"]) == ("ada@example.com", "Grüße")
    assert letter["Message-ID"] == "<01KB0@example.org>"
    assert letter.get_body(("plain",)).get_content().strip() == "In words."
    assert [part.get_content_type() for part in letter.walk()][-1] == "image/jpeg"


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


async def test_a_server_that_is_away_is_waited_for() -> None:
    with pytest.raises(MailDelayed, match="cannot be used"):
        await mailer(buckets.free_port(), tls="?tls=no").check()


@pytest.mark.parametrize(("password", "taken_in"), [("p@ss", True), ("wrong", False)])
async def test_who_signs_in_does_so_encrypted(
    password: str,
    taken_in: bool,
    taken: Taken,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    certificate, key = certificates.made(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

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
        if taken_in:
            await sender.send(LETTER)
        else:
            with pytest.raises(MailDelayed, match="535"):
                await sender.send(LETTER)

    assert len(taken.letters) == taken_in
