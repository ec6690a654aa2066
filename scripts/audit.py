"""Locked versions in this folder go in; those that have a known hole come out, where anybody answers.

    python scripts/audit.py [--strict]

A hole fails it. Where nobody who knows of holes answers, as without a network, a sentence says so;
with `--strict` that fails too.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_SECONDS = 300.0
_PIP_AUDIT = ("--no-deps", "--disable-pip", "--progress-spinner", "off", "--format", "json")
_NPM_AUDIT = ("--json", "--fetch-retries=0", "--fetch-timeout=15000")


@dataclass(frozen=True)
class Told:
    """Versions with a known hole, each as a sentence, and whether all could be asked about."""

    holes: list[str]
    whole: bool


def main() -> None:
    """Ask, say what was told, and leave with 1 where something is wrong."""
    kinds: dict[str, Callable[[], Told]] = {"Python": of_python, "JavaScript": of_javascript}
    told = {kind: ask() for kind, ask in kinds.items()}
    holes = [hole for one in told.values() for hole in one.holes]
    unasked = [kind for kind, one in told.items() if not one.whole]
    for hole in holes:
        print(hole, file=sys.stderr)
    if unasked:
        which = " and ".join(unasked)
        print(f"Nobody answers who knows of holes: {which} packages were not audited.")
    sys.exit(1 if holes or (unasked and "--strict" in sys.argv) else 0)


def of_python() -> Told:
    """What pip-audit is told of requirements.lock."""
    lines = Path("requirements.lock").read_text("utf-8").splitlines()
    pinned = [line for line in lines if line and not line.lstrip().startswith("#")]
    everywhere = [line for line in pinned if ";" not in line]
    if not _asked(everywhere[:1]).whole:  # nobody is asked hundreds of questions in vain
        return Told([], False)
    return _asked(pinned)


def of_javascript() -> Told:
    """What npm is told of package-lock.json, with what only tests need: that runs on machines too."""
    told = _document(["npm", "audit", *_NPM_AUDIT])
    if "vulnerabilities" not in told:
        return Told([], False)
    holes = [
        f"{name} has a known hole, {_title(one)}: make lock chooses another version,"
        " unless package.json names this one."
        for name, one in told["vulnerabilities"].items()
    ]
    return Told(holes, True)


def _asked(pinned: Sequence[str]) -> Told:
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(pinned))
        file.flush()
        command = [sys.executable, "-m", "pip_audit", *_PIP_AUDIT, "--requirement", file.name]
        told = _document(command)
    found = told.get("dependencies", [])
    holes = [
        f"{one['name']} {one['version']} has a known hole, {hole['id']}: make lock chooses another"
        f" version (mended in {', '.join(hole['fix_versions']) or 'none yet'})."
        for one in found
        for hole in one.get("vulns", [])
    ]
    return Told(holes, bool(found) and not any("skip_reason" in one for one in found))


def _document(command: Sequence[str]) -> dict[str, Any]:
    """The JSON that a program prints; none where it is missing, or fails before it has any."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS)
        found = json.loads(done.stdout)
    except (OSError, subprocess.TimeoutExpired, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _title(one: dict[str, Any]) -> str:
    """An advisory's title, or the package that brings the hole along."""
    return ", ".join(via if isinstance(via, str) else str(via["title"]) for via in one["via"])


if __name__ == "__main__":
    main()
