"""The outbox and SendGrid: what they are given, and what they may answer."""

import base64
from pathlib import Path
from typing import Any

import pytest
from mailers import SENDER, outbox, sendgrid
from pytest_httpserver import HTTPServer

from oriel.service import ids, mail
from oriel.service.mail import Letter, MailDelayed, MailRefused, Picture, letters
from oriel.service.mail.outbox import Outbox
from oriel.service.settings import Settings

JPEG = b"\xff\xd8\xff\xe0 a picture"


def letter(picture: bool = False) -> Letter:
    written = letters.write("welcome", {"name": "Ada"}, "https://oriel.example")
    pictures = (Picture("poster.jpg", "image/jpeg", JPEG),) if picture else ()
    return Letter(ids.new(), "welcome", "ada@example.com", *vars(written).values(), pictures)


async def test_a_letter_in_the_outbox_can_be_read(tmp_path: Path) -> None:
    box = outbox(tmp_path / "mail")
    sent = letter(picture=True)

    await box.send(sent)
    await box.send(sent)

    (path,) = (tmp_path / "mail").iterdir()
    assert b"To: ada@example.com" in path.read_bytes()
    assert b"welcome to Oriel. Drop a song into the studio" in path.read_bytes()
    (tmp_path / "mail" / "of somebody else.eml").write_text("Dear Ada")
    (read,) = box.letters()
    assert (read.id, read.kind, read.to, read.subject) == (
        sent.id,
        "welcome",
        "ada@example.com",
        "Welcome to Oriel",
    )
    assert (read.text, read.html.strip()) == (sent.text, sent.html.strip())
    assert read.pictures == sent.pictures


async def test_an_outbox_that_cannot_be_written_to_delays(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("no folder")

    with pytest.raises(MailDelayed, match="cannot be written to"):
        await outbox(tmp_path / "mail").send(letter())


async def test_sendgrid_gets_text_html_and_pictures(httpserver: HTTPServer) -> None:
    httpserver.expect_oneshot_request("/v3/mail/send", method="POST").respond_with_data(status=202)
    sent = letter(picture=True)

    await sendgrid(httpserver).send(sent)

    ((request, _),) = httpserver.log
    body: dict[str, Any] = request.get_json()
    assert request.headers["Authorization"] == "Bearer a-key"
    assert body["from"] == {"email": "oriel@example.com", "name": "Oriel"}
    assert body["personalizations"] == [{"to": [{"email": "ada@example.com"}]}]
    assert [part["type"] for part in body["content"]] == ["text/plain", "text/html"]
    assert body["custom_args"] == {"oriel_letter": sent.id}
    assert body["tracking_settings"]["click_tracking"]["enable"] is False
    assert base64.b64decode(body["attachments"][0]["content"]) == JPEG


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
async def test_what_may_pass_delays_a_letter(httpserver: HTTPServer, status: int) -> None:
    httpserver.expect_request("/v3/mail/send").respond_with_json({"errors": []}, status=status)

    with pytest.raises(MailDelayed, match=f"SendGrid answered {status}"):
        await sendgrid(httpserver).send(letter())


async def test_sendgrid_says_when_to_come_back(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/v3/mail/send").respond_with_data(
        status=429, headers={"Retry-After": "17"}
    )

    with pytest.raises(MailDelayed) as delayed:
        await sendgrid(httpserver).send(letter())

    assert delayed.value.retry_after == 17


@pytest.mark.parametrize("status", [400, 413])
async def test_what_will_not_pass_refuses_a_letter(httpserver: HTTPServer, status: int) -> None:
    httpserver.expect_request("/v3/mail/send").respond_with_json({"errors": []}, status=status)

    with pytest.raises(MailRefused):
        await sendgrid(httpserver).send(letter())


async def test_sendgrid_is_asked_whether_the_key_may_send(httpserver: HTTPServer) -> None:
    scopes = ["mail.send", "user.profile.read"]
    httpserver.expect_oneshot_request("/v3/scopes").respond_with_json({"scopes": scopes})
    httpserver.expect_oneshot_request("/v3/scopes").respond_with_json({"scopes": scopes[1:]})
    httpserver.expect_oneshot_request("/v3/scopes").respond_with_json({}, status=401)

    await sendgrid(httpserver).check()

    with pytest.raises(MailDelayed, match="may not send"):
        await sendgrid(httpserver).check()
    with pytest.raises(MailDelayed, match="answered 401"):
        await sendgrid(httpserver).check()


async def test_an_outbox_is_fine_where_it_can_be_written(tmp_path: Path) -> None:
    await Outbox(tmp_path / "not" / "there" / "yet", SENDER).check()
    (tmp_path / "a file").touch()

    with pytest.raises(MailDelayed, match="cannot be written"):
        await Outbox(tmp_path / "a file" / "mail", SENDER).check()


async def test_sendgrid_out_of_reach_delays() -> None:
    settings = Settings(
        mail="sendgrid:http://127.0.0.1:9",
        sendgrid_key="k",
        mail_from=SENDER,
        secret_keys=("x" * 32,),
    )

    with pytest.raises(MailDelayed, match="cannot be reached"):
        await mail.of(settings).send(letter())
