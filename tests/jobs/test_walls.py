"""What surrounds children here is tried, and what does not hold is said as it is."""

import asyncio
import logging
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from oriel.jobs import child, walls, workshop
from oriel.jobs.child import Limits
from oriel.service.settings import Settings

FILES = "read this machine's files"
OTHERS = "see other processes"
NETWORK = "reach the network"


async def test_bubblewrap_works_here_and_leaves_nothing_open(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    around = await walls.sandbox({}, tmp_path)

    assert around.bwrap
    assert await walls.open_(around, tmp_path) == []
    assert caplog.records == []
    assert list(tmp_path.iterdir()) == []


async def test_a_worker_s_children_see_no_secret_in_their_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ORIEL_STRIPE_KEY", "ORIEL_SECRET_KEYS", "ADMIN_PASSWORD", "PGPASSWORD"):
        monkeypatch.setenv(name, "a secret that nobody may see")
    code = "import json, os; print(json.dumps(dict(os.environ)))"

    async with workshop.opened(Settings(data=tmp_path), gpu=None) as shop:
        around = replace(shop.sandbox, oriel=(sys.executable, "-c", code))
        ended = await child.run(
            *(around, []), folder=shop.scratch, inputs=[], limits=Limits(20), stop=asyncio.Event()
        )

    assert ended.result["HOME"] == str(shop.scratch)
    assert ended.result["PATH"] == os.environ["PATH"]
    assert "a secret" not in str(ended.result)


async def test_without_bubblewrap_what_is_open_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child, "BWRAP", str(tmp_path / "bwrap"))

    around = await walls.sandbox({}, tmp_path)

    assert not around.bwrap
    [line] = [one.getMessage() for one in caplog.records if one.levelno == logging.WARNING]
    assert line.startswith(f"Children can {FILES}")
    assert OTHERS in line


async def test_a_child_that_cannot_even_be_tried_is_walled_in_by_nothing(tmp_path: Path) -> None:
    around = child.Sandbox(oriel=("/bin/false",))

    assert await walls.open_(around, tmp_path) == [FILES, OTHERS, NETWORK]


def test_children_of_a_worker_without_privilege_reach_no_network_either(tmp_path: Path) -> None:
    code = f"""
import asyncio, logging
from pathlib import Path
from oriel.jobs import child, walls
logging.basicConfig(format="%(message)s")
child.BWRAP = "/nowhere"
asyncio.run(walls.sandbox({{}}, Path({str(tmp_path)!r})))
"""
    done = run_without("all", code)

    assert f"Children can {FILES} and {OTHERS}: bubblewrap is" in done.stderr


def test_without_bubblewrap_a_child_reads_no_secret_of_its_worker_s(tmp_path: Path) -> None:
    """Though it sees that the worker is there: what keeps it out is that the worker hides."""
    code = f"""
import asyncio, logging, os
from dataclasses import replace
from pathlib import Path
from oriel.jobs import child, walls
from oriel.service.hiding import hide
child.BWRAP = "/nowhere"
logging.disable()
peek = (
    "import json\\n"
    "try: secret = 'ORIEL_' in open('/proc/%d/environ').read()\\n"
    "except PermissionError: secret = False\\n"
    "print(json.dumps(dict(secret=secret)))" % os.getpid()
)
async def main():
    around = await walls.sandbox({{}}, Path({str(tmp_path)!r}))
    trial = replace(around, oriel=(*around.oriel[:1], "-I", "-S", "-c", peek))
    for act in (lambda: None, hide):
        act()
        ended = await child.run(
            trial, [], folder=Path({str(tmp_path)!r}), inputs=[], limits=child.Limits(20),
            stop=asyncio.Event(),
        )
        print(ended.result["secret"])
asyncio.run(main())
"""
    done = run_without("all", code, ORIEL_STRIPE_KEY="sk_live")

    assert done.stdout.split() == ["True", "False"]


def run_without(privilege: str, code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python code as somebody who lacks one of root's privileges, or all."""
    without = ["setpriv", f"--bounding-set=-{privilege}", "--"] if os.getuid() == 0 else []
    return subprocess.run(
        [*without, sys.executable, "-c", code],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **environment},
    )
