"""Completion in real shells: the script that Oriel prints is loaded there, and a command half typed.

PowerShell is the one that no package of Debian brings, so what its script sends is asked in its stead.
"""

import os
import pty
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

BIN = Path(sys.executable).parent

# Tab completes, Ctrl-A goes to the line's beginning, and what the line became is told.
TYPED = "oriel ren\t\x01printf '%s ' it became: \n"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Somebody's at a terminal, who has configured nothing."""
    given = {"PATH": f"{BIN}:/usr/bin:/bin", "HOME": str(tmp_path), "TERM": "dumb"}
    return given | {"LC_ALL": "C.UTF-8", "PYTHONPATH": os.environ.get("PYTHONPATH", "")}


def script(shell: str, environment: dict[str, str], folder: Path) -> Path:
    """What `oriel --show-completion` prints in that shell, as a file."""
    if shutil.which(shell) is None:
        pytest.skip(f"lacks {shell} (Debian package {shell})")
    asked = {"_ORIEL_COMPLETE": f"source_{shell}"}
    done = subprocess.run(["oriel"], env=environment | asked, capture_output=True, check=True)
    (folder / "completion").write_bytes(done.stdout)
    return folder / "completion"


def test_fish_completes_a_command(environment: dict[str, str], tmp_path: Path) -> None:
    printed = script("fish", environment, tmp_path)
    typed = f"source {printed}; complete -C 'oriel ren'"

    done = subprocess.run(["fish", "-c", typed], env=environment, capture_output=True, text=True)

    assert done.stderr == ""
    assert [line.split("\t")[0] for line in done.stdout.splitlines()] == ["render"]


@pytest.mark.parametrize(
    ("command", "before"),
    [("bash --norc -i", ""), ("zsh -f -i", "autoload -U compinit; compinit -D -u; ")],
)
def test_a_shell_s_tab_completes_a_command(
    command: str, before: str, environment: dict[str, str], tmp_path: Path
) -> None:
    words = command.split()
    printed = script(words[0], environment, tmp_path)
    ours, its = pty.openpty()

    with subprocess.Popen(words, stdin=its, stdout=its, stderr=its, env=environment):
        os.close(its)
        for line in (f"{before}source {printed}\n", TYPED, "exit\n"):
            os.write(ours, line.encode())
        said = read(ours)

    assert re.search("^it became: oriel render ", said, re.MULTILINE), said


@pytest.mark.parametrize(
    ("typed", "found"),
    [("re", ["render"]), ("render --lo", ["--look"]), ("db ", ["upgrade", "backup", "restore"])],
)
def test_a_shell_completes_what_is_typed(typed: str, found: list[str], tmp_path: Path) -> None:
    asked = {"_ORIEL_COMPLETE": "complete_bash", "COMP_WORDS": f"oriel {typed}"}
    asked["COMP_CWORD"] = str(len(f"{typed}.".split()))
    command = [BIN / "oriel"]

    done = subprocess.run(
        command, env=os.environ | asked, cwd=tmp_path, capture_output=True, text=True
    )

    assert done.stdout.split() == found


ASKED = {"_TYPER_COMPLETE_ARGS": "oriel rend", "_TYPER_COMPLETE_WORD_TO_COMPLETE": "rend"}
ASKED["_TYPER_COMPLETE_FISH_ACTION"] = "get-args"


@pytest.mark.parametrize(
    ("shell", "begins"),
    [
        ("zsh", "#compdef oriel\n"),
        ("fish", "complete --command oriel "),
        ("powershell", "Import-Module PSReadLine\n"),
    ],
)
def test_other_shells_are_told_how_to_ask_and_are_answered(
    shell: str, begins: str, tmp_path: Path
) -> None:
    command = [BIN / "oriel"]

    script, answer = (
        subprocess.run(
            command,
            env=os.environ | ASKED | {"_ORIEL_COMPLETE": f"{what}_{shell}"},
            cwd=tmp_path,
            capture_output=True,
            text=True,
        ).stdout
        for what in ("source", "complete")
    )

    assert script.lstrip().startswith(begins)
    assert f"complete_{shell}" in script
    assert "render" in answer
    assert "probe" not in answer


def read(terminal: int) -> str:
    """All that is said at a terminal, until whoever says it has ended."""
    said = b""
    while True:
        try:
            said += os.read(terminal, 4096)
        except OSError:  # nobody is there any more
            os.close(terminal)
            return said.decode().replace("\r", "")
