"""Letters by any mail server: what it takes, refuses or puts off, and only on a way that is safe."""

import datetime
import ipaddress
import socket
import ssl
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

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
    yield from running(Controller(taken, "127.0.0.1", a_free_port()))


def a_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def running(controller: Controller) -> Iterator[Controller]:
    controller.start()
    yield controller
    controller.stop()


def mailer(controller: Controller, who: str = "", tls: str = "") -> Mailer:
    return mail.of(
        Settings(
            mail=f"smtp://{who}127.0.0.1:{controller.port}{tls}",
            mail_from="Oriel <oriel@example.org>",
            secret_keys=("x" * 32,),
        )
    )


async def test_a_letter_arrives_with_its_words_and_pictures(
    plain: Controller, taken: Taken
) -> None:
    sender = mailer(plain, tls="?tls=no")
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
        await mailer(plain, tls="?tls=no").send(LETTER)


async def test_a_server_that_cannot_encrypt_gets_nothing(plain: Controller, taken: Taken) -> None:
    with pytest.raises(MailDelayed, match="STARTTLS"):
        await mailer(plain).send(LETTER)

    assert taken.letters == []


async def test_a_server_that_is_away_is_waited_for(taken: Taken) -> None:
    away = Controller(taken, "127.0.0.1", a_free_port())

    with pytest.raises(MailDelayed, match="cannot be used"):
        await mailer(away, tls="?tls=no").check()


@pytest.mark.parametrize(("password", "taken_in"), [("p@ss", True), ("wrong", False)])
async def test_who_signs_in_does_so_encrypted(
    password: str,
    taken_in: bool,
    taken: Taken,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    certificate, key = certified(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    def knows(server: Any, session: Any, envelope: Any, how: str, data: Any) -> AuthResult:
        right = (data.login, data.password) == (b"oriel", b"p@ss")
        return AuthResult(success=right, handled=right)

    guarded = Controller(
        taken,
        *("127.0.0.1", a_free_port()),
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=knows,
    )
    for server in running(guarded):
        sender = mailer(server, who=f"oriel:{password.replace('@', '%40')}@")
        if taken_in:
            await sender.send(LETTER)
        else:
            with pytest.raises(MailDelayed, match="535"):
                await sender.send(LETTER)

    assert len(taken.letters) == taken_in


def certified(folder: Path) -> tuple[Path, Path]:
    """A certificate of 127.0.0.1 that vouches for itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a mail server")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    certificate, private = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(pem))
    private.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    return certificate, private
