"""The audit of what is locked: pip-audit and npm themselves ask a service of ours."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

AUDIT = Path(__file__).parent.parent / "scripts" / "audit.py"
LOCK = {
    "name": "page",
    "version": "1.0.0",
    "lockfileVersion": 3,
    "packages": {
        "": {
            "name": "page",
            "version": "1.0.0",
            "dependencies": {"painter": "1.0.0"},
            "devDependencies": {"tester": "1.0.0"},
        },
        "node_modules/painter": {"version": "1.0.0"},
        "node_modules/tester": {"version": "1.0.0", "dev": True},
    },
}
ADVISORY = {
    "id": 1,
    "url": "http://localhost/1",
    "title": "It paints what it is told",
    "severity": "high",
    "vulnerable_versions": "<2",
}


def hole(request: Request) -> Response:
    """OSV's answer: the first package has none, the second one."""
    package = json.loads(request.data)["package"]
    if package["name"] == "safe":
        return Response("{}", content_type="application/json")
    ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.2"}]}]
    found = {
        "id": "PYSEC-1",
        "summary": "A hole",
        "affected": [{"package": package, "ranges": ranges}],
    }
    return Response(json.dumps({"vulns": [found]}), content_type="application/json")


def audited(folder: Path, service: str, *words: str) -> subprocess.CompletedProcess[str]:
    (folder / "requirements.lock").write_text("# by make lock\nsafe==1.0\nleaky==1.1\n")
    (folder / "package-lock.json").write_text(json.dumps(LOCK))
    (folder / "package.json").write_text(json.dumps(LOCK["packages"][""]))
    environment = {
        **os.environ,
        "PIP_AUDIT_VULNERABILITY_SERVICE": "osv",
        "PIP_AUDIT_OSV_URL": f"{service}/osv",
        "npm_config_registry": service,
        "npm_config_cache": str(folder / "cache"),
    }
    return subprocess.run(
        [sys.executable, str(AUDIT), *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )


def test_a_version_with_a_known_hole_fails_with_what_to_do(
    tmp_path: Path, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/osv").respond_with_handler(hole)
    advisories = httpserver.expect_request("/-/npm/v1/security/advisories/bulk")
    advisories.respond_with_json({"painter": [ADVISORY], "tester": [ADVISORY]})
    for name in ("painter", "tester"):
        told = {"name": name, "versions": {"1.0.0": {"name": name, "version": "1.0.0"}}}
        httpserver.expect_request(f"/{name}").respond_with_json(told)

    done = audited(tmp_path, httpserver.url_for("").rstrip("/"))

    assert done.returncode == 1
    python, *javascript = done.stderr.splitlines()
    assert "leaky 1.1 has a known hole, PYSEC-1" in python
    assert "mended in 1.2" in python
    for name, said in zip(("painter", "tester"), javascript, strict=True):
        assert f"{name} has a known hole, It paints what it is told" in said
    assert done.stdout == ""


def test_each_week_somebody_is_asked_and_has_to_answer() -> None:
    workflow = (AUDIT.parents[1] / ".github" / "workflows" / "check.yml").read_text("utf-8")

    assert re.search(r'cron: "\d+ \d+ \* \* \d"', workflow)
    assert re.search(r"^ +run: python scripts/audit\.py --strict$", workflow, re.M)


@pytest.mark.parametrize(("words", "code"), [((), 0), (("--strict",), 1)])
def test_where_nobody_answers_one_sentence_says_so(
    tmp_path: Path, words: tuple[str, ...], code: int
) -> None:
    done = audited(tmp_path, "http://127.0.0.1:1", *words)

    assert done.returncode == code
    assert done.stdout.count("\n") == 1
    assert "Python and JavaScript packages were not audited" in done.stdout
    assert done.stderr == ""
