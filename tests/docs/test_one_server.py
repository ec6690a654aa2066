"""One server, set up, operated, upgraded and restored by typing what the pages tell to type.

In a machine in a folder (machine.py), as root. What only a machine of the internet or systemd as the
first process could do is done by what stands in for them (standing_in/); all else is real.
"""

import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import clones
import consoles
import machine
import pytest
from apis import a_song
from consoles import DEPLOYING, OPERATING
from machine import Machine
from snippets import ROOT, block, within

from oriel import compiled
from oriel.service import schema
from oriel.service.settings import Settings

ONLINE = re.compile(r"apt-get|git pull|npm ci|scripts/install-oriel")  # asks a package registry
PASSWORD = "a long and boring sentence"
COMPILE = "from oriel import compiled; compiled.load()"
SITE = "https://oriel.example"
OLD, STANDS_BY = "http://127.0.0.1:8000", "http://127.0.0.1:8001"  # while one becomes the other
ADA = "ada@example.com"
# Somebody who asks until they have had enough; which statuses they were told.
ASKING = f"""while [ ! -e /tmp/enough ]; do
  curl -sk -o /dev/null -w '%{{http_code}} ' {SITE}/health; sleep 0.1
done >/tmp/asked"""
# What 9.9.9 has more: a column of a table that every order writes to, and a table.
STEP = '''"""Moods, of a version to come."""

import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{before}"


def upgrade() -> None:
    """Forward."""
    mood = sa.Column("mood", sa.String(20), nullable=False, server_default="calm")
    op.add_column("renders", mood)
    op.create_table("moods", sa.Column("name", sa.String(20), primary_key=True))
'''


@dataclass(frozen=True)
class Order:
    """A request's identifier, and a line that prints four bytes of the video that came of it."""

    render_id: str
    request_id: str
    video: str


def typed(server: Machine, lines: list[str], said: str = "") -> str:
    """What lines print, each typed in turn."""
    return "".join(server.type(_here(line), said, bool(ONLINE.search(line))) for line in lines)


def _here(line: str) -> str:
    """Debian's packages are not added to this machine; their names are looked up."""
    return re.sub(r"^apt-get install", "apt-cache show --no-all-versions", line)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """One that was set up as the page says, up to its last block."""
    with machine.running(tmp_path_factory.mktemp("machine")) as new:
        typed(new, consoles.INSTALLED.lines)
        key = new.type("openssl rand -base64 32").strip()
        settings = block(DEPLOYING, "ORIEL_DATABASE_URL").text
        settings = settings.replace("what-openssl-rand-base64-32-says-comes-here", key)
        settings = settings.replace(":PASSWORD@", ":of-its-mailbox@")
        if not compiled.is_whole(compiled.folder()):
            subprocess.run([sys.executable, "-c", COMPILE], check=True)
        new.type(
            f"mkdir /var/cache/oriel; cp -a {machine.COMPILED} $_/numba; chown -R oriel /var/cache/oriel"
        )
        new.type("umask 077; cat > /etc/oriel/environment", settings)
        typed(new, consoles.STARTED.lines, PASSWORD)
        yield new


@pytest.fixture(scope="module")
def order(server: Machine) -> Order:
    """A video that somebody ordered there, and that was drawn."""
    return ordered(server, SITE, "register")


def ordered(server: Machine, site: str, way: str) -> Order:
    """Have Ada come in by this way, "register" or "login", and order a video of this process."""
    (server.folder / "clone" / "song.wav").write_bytes(a_song(1))
    account = json.dumps({"email": ADA, "password": PASSWORD})
    said = server.type(f"curl -skf {site}/api/auth/{way} --json '{account}'")
    bearer = f"-H 'Authorization: Bearer {json.loads(said)['access_token']}'"
    asked = f"curl -skf {site}/api/jobs"
    fields = "-F song=@song.wav -F size=160x90 -F fps=10"
    headers, _, body = server.type(f"{asked}/submit -i {bearer} {fields}").partition("\n\n")
    request_id = re.findall(r"^x-request-id: (\S+)", headers, re.MULTILINE | re.IGNORECASE)[0]
    render_id = json.loads(body)["id"]
    status = f"{asked}/{render_id}/status {bearer}"
    server.until(status, lambda said: json.loads(said)["status"] == "done")
    fetched = f"curl -skf {SITE}/api/jobs/{render_id}/download -L {bearer} -o /tmp/v"
    return Order(render_id, request_id, f"{fetched} && head -c 8 /tmp/v | tail -c 4")


def test_a_server_is_set_up_as_the_page_says(server: Machine) -> None:
    status = server.type(f"curl -skf {SITE}/status")
    hidden = server.type(f"curl -sk -o /dev/null -w '%{{http_code}}' {SITE}/metrics")
    mode = server.type("stat -c '%a %U' /etc/oriel /var/lib/oriel /var/backups/oriel")
    enabled = server.type("ls /etc/systemd/system/*.wants")

    assert "worker" in status
    assert hidden == "404"
    assert mode.splitlines() == ["700 root", "700 oriel", "700 oriel"]
    for unit in ("oriel-web@8000", "oriel-web@8001", "oriel-worker@0"):
        assert f"{unit}.service" in enabled
    assert "oriel-backup.timer" in enabled


def test_the_certificate_is_renewed_while_the_proxy_serves(server: Machine) -> None:
    [line] = [one for one in consoles.INSTALLED.lines if "certbot cert" in one]
    before = server.type("cat /etc/letsencrypt/live/oriel.example/fullchain.pem")

    server.type(line)

    after = server.type("cat /etc/letsencrypt/live/oriel.example/fullchain.pem")
    assert after != before
    served = "openssl s_client -connect oriel.example:443 </dev/null 2>/dev/null"
    server.until(served, lambda said: after.strip() in said)


def test_settings_of_a_bucket_sendgrid_and_stripe_are_taken(tmp_path: Path) -> None:
    given = {"ORIEL_DATA": str(tmp_path)}
    for begins in ("ORIEL_DATABASE_URL", "ORIEL_STORAGE=gs://BUCKET"):
        lines = block(DEPLOYING, begins).text.splitlines()
        given |= dict(line.split("=", 1) for line in lines)

    settings = Settings.read(given)

    assert (settings.mail, settings.payments) == ("sendgrid:", "stripe:")
    assert settings.storage.startswith("gs://BUCKET/oriel")


def test_a_request_is_followed_through_the_logs(server: Machine, order: Order) -> None:
    [line] = consoles.FOLLOWED.lines
    example = json.loads(block(OPERATING, '{"status": 202').text)

    said = server.type(line.replace(example["request_id"], order.request_id))

    lines = [json.loads(one) for one in said.splitlines()]
    [access] = [one for one in lines if one["logger"] == "aiohttp.access"]
    told = {key: access[key] for key in ("status", "method", "path", "level")}
    assert access.keys() == example.keys()
    assert told == {key: example[key] for key in told}
    assert any("render_id" in one and one is not access for one in lines), "a worker's"


def test_wrong_passwords_are_counted_by_address(server: Machine) -> None:
    wrong = json.dumps({"email": ADA, "password": "not this one"})
    for _ in range(2):
        server.type(f"curl -sk {SITE}/api/auth/login --json '{wrong}'")

    said = typed(server, consoles.COUNTED.lines)

    assert said.split() == ["2", "127.0.0.1"]


def published(origin: Path) -> None:
    """Version 9.9.9 in a repository, with a step of the database more, and another unit."""
    version = origin / "oriel" / "__init__.py"
    new = re.sub(r'__version__ = ".+"', '__version__ = "9.9.9"', version.read_text("utf-8"))
    version.write_text(new, "utf-8")
    step = origin / "migrations" / "versions" / "9999_moods.py"
    step.write_text(STEP.format(before=schema.newest()), "utf-8")
    with (origin / "deploy" / "systemd" / "oriel-web@.service").open("a", encoding="utf-8") as unit:
        unit.write("# of 9.9.9\n")
    clones.commit(origin)


def test_a_new_version_is_put_in_the_old_one_s_place(server: Machine, order: Order) -> None:
    published(server.folder / "origin")
    ask = "runuser -u postgres -- psql -At oriel -c"
    *lines, last = consoles.UPGRADED.lines
    server.keep(f'sh -c "{ASKING}"')

    typed(server, lines)

    assert '"version":"9.9.9"' in server.type(f"curl -sf {STANDS_BY}/status")
    assert server.type(f"{ask} 'SELECT version_num FROM alembic_version'").split() == ["9999"]
    meanwhile = ordered(server, OLD, "login")
    assert '"version":"9.9.9"' not in server.type(f"curl -sf {OLD}/status")

    typed(server, [last])

    server.until(f"curl -skf {SITE}/status", lambda said: '"version":"9.9.9"' in said)
    assert server.type("oriel --version").split() == ["oriel", "9.9.9"]
    asked = server.type("touch /tmp/enough; cat /tmp/asked").split()
    assert (len(asked) > 20, set(asked)) == (True, {"200"}), "somebody was not answered"
    assert [server.type(one.video) for one in (order, meanwhile)] == ["ftyp", "ftyp"]
    mood = f"SELECT mood FROM renders WHERE id = '{meanwhile.render_id}'"
    assert server.type(f'{ask} "{mood}"').split() == ["calm"]
    [words] = within(ROOT / OPERATING, "git diff ")
    changed = server.type(shlex.join(["git", "diff", *words]))
    assert "+# of 9.9.9" in changed.splitlines(), "what is to be copied anew"


def test_a_backup_is_kept_elsewhere_sealed_and_comes_back_as_it_was(server: Machine) -> None:
    if not (shutil.which("restic") and Path("/usr/lib/openssh/sftp-server").exists()):
        pytest.skip("lacks what keeps it (Debian packages restic and openssh-sftp-server)")
    server.type("systemctl start oriel-backup.service")
    listed = r"find . -printf '%p %U %m\n' | sort; find . -type f -exec sha256sum {} + | sort"
    every = f"cd /var/backups/oriel; {listed}"
    before = server.type(every)

    typed(server, consoles.KEEPING_BEGUN.lines)
    typed(server, consoles.KEPT_ELSEWHERE.lines)
    server.type("rm -rf /var/backups/oriel")
    typed(server, consoles.BROUGHT_BACK.lines)

    assert server.type(every) == before
    assert "oriel.jsonl.gz" in before
    kept = server.type("ls /srv/elsewhere/elsewhere/oriel/snapshots; stat -c %a /etc/oriel/restic")
    assert re.fullmatch(r"[0-9a-f]{64}\n600\n", kept)
    server.type("! grep -rlaF oriel.jsonl.gz /srv/elsewhere")


def test_a_backup_is_put_back_with_the_old_database_put_aside(
    server: Machine, order: Order
) -> None:
    server.type("systemctl start oriel-backup.service")
    server.type("rm -rf /var/lib/oriel/storage")

    typed(server, consoles.PUT_BACK.lines)

    server.until(f"curl -skf {SITE}/health", bool)
    assert server.type(order.video) == "ftyp"
    databases = server.type("runuser -u postgres -- psql -Atc 'SELECT datname FROM pg_database'")
    assert {"oriel", "oriel_before"} <= set(databases.split())
