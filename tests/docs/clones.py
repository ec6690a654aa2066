"""What is in this working tree, as a repository that somebody else has cloned."""

import os
import shutil
import subprocess
from pathlib import Path

from snippets import ROOT

UNNEEDED = ("docs/", "tests/")


def copied(folder: Path) -> Path:
    """All files that are committed, or about to be, but for tests and docs."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, check=True).stdout.split(b"\0")
    for name in map(os.fsdecode, names):
        if name and (ROOT / name).exists() and not name.startswith(UNNEEDED):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


def cloned(origin: Path, clone: Path) -> None:
    """A repository of it at `origin`, and a clone."""
    git(copied(origin), "init", "--quiet")
    commit(origin)
    git(origin, "clone", "--quiet", str(origin), str(clone))


def commit(origin: Path) -> None:
    """Commit all that was changed there."""
    git(origin, "add", "--all")
    git(origin, "commit", "--quiet", "--message", "A version")


def git(folder: Path, *words: str) -> None:
    """Git, as somebody, whoever that is here."""
    somebody = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.com")
    subprocess.run(["git", *somebody, *words], cwd=folder, check=True)
