"""What operators type: the database's tables, and the first of those who run the service."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from apis import PASSWORD
from databases import Schemas

from oriel.service import claims, db, listings, users
from oriel.service.models import User

WITHOUT = "import sys; sys.modules[{name!r}] = None; from oriel.cli import main; main()"


def run(
    *words: str, home: Path, said: str = "", code: str = ""
) -> subprocess.CompletedProcess[str]:
    start = ["-c", code] if code else ["-m", "oriel"]
    environment = {**os.environ, "HOME": str(home), "XDG_DATA_HOME": str(home)}
    return subprocess.run(
        [sys.executable, *start, *words],
        env=environment,
        input=said,
        capture_output=True,
        text=True,
        timeout=60,
    )


async def test_the_database_is_made_and_an_administrator_in_it(tmp_path: Path) -> None:
    for _ in range(2):
        made = run("db", "upgrade", home=tmp_path)
        assert made.returncode == 0, made.stderr
        assert "revision" in made.stdout

    done = run("admin", "create", "--email", "Root@example.com", home=tmp_path, said=PASSWORD)

    assert done.returncode == 0
    assert done.stdout.startswith("root@example.com is an administrator, in sqlite:///")
    async with (
        db.open_database(f"sqlite:///{tmp_path}/oriel/oriel.db") as database,
        database.read() as session,
    ):
        user = await claims.by_email(session, "root@example.com")
    assert user is not None
    assert user.role == "admin"


async def test_whoever_lost_the_phone_is_helped_at_the_shell(
    schemas: Schemas, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = schemas.sqlite()
    monkeypatch.setenv("ORIEL_DATABASE_URL", url)
    async with db.open_database(url) as database:
        since = datetime(2026, 11, 22, tzinfo=UTC)
        address = "ada@example.com"
        known = {"email": address, "email_as_typed": address, "password_hash": "none"}
        async with database.begin() as session:
            session.add(User(**known, second_factor_since=since))

        words = ("admin", "remove-second-factor", "--reason", "lost", "--email")
        done = run(*words, "Ada@example.com", home=tmp_path)
        unknown = run(*words, "nobody@example.com", home=tmp_path)

        async with database.read() as session:
            user = await users.known(session, address)
            [deed] = await session.scalars(listings.deeds(subject=f"user:{user.id}", limit=9))
    assert (done.returncode, user.second_factor_since) == (0, None)
    assert (deed.actor_id, deed.details) == (None, {"reason": "lost"})
    assert unknown.returncode == 2
    assert "There is no account with this address: see how it is written." in unknown.stderr


def test_a_password_that_will_not_do_is_told_in_a_sentence(tmp_path: Path) -> None:
    run("db", "upgrade", home=tmp_path)

    done = run("admin", "create", "--email", "root@example.com", home=tmp_path, said="short\n")

    assert done.returncode == 2
    assert "password" in done.stderr
    assert done.stderr.count("\n") == 1


def test_without_tables_an_operator_is_told_what_to_run(tmp_path: Path) -> None:
    admin = run("admin", "create", "--email", "root@example.com", home=tmp_path, said=PASSWORD)
    backup = run("db", "backup", str(tmp_path / "backup"), home=tmp_path)

    for done in (admin, backup):
        assert done.returncode == 2
        assert "run oriel db upgrade first" in done.stderr


def test_settings_that_cannot_be_are_all_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORIEL_STORAGE", "ftp://somewhere")
    monkeypatch.setenv("ORIEL_KEEP_DAYS", "never")

    for words in (("db", "upgrade"), ("serve", "--port", "0"), ("worker",)):
        done = run(*words, home=tmp_path)
        assert done.returncode == 2
        assert [line.partition(":")[0] for line in done.stderr.splitlines()] == [
            "ORIEL_KEEP_DAYS",
            "ORIEL_STORAGE",
        ]


@pytest.mark.parametrize(
    "words", [("db", "upgrade"), ("admin", "create", "--email", "a@b.example"), ("worker",)]
)
def test_without_the_service_extra_the_command_says_what_to_install(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    done = run(*words, home=tmp_path, code=WITHOUT.format(name="sqlalchemy"))

    assert done.returncode == 2
    assert "sqlalchemy" in done.stderr
    assert "service]'" in done.stderr


def test_without_the_service_extra_the_studio_alone_can_be_served(tmp_path: Path) -> None:
    done = run("serve", "--port", "0", home=tmp_path, code=WITHOUT.format(name="sqlalchemy"))

    assert done.returncode == 2
    assert "--studio-only" in done.stderr
