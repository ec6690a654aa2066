"""Settings: defaults that need nothing, and every problem told at once."""

import asyncio
import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from oriel.service import keys, plans, schema
from oriel.service.mail import outbox
from oriel.service.plans import PLANS
from oriel.service.settings import BadSettings, Settings, harmless
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
    assert "ORIEL_LEASE_SECONDS: must be a number" in said
    assert len(caught.value.args) == 8, "each is a sentence of its own"
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


def test_a_password_in_an_address_is_a_secret_as_it_is_written_and_as_it_is_meant(
    tmp_path: Path,
) -> None:
    mail = "smtp://oriel:p%40ss@mail.example"  # pragma: allowlist secret (made up)
    settings = Settings(data=tmp_path, mail=mail)

    assert {"p%40ss", "p@ss"} <= settings.secrets


def test_the_signing_key_is_made_once_and_only_we_may_read_it(tmp_path: Path) -> None:
    first = Settings.read({"ORIEL_DATA": str(tmp_path)})
    second = Settings.read({"ORIEL_DATA": str(tmp_path)})

    assert first.secret_keys == second.secret_keys
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


def test_a_data_folder_that_cannot_be_made_is_told_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(BadSettings, match=r"ORIEL_DATA: .*file/oriel cannot be used .*; name"):
        Settings.read({"ORIEL_DATA": str(tmp_path / "file" / "oriel")})


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


ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "settings.md").read_text("utf-8")
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


def test_children_get_of_the_environment_what_is_harmless_and_no_secret() -> None:
    secrets = {f"ORIEL_{name.upper()}": "a secret" for name in Settings.model_fields}
    names = "ADMIN_EMAIL ADMIN_PASSWORD PGPASSWORD GOOGLE_APPLICATION_CREDENTIALS HTTP_PROXY HOME"
    others = dict.fromkeys([*names.split(), "STRIPE_KEY", "MY_PATH", "LD_PRELOAD"], "a secret")
    drawing = {
        "PATH": "/bin",
        "LC_ALL": "C.UTF-8",
        "CUDA_VISIBLE_DEVICES": "0",
        "LP_NUM_THREADS": "1",
    }

    assert harmless({**secrets, **others, **drawing}) == drawing


STRONG = {
    "ORIEL_PUBLIC_URL": "https://oriel.example",
    "ORIEL_SECRET_KEYS": "x" * 40,
    "ORIEL_MAIL": "sendgrid:",
    "ORIEL_MAIL_FROM": "Oriel <oriel@oriel.example>",
    "ORIEL_SENDGRID_KEY": "SG.key",
    "ORIEL_TRUSTED_PROXIES": "10.0.0.0/8",
}


def test_what_is_too_weak_for_strangers_is_refused_all_at_once(tmp_path: Path) -> None:
    weak = {
        "ORIEL_DATA": str(tmp_path),
        "ORIEL_ENVIRONMENT": "production",
        "ORIEL_PAYMENTS": "off:simulated",
        "ORIEL_RATE_FACTOR": "0",
        "ORIEL_CORS_ORIGINS": "http://app.example",
    }

    with pytest.raises(BadSettings) as caught:
        Settings.read(weak, serving=True)

    said = str(caught.value)
    for name in ("PUBLIC_URL", "SECRET_KEYS", "PAYMENTS", "MAIL", "RATE_FACTOR", "CORS_ORIGINS"):
        assert f"ORIEL_{name}: " in said
    assert "ORIEL_TRUSTED_PROXIES: must name the proxy" in said
    assert list(tmp_path.iterdir()) == [], "no key is made up for who does not start"


def test_an_address_with_https_is_production_unless_it_is_said_otherwise(tmp_path: Path) -> None:
    weak = {"ORIEL_DATA": str(tmp_path), "ORIEL_PUBLIC_URL": "https://oriel.example"}

    with pytest.raises(BadSettings):
        Settings.read(weak, serving=True)
    Settings.read(weak)  # as for oriel db upgrade
    Settings.read({**weak, "ORIEL_ENVIRONMENT": "development"}, serving=True)
    Settings.read({"ORIEL_DATA": str(tmp_path), **STRONG}, serving=True)


KEPT = "|".join(name.upper() for name, one in Settings.model_fields.items() if not one.repr)
EXAMPLE = re.compile(rf"\b((?:ORIEL_)?(?:{KEPT}))[=:] *([^`\s][^`\n]*)")
IN_ADDRESS = re.compile(r"\b(?:postgresql|smtp|redis)://\w+:(\w[^@\s`]*)@")


def examples() -> Iterator[tuple[str, str]]:
    """Each secret that a file for operators writes as an example, with the setting that it is for."""
    places = [ROOT / "compose.yaml", *(ROOT / "docs").rglob("*.md"), *(ROOT / "deploy").rglob("*")]
    for path in places:
        text = path.read_text("utf-8") if path.is_file() else ""
        yield from ((found[1], found[2]) for found in EXAMPLE.finditer(text))
        for found in IN_ADDRESS.finditer(text):
            yield "ORIEL_DATABASE_URL", f"postgresql://oriel:{found[1]}@postgres/oriel"
        for word in re.findall(r'"password": "([^"]+)"', text):
            yield "ADMIN_PASSWORD", word


def test_a_secret_of_an_example_is_refused(tmp_path: Path) -> None:
    strong = {"ORIEL_DATA": str(tmp_path), **STRONG, "ADMIN_EMAIL": "ada@example.com"}
    strong["ADMIN_PASSWORD"] = "fourteen lazy otters"
    Settings.read(strong, serving=True)
    found = set(examples())

    assert {"ADMIN_PASSWORD", "ORIEL_SECRET_KEYS", "ORIEL_DATABASE_URL", "ORIEL_STRIPE_KEY"} <= {
        name for name, _ in found
    }
    for name, example in found:
        with pytest.raises(BadSettings):
            Settings.read({**strong, name: example}, serving=True)


@pytest.mark.parametrize("password", ["x", "12345678", "password", "ada@example.com", "Oriel2026"])
def test_the_first_administrator_s_password_is_as_good_as_anybody_s(
    password: str, tmp_path: Path
) -> None:
    given = {"ADMIN_EMAIL": "ada@example.com", "ADMIN_PASSWORD": password}

    with pytest.raises(BadSettings, match=r"^ORIEL_ADMIN_PASSWORD: (must|is among)"):
        Settings.read({"ORIEL_DATA": str(tmp_path), **given})


def test_a_whole_internet_of_proxies_is_refused(tmp_path: Path) -> None:
    open_ = {"ORIEL_DATA": str(tmp_path), **STRONG, "ORIEL_TRUSTED_PROXIES": "0.0.0.0/0"}

    with pytest.raises(BadSettings, match="lets every visitor choose an address"):
        Settings.read(open_, serving=True)


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_neither_server_nor_worker_starts_with_what_is_too_weak(
    command: str, tmp_path: Path
) -> None:
    weak = {"ORIEL_DATA": str(tmp_path), "ORIEL_ENVIRONMENT": "production"}

    done = subprocess.run(
        [sys.executable, "-m", "oriel", command],
        env={**os.environ, **weak},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.returncode == 2
    for name in ("PUBLIC_URL", "SECRET_KEYS", "MAIL", "TRUSTED_PROXIES"):
        assert f"ORIEL_{name}: " in done.stderr
    assert "Traceback" not in done.stderr
