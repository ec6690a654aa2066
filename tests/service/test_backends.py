"""What choosing a backend costs: none loads the package of a service before it is asked."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from oriel.service.payments.stripe import EVENTS

_CHOOSE = """
import json, sys
from oriel.service import mail, payments, storage
from oriel.service.settings import Settings
import oriel.service.mail.delivery, oriel.service.payments.check, oriel.service.notify

settings = Settings(**json.loads(sys.argv[1]))
storage.of(settings), mail.of(settings), payments.of(settings)
print(json.dumps(sorted(sys.modules)))
"""

LOCAL = {"storage": "file:///x", "mail": "outbox:/x", "payments": "off:simulated"}
REMOTE = {
    "storage": "gs://bucket/prefix",
    "mail": "sendgrid:",
    "mail_from": "Oriel <oriel@example.com>",
    "sendgrid_key": "k",
    "payments": "stripe:",
    "stripe_key": "k",
    "stripe_webhook_secret": "s",
}


@pytest.mark.parametrize("chosen", [LOCAL, REMOTE], ids=["local", "remote"])
def test_choosing_a_backend_loads_no_sdk(chosen: dict[str, str]) -> None:
    settings = json.dumps({**chosen, "secret_keys": "x" * 32})
    command = [sys.executable, "-c", _CHOOSE, settings]

    done = subprocess.run(command, capture_output=True, text=True, check=True)

    loaded = {name.partition(".")[0] for name in json.loads(done.stdout)}
    assert not loaded & {"stripe", "sendgrid", "google", "requests", "aiohttp", "arq"}


def test_operators_are_told_which_webhooks_stripe_is_to_send() -> None:
    page = (Path(__file__).parents[2] / "docs" / "services.md").read_text("utf-8")

    assert [kind for kind in EVENTS if f"`{kind}`" not in page] == []
