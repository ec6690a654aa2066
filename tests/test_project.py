"""The files around the code agree with each other."""

import os
import re
import subprocess
import tomllib
from pathlib import Path

import yaml

import oriel

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCK = (ROOT / "requirements.lock").read_text()


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    paths = [ROOT / name for name in os.fsdecode(listed.stdout).split("\0") if name]
    return [path for path in paths if path.is_file()]


def test_every_package_that_is_asked_for_is_pinned_in_the_lock() -> None:
    extras = PROJECT["optional-dependencies"].values()
    wanted = [*PROJECT["dependencies"], *(one for extra in extras for one in extra)]
    names = {re.split(r"[\[<>=]", one)[0].strip() for one in wanted} - {"oriel"}

    pinned = set(re.findall(r"^([a-z0-9-]+)==", LOCK, re.MULTILINE))

    assert names <= pinned


def test_the_lock_pins_versions_and_names_no_place_to_get_them_from() -> None:
    lines = [line for line in LOCK.splitlines() if not line.startswith("#")]

    assert all(re.match(r"[a-z0-9-]+==[^\s]+( ; .+)?$", line) for line in lines)
    assert "://" not in LOCK
    npm_s = (ROOT / "package-lock.json").read_text()  # its links are to who may be thanked
    assert not re.search(r'"resolved"|registry|"version": "[^"]*:', npm_s)
    assert "omit-lockfile-registry-resolved=true" in (ROOT / ".npmrc").read_text()


def test_every_requirement_has_a_range_that_ends() -> None:
    extras = PROJECT["optional-dependencies"].values()
    wanted = [*PROJECT["dependencies"], *(one for extra in extras for one in extra)]

    for one in wanted:
        assert one.startswith("oriel[") or re.search(r">=.+,<\d", one), one


def test_the_readme_s_commands_are_targets_of_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))

    used = set(re.findall(r"\bmake ([a-z]+)\b", (ROOT / "README.md").read_text()))

    assert {"demo", "test"} <= used <= targets


def test_every_target_says_what_it_does() -> None:
    makefile = (ROOT / "Makefile").read_text()
    phony = re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)
    assert phony is not None

    for target in phony[1].split():
        assert re.search(rf"^{target}:.*## \w", makefile, re.MULTILINE), target


def test_ci_runs_what_the_readme_and_the_contributing_guide_ask_for() -> None:
    script = ROOT / ".ci" / "run"

    assert os.access(script, os.X_OK)
    assert "make test" in script.read_text()
    assert "make check" in script.read_text()
    assert "scripts/audit.py" in (ROOT / "Makefile").read_text()


def test_the_workflow_runs_what_ci_runs_and_asks_for_holes_that_are_known() -> None:
    text = (ROOT / ".github" / "workflows" / "check.yml").read_text("utf-8")

    steps = [step for job in yaml.safe_load(text)["jobs"].values() for step in job["steps"]]

    commands = [step.get("run", "") for step in steps]
    assert ".ci/run" in commands
    assert any("scripts/audit.py --strict" in command for command in commands)


def test_the_changelog_knows_this_version() -> None:
    assert f"## {oriel.__version__}" in (ROOT / "CHANGELOG.md").read_text()


def test_no_large_file_is_committed() -> None:
    large = [path.name for path in tracked() if path.stat().st_size > 2_000_000]

    assert large == []
