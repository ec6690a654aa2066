"""Commands of other people's programs within sentences: each is typed by a test, or told here with why not."""

import os
import pty
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import snippets
import test_every_block
from snippets import PAGES, ROOT

# What is in code, has several words, and is no command, or is one of Oriel's own.
NO_COMMANDS = [
    (
        r"(oriel|make|python -m|db|serve|worker) ",
        "ours: test_snippets, test_sentences, test_platforms",
    ),
    (r"-", "options of commands that are named before"),
    (r"[A-Z]+ /", "what is asked over HTTP"),
    (r"(float|int|vec\d|uniform) |// stage:", "GLSL"),
    (r"(await|from|import|new) ", "Python and JavaScript"),
    (r"(appendonly|ct|flush_interval|frame-ancestors|proxy_buffering) ", "settings of others"),
    (r"Oriel <|for trying out only$", "what somebody types into a field"),
    (r"(access token|file link|notice to …|simulated payment|words of logs)$", "what a key is for"),
]

# Who types it, in these words.
TYPED = {
    ".venv/bin/alembic ": "tests/service/test_schema.py",
    "git diff ": "tests/docs/test_one_server.py",
    "git shortlog ": "tests/docs/test_others_commands.py",
    "ldconfig -p": "tests/docs/test_others_commands.py",
    "openssl rand -base64 32": "tests/docs/test_one_server.py",
}

NOT_TYPED = [
    *test_every_block.NOT_TYPED,
    (r"fly (mpg|redis) create", "no account"),
    (r"gcloud storage buckets update", "no account, and no emulator of a bucket keeps versions"),
    (r"journalctl -u 'oriel-web@\*'$", "tests/docs/test_one_server.py types it with -o cat"),
    (r"ssh elsewhere$", "restic does, in tests/docs/test_one_server.py"),
    (
        r"systemctl (daemon-reload|edit oriel-worker@0)$",
        "systemd is no first process here: what the unit says of memory is in tests/test_deploy.py",
    ),
    (r"systemd-analyze security$", "tests/test_deploy.py does, of each unit"),
]
OF_OTHERS = sorted(
    {
        code
        for page in PAGES
        for code in snippets.codes(page)
        if re.match(r"(\w+=\S* )*[\w./-]+ ", code)
        and not any(re.match(begins, code) for begins, _ in NO_COMMANDS)
    }
)


@pytest.mark.parametrize("command", OF_OTHERS)
def test_each_command_within_a_sentence_is_typed_by_a_test_or_told(command: str) -> None:
    typed = [test for begins, test in TYPED.items() if command.startswith(begins)]
    told = any(re.match(begins, command) for begins, _ in NOT_TYPED)

    assert typed or told, f"who types {command!r}?"


def test_no_test_is_named_that_does_not_type_it_and_nothing_that_no_page_says() -> None:
    for begins, test in TYPED.items():
        here = ROOT / test == Path(__file__)  # where it is named besides
        assert (ROOT / test).read_text("utf-8").count(f'"{begins}') > here, begins
        assert any(one.startswith(begins) for one in OF_OTHERS), begins
    of_sentences = NOT_TYPED[len(test_every_block.NOT_TYPED) :]
    for begins, _ in of_sentences:
        assert any(re.match(begins, one) for one in OF_OTHERS), begins


def said(program: str, page: str, begins: str) -> list[str]:
    """What a command within a page's sentence prints, typed at a terminal."""
    [words] = snippets.within(ROOT / page, begins)
    terminal, ours = pty.openpty()
    try:
        done = subprocess.run(
            [program, *shlex.split(begins)[1:], *words],
            cwd=ROOT,
            stdin=ours,
            capture_output=True,
            text=True,
        )
    finally:
        os.close(terminal)
        os.close(ours)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_who_maintains_it_is_told_by_its_history() -> None:
    people = said("git", "SECURITY.md", "git shortlog ")

    assert people
    assert all(re.fullmatch(r" *\d+\t.+ <.+@.+>", one) for one in people)


def test_what_is_installed_of_opengl_is_told_by_the_linker() -> None:
    ldconfig = shutil.which("ldconfig", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    assert ldconfig is not None

    libraries = said(ldconfig, "docs/gpu.md", "ldconfig -p")

    assert any("libEGL.so.1 " in one for one in libraries)
