"""Settings: defaults that need nothing, and every problem told at once."""

import asyncio
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from oriel.service import keys, plans, schema
from oriel.service.mail import outbox
from oriel.service.plans import PLANS
from oriel.service.settings import BadSettings, Settings
from oriel.service.storage import file


def test_with_nothing_set_everything_lies_in_one_folder(tmp_path: Path) -> None:
    settings = Settings.read({"ORIEL_DATA": str(tmp_path)})

    assert settings.database_url == f"sqlite:///{tmp_path}/oriel.db"
    assert settings.storage == f"file://{tmp_path}/storage"
    assert settings.mail == f"outbox:{tmp_path}/mail"
    assert settings.redis_url is None
    assert settings.payments == "off:"


async def test_the_folder_may_have_any_name(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "a b%20c?d#é")

    await schema.upgrade(settings.database_url)
    letters = await asyncio.to_thread(outbox.made, settings)
    files = await asyncio.to_thread(file.made, settings)

    assert (settings.data / "oriel.db").is_file()
    assert letters.folder == settings.data / "mail"
    assert files.root == settings.data / "storage"


def test_every_problem_is_told_at_once() -> None:
    wrong = {
        "ORIEL_KEEP_DAY": "30",
        "ORIEL_LEASE_SECONDS": "soon",
        "ORIEL_SECRET_KEYS": "short",
        "ORIEL_PAYMENTS": "stripe:",
        "ORIEL_MAIL": "pigeon:home",
        "ORIEL_TRUSTED_PROXIES": "10.0.0.0/8, proxy",
        "ADMIN_EMAIL": "root@example.com",
    }

    with pytest.raises(BadSettings) as caught:
        Settings.read(wrong)

    said = str(caught.value)
    assert "there is no setting ORIEL_KEEP_DAY (did you mean ORIEL_KEEP_DAYS?)" in said
    for name in ("LEASE_SECONDS", "SECRET_KEYS", "STRIPE_KEY", "STRIPE_WEBHOOK_SECRET"):
        assert f"ORIEL_{name}:" in said
    for name in ("MAIL", "TRUSTED_PROXIES", "ADMIN_PASSWORD"):
        assert f"ORIEL_{name}:" in said


def test_a_setting_without_a_value_is_not_set(tmp_path: Path) -> None:
    settings = Settings.read({"ORIEL_DATA": str(tmp_path), "ORIEL_REDIS_URL": ""})

    assert settings.redis_url is None


def test_lists_are_written_with_commas(tmp_path: Path) -> None:
    given = {
        "ORIEL_DATA": str(tmp_path),
        "ORIEL_CORS_ORIGINS": "https://a.example, https://b.example",
    }

    settings = Settings.read(given)

    assert settings.cors_origins == ("https://a.example", "https://b.example")


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, stripe_key="sk_test_1", admin_password="open sesame")

    assert "sk_test_1" not in repr(settings)
    assert "open sesame" not in repr(settings)
    assert settings.secret_keys[0] not in repr(settings)


def test_the_signing_key_is_made_once_and_only_we_may_read_it(tmp_path: Path) -> None:
    first = Settings.read({"ORIEL_DATA": str(tmp_path)})
    second = Settings.read({"ORIEL_DATA": str(tmp_path)})

    assert first.secret_keys == second.secret_keys
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


def test_processes_that_start_at_once_agree_on_the_signing_key(tmp_path: Path) -> None:
    place = tmp_path / "secret_key"
    code = f"from pathlib import Path; from oriel.service import keys; print(keys.kept(Path({str(place)!r})))"
    children = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        for _ in range(6)
    ]

    said = {child.communicate()[0].strip() for child in children}

    assert said == {place.read_text()}
    assert os.listdir(tmp_path) == ["secret_key"]  # noqa: PTH208 - no draft is left


def test_keys_of_different_purposes_differ() -> None:
    secret = keys.new()

    assert keys.derived(secret, "links") != keys.derived(secret, "tokens")
    assert keys.derived(secret, "links") != keys.derived(keys.new(), "links")


DOCUMENT = (Path(__file__).parents[2] / "docs" / "settings.md").read_text("utf-8")
ROW = re.compile(r"^\| `(?P<name>[A-Z_]+)`.*? \|(?P<default>[^|]*)\|", re.MULTILINE)


def test_the_docs_list_every_setting_and_its_default(tmp_path: Path) -> None:
    defaults = {row["name"]: row["default"].strip().strip("`") for row in ROW.finditer(DOCUMENT)}
    settings = Settings(data=tmp_path)

    written = {name.removeprefix("ORIEL_").lower() for name in defaults} | {"admin_password"}
    assert written == Settings.model_fields.keys()
    for name, default in defaults.items():
        value = getattr(settings, name.removeprefix("ORIEL_").lower())
        if name == "ORIEL_SECRET_KEYS" or str(tmp_path) in str(value):
            continue  # told in words
        shown = f"{value:g}" if isinstance(value, float) else str(value or "")
        assert default == shown or (value is None and name == "ORIEL_REDIS_URL"), name


def test_the_docs_tell_the_plans_as_they_are() -> None:
    for plan in PLANS.values():
        row = (
            f"| `{plan.tier}` | {plan.price_cents} | {plan.welcome} | {plan.width} × {plan.height} "
            f"| {plan.fps} | {plan.seconds} | {'yes' if plan.watermark else 'no'} "
            f"| {', '.join(plan.codecs)} | {plan.licence} |"
        )
        assert row in DOCUMENT


def test_the_docs_file_of_plans_can_be_read(tmp_path: Path) -> None:
    example = re.search(r"```toml\n(.+?)```", DOCUMENT, re.DOTALL)
    assert example is not None
    (tmp_path / "plans.toml").write_text(example[1])

    changed = plans.of(Settings(data=tmp_path, plans=tmp_path / "plans.toml"))

    assert changed["personal"].price_cents == 399
    assert changed["label"].codecs == ("h264", "prores")
