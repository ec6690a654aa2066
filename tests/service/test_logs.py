"""Log lines: which request they belong to, in words or as JSON, and never a secret."""

import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from oriel.service import db, logs
from oriel.service.settings import Settings

KINDS = pytest.mark.parametrize("kind", ["json", "text"])
SECRETS = {
    "ORIEL_SECRET_KEYS": "the first of two long secret keys,the second of two long secret keys",
    "ORIEL_STRIPE_KEY": "sk_live_4eC39HqLyjWDarjtT1zdp7dc",  # pragma: allowlist secret (made up)
    "ORIEL_STRIPE_WEBHOOK_SECRET": "whsec_of_stripe",
    "ORIEL_SENDGRID_KEY": "SG.of.sendgrid",
    "ORIEL_SENTRY_DSN": "https://public@sentry.example/1",
    "ORIEL_METRICS_TOKEN": "a token for Prometheus",
    "ADMIN_EMAIL": "root@example.com",
    "ADMIN_PASSWORD": 'a "quoted" password',
    "ORIEL_DATABASE_URL": "postgresql://oriel:of-the-database@db/oriel",  # pragma: allowlist secret (made up)
    "ORIEL_REDIS_URL": "redis://:of-redis@redis/0",
}
WORDS = (
    "the first of two",
    "the second of two",
    "4eC39HqLyjWDarjtT1zdp7dc",
    "whsec_of_stripe",
    "SG.of.sendgrid",
    "public@sentry",
    "a token for Prometheus",
    "a quoted password",
    "of-the-database",
    "of-redis",
)


@pytest.fixture
def configured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Iterator[Any]:
    """Configures logging as the settings say; what the program's own logging was comes back."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level

    def configure(**environment: str) -> None:
        monkeypatch.setattr(sys, "stderr", sys.__stderr__)  # pytest's own hides what goes to 2
        logs.configure(Settings.read({"ORIEL_DATA": str(tmp_path), **environment}))

    yield configure
    root.handlers[:], root.level = handlers, level


def written(capfd: pytest.CaptureFixture[str]) -> str:
    return capfd.readouterr().err


def test_a_line_of_json_tells_when_who_what_and_for_which_request(
    configured: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    configured(ORIEL_LOG="json")

    with logs.about(request_id="r1"):
        logging.getLogger("oriel.somewhere").warning("%d of %d", 1, 2, extra={"status": 200})

    line = json.loads(written(capfd))
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "1 of 2",
        "level": "warning",
        "logger": "oriel.somewhere",
        "request_id": "r1",
        "status": 200,
    }


def test_where_nobody_watches_lines_are_json(
    configured: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    configured()

    logging.getLogger("oriel").info("here")

    [ours] = logging.getLogger().handlers
    assert isinstance(ours, logging.StreamHandler)
    assert ours.stream is sys.stderr, "and nowhere else"
    assert json.loads(written(capfd))["event"] == "here"


def test_a_line_of_text_is_for_people(configured: Any, capfd: pytest.CaptureFixture[str]) -> None:
    configured(ORIEL_LOG="text")

    with logs.about(request_id="r1"):
        logging.getLogger("oriel").info("200 GET /", extra={"status": 200, "method": "GET"})

    line = written(capfd)
    assert "200 GET /" in line
    assert "request_id=r1" in line
    assert "method" not in line, "what the words tell already"


@KINDS
def test_no_secret_is_written_not_even_by_an_error_s_story(
    kind: str, configured: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    configured(ORIEL_LOG=kind, **SECRETS)
    log = logging.getLogger("oriel")
    every = [secret for value in SECRETS.values() for secret in (value, *value.split(","))]

    for secret in every:
        log.warning("It said %s", secret, extra={"more": secret})
    try:
        raise ValueError(" and ".join(every))
    except ValueError:
        log.exception("It failed")

    said = written(capfd).replace("\\", "").replace('"', "")
    assert "It failed" in said
    assert "ValueError" in said
    assert [word for word in WORDS if word in said] == []


def test_a_secret_is_struck_out_whatever_a_regular_expression_would_read_in_it() -> None:
    secret = "what.it(is|was)*[a-z]+$?"
    clean = logs.cleaner([secret, "a+"])

    assert clean(f"It said {secret} and a+.") == "It said [secret] and [secret]."
    assert clean("It said whatXitis and aa.") == "It said whatXitis and aa."


async def test_an_error_of_the_database_keeps_to_itself_what_was_written(
    database: db.Database,
) -> None:
    async with database.begin() as session:
        with pytest.raises(DBAPIError) as caught:
            await session.execute(text("SELECT nothing WHERE 1 = :it"), {"it": "ada@example.com"})
        await session.rollback()

    assert "ada@example.com" not in str(caught.value)
