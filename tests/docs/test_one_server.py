"""One server, set up, operated, upgraded and restored by typing what the pages tell to type.

In a machine in a folder (machine.py), as root. What only a machine of the internet or systemd as the
first process could do is done by what stands in for them (standing_in/); all else is real.
"""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import clones
import machine
import pytest
from apis import a_song
from machine import Machine
from snippets import block

from oriel import compiled
from oriel.service.settings import Settings

DEPLOYING, OPERATING, BACKUP = "docs/deploying.md", "docs/operating.md", "docs/backup.md"
ONLINE = re.compile(r"apt-get|git pull|npm ci|scripts/install-oriel")  # asks a package registry
RESTIC = "# restic --repo sftp:elsewhere:oriel --password-file /etc/oriel/restic "
PASSWORD = "a long and boring sentence"
COMPILE = "from oriel import compiled; compiled.load()"
SITE = "https://oriel.example"
# Somebody who asks until they have had enough; which statuses they were told.
ASKING = f"""while [ ! -e /tmp/enough ]; do
  curl -sk -o /dev/null -w '%{{http_code}} ' {SITE}/health; sleep 0.1
done >/tmp/asked"""


@dataclass(frozen=True)
class Order:
    """A request's identifier, and a line that prints four bytes of the video that came of it."""

    request_id: str
    video: str


def typed(server: Machine, page: str, begins: str, said: str = "") -> str:
    """What a block's lines print, each typed in turn."""
    lines = block(page, begins).lines
    assert lines
    return "".join(server.type(_here(line), said, bool(ONLINE.search(line))) for line in lines)


def _here(line: str) -> str:
    """Debian's packages are not added to this machine; their names are looked up."""
    return re.sub(r"^apt-get install", "apt-cache show --no-all-versions", line)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """One that was set up as the page says, up to its last block."""
    with machine.running(tmp_path_factory.mktemp("machine")) as new:
        typed(new, DEPLOYING, "# apt-get install")
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
        typed(new, DEPLOYING, "# systemctl enable", PASSWORD)
        yield new


@pytest.fixture(scope="module")
def order(server: Machine) -> Order:
    """A video that somebody ordered there, and that was drawn."""
    (server.folder / "clone" / "song.wav").write_bytes(a_song(1))
    account = {"email": "ada@example.com", "password": PASSWORD}
    said = server.type(f"curl -skf {SITE}/api/auth/register --json '{json.dumps(account)}'")
    bearer = f"-H 'Authorization: Bearer {json.loads(said)['access_token']}'"
    asked = f"curl -skf {SITE}/api/jobs"
    fields = "-F song=@song.wav -F size=160x90 -F fps=10"
    headers, _, body = server.type(f"{asked}/submit -i {bearer} {fields}").partition("\n\n")
    request_id = re.findall(r"^x-request-id: (\S+)", headers, re.MULTILINE | re.IGNORECASE)[0]
    address = f"{asked}/{json.loads(body)['id']}"
    server.until(f"{address}/status {bearer}", lambda said: json.loads(said)["status"] == "done")
    return Order(
        request_id, f"{address}/download -L {bearer} -o /tmp/v && head -c 8 /tmp/v | tail -c 4"
    )


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
    [line] = [one for one in block(DEPLOYING, "# apt-get install").lines if "certbot cert" in one]
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
    [line] = block(OPERATING, "$ journalctl -u 'oriel-*'").lines
    example = json.loads(block(OPERATING, '{"status": 202').text)

    said = server.type(line.replace(example["request_id"], order.request_id))

    lines = [json.loads(one) for one in said.splitlines()]
    [access] = [one for one in lines if one["logger"] == "aiohttp.access"]
    told = {key: access[key] for key in ("status", "method", "path", "level")}
    assert access.keys() == example.keys()
    assert told == {key: example[key] for key in told}
    assert any("render_id" in one and one is not access for one in lines), "a worker's"


def test_wrong_passwords_are_counted_by_address(server: Machine) -> None:
    wrong = json.dumps({"email": "ada@example.com", "password": "not this one"})
    for _ in range(2):
        server.type(f"curl -sk {SITE}/api/auth/login --json '{wrong}'")

    said = typed(server, OPERATING, "$ journalctl -u 'oriel-web@*'")

    assert said.split() == ["2", "127.0.0.1"]


def test_a_new_version_is_put_in_the_old_one_s_place(server: Machine, order: Order) -> None:
    version = server.folder / "origin" / "oriel" / "__init__.py"
    new = re.sub(r'__version__ = ".+"', '__version__ = "9.9.9"', version.read_text("utf-8"))
    version.write_text(new, "utf-8")
    clones.commit(server.folder / "origin")

    server.keep(f'sh -c "{ASKING}"')

    typed(server, OPERATING, "# oriel db backup")

    server.until(f"curl -skf {SITE}/status", lambda said: '"version":"9.9.9"' in said)
    assert server.type("oriel --version").split() == ["oriel", "9.9.9"]
    asked = server.type("touch /tmp/enough; cat /tmp/asked").split()
    assert (len(asked) > 20, set(asked)) == (True, {"200"}), "somebody was not answered"
    assert server.type(order.video) == "ftyp"


def test_a_backup_is_kept_elsewhere_sealed_and_comes_back_as_it_was(server: Machine) -> None:
    if not (shutil.which("restic") and Path("/usr/lib/openssh/sftp-server").exists()):
        pytest.skip("lacks what keeps it (Debian packages restic and openssh-sftp-server)")
    server.type("systemctl start oriel-backup.service")
    listed = r"find . -printf '%p %U %m\n' | sort; find . -type f -exec sha256sum {} + | sort"
    every = f"cd /var/backups/oriel; {listed}"
    before = server.type(every)

    typed(server, BACKUP, "# apt-get install restic")
    typed(server, BACKUP, RESTIC + "backup")
    server.type("rm -rf /var/backups/oriel")
    typed(server, BACKUP, RESTIC + "restore")

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

    typed(server, BACKUP, "# systemctl stop")

    server.until(f"curl -skf {SITE}/health", bool)
    assert server.type(order.video) == "ftyp"
    databases = server.type("runuser -u postgres -- psql -Atc 'SELECT datname FROM pg_database'")
    assert {"oriel", "oriel_before"} <= set(databases.split())
