"""Commands and programs in the docs: the tutorials' are run, and Oriel understands all others.

`sh` is what can be typed as it stands, `console` a session on a machine of its own (as root, with
Docker, of a server that stays). docs/test_every_block.py tells who runs them.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
import snippets
from snippets import ROOT, Block
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

import oriel
from oriel import cli, look, sizes

TUTORIALS = sorted((ROOT / "docs" / "tutorials").glob("*.md"))
ELSEWHERE = {"glsl", "html", "text", ""}  # of effects, pages, and what programs print


def oriel_s(block: Block) -> list[list[str]]:
    """What each `oriel` in a block is given."""
    return [
        words[1:]
        for words in block.commands
        if words[0] in ("oriel", ".venv/bin/oriel") and "…" not in words
    ]


def settings(text: str) -> None:
    """Each line is a name and a value."""
    for line in text.splitlines():
        assert re.match(r"\w+=\S", line), line


def reached(words: list[str]) -> tuple[TyperCommand | TyperGroup, list[str]]:
    """The command, or the group of them, that these words lead to, and what it is given."""
    command, rest = get_command(cli.app), list(words)
    while rest and (inner := getattr(command, "commands", None)):
        if rest[0].startswith("-"):
            break
        command = inner[rest.pop(0)]
    return command, rest


def understood(words: list[str]) -> None:
    """Have the command line parse this, without doing it."""
    command, rest = reached(words)
    if rest and rest not in (["--help"], ["-h"]) and not hasattr(command, "commands"):
        command.make_context(command.name, rest)


@pytest.mark.parametrize("block", snippets.every(), ids=lambda block: block.page)
def test_a_block_is_of_a_kind_that_is_looked_at(block: Block) -> None:
    readers: dict[str, Callable[[str], object]] = {
        "python": lambda text: compile(text, block.page, "exec"),
        "json": json.loads,
        "toml": tomllib.loads,
        "ini": settings,
    }

    assert block.kind in readers.keys() | {"sh", "console"} | ELSEWHERE
    if block.kind in readers:
        readers[block.kind](block.text)


@pytest.mark.parametrize(
    "block",
    [block for block in snippets.every() if block.kind in ("sh", "console") and oriel_s(block)],
    ids=lambda block: block.page,
)
def test_oriel_understands_what_it_is_told_to_do(block: Block) -> None:
    """But for what a page itself has one add: tests of their own do so."""
    for words in oriel_s(block):
        understood(words)
        options = dict(pairwise(words))
        if (name := options.get("--look")) and "." not in name:
            look.load(name)
        if size := options.get("--size"):
            sizes.size(size)
        chosen = [value for key, value in pairwise(words) if key == "--set"]
        if "docs/tutorials" not in block.page and not any("swirl" in one for one in chosen):
            look.with_settings(look.load("default"), chosen)


@pytest.mark.parametrize("page", snippets.PAGES, ids=lambda page: page.stem)
def test_a_command_within_a_sentence_is_one_that_oriel_has(page: Path) -> None:
    for words in snippets.within(page, "oriel "):
        if words[0] == "COMMAND":
            continue
        command, given = reached(words)
        known = {name for one in command.params for name in one.opts} | {"--help"}
        assert {word for word in given if word.startswith("-")} <= known, shlex.join(words)


def test_a_command_that_oriel_does_not_have_is_found_out() -> None:
    with pytest.raises(Exception, match="--sice"):
        understood(["render", "song.mp3", "--sice", "720p"])


def test_make_has_every_target_that_is_named() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    named = {
        words[1]
        for block in snippets.every()
        if block.kind in ("sh", "console")
        for words in block.commands
        if words[0] == "make" and len(words) > 1
    }

    assert named
    assert named <= targets


@pytest.mark.parametrize("page", TUTORIALS, ids=lambda page: page.stem)
def test_a_tutorial_works_from_its_first_line_to_its_last(page: Path, tmp_path: Path) -> None:
    folder = tmp_path / "here"
    shutil.copytree(
        Path(oriel.__file__).parent, folder / "oriel", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copytree(ROOT / "migrations", folder / "oriel" / "migrations")
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, words in (("python", ""), ("oriel", "-m oriel")):
        (programs / name).write_text(f'#!/bin/sh\nexec {sys.executable} {words} "$@"\n')
        (programs / name).chmod(0o755)
    around = {
        **os.environ,
        "PATH": f"{programs}:{os.environ['PATH']}",
        "PYTHONPATH": str(folder),
    }

    for block in snippets.blocks(page):
        if block.title:
            (folder / block.title).write_text(block.text, "utf-8")
        elif block.kind == "sh":
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", _negated(block.text)],
                cwd=folder,
                env=around,
                capture_output=True,
                text=True,
                timeout=900,
            )
            assert done.returncode == 0, f"{block.text}\n{done.stdout}\n{done.stderr}"


def _negated(text: str) -> str:
    """`! command` as one that must fail: `set -e` passes it over otherwise."""
    return re.sub(r"^! (.+)$", r"if \1; then exit 1; fi", text, flags=re.MULTILINE)
