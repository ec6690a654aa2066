"""Commands and options that stand within sentences, beside `oriel …`: each is one that there is."""

import argparse
import re
import shlex
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
import snippets
from snippets import PAGES, ROOT
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

import benchmarks.__main__
import benchmarks.admin
from oriel import cli

BENCH = benchmarks.__main__.parser()
# Options of others that our pages speak of.
OTHERS = {
    "docker": {"--read-only", "--security-opt"},
    "docker compose": {"--scale", "-f"},
}
RULE = re.compile(r"^([a-z]+):(?!=).*\n((?:\t.*\n)+)", re.MULTILINE)
MAKE = dict(RULE.findall((ROOT / "Makefile").read_text("utf-8")))


def taken(words: list[str]) -> None:
    """Whether make has such a target, which looks at the variables that it is given."""
    target, *variables = words
    assert target in MAKE, f"make {target}"
    for name, value in (one.split("=", 1) for one in variables):
        assert re.search(rf"\$\(?\{{?{name}\b", MAKE[target]), f"make {target} does not use {name}"
        if name == "ARGS" and target == "bench":
            measured(shlex.split(value))
        if name == "ARGS" and target == "test":
            files = [word for word in shlex.split(value) if "/" in word]
            assert all((ROOT / file).exists() for file in files), value


def measured(words: list[str]) -> None:
    """Have the benchmarks' command line parse this."""
    try:
        BENCH.parse_args(words)
    except SystemExit:
        pytest.fail(f"the benchmarks do not know {words}")


def options(command: TyperCommand | TyperGroup) -> Iterator[str]:
    """Those of a command and of all below it."""
    for one in command.params:
        yield from one.opts
    for inner in getattr(command, "commands", {}).values():
        yield from options(inner)


def ours(parser: argparse.ArgumentParser) -> set[str]:
    """The options that its help tells of."""
    return set(re.findall(r"(?<![\w-])--?[a-z-]+", parser.format_help()))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_make_is_told_within_a_sentence_it_can_do(page: Path) -> None:
    for words in snippets.within(page, "make "):
        taken(words)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_module_that_is_run_within_a_sentence_is_there(page: Path) -> None:
    for module, *_ in snippets.within(page, "python -m "):
        assert find_spec(module), module


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_an_option_that_is_named_alone_is_one_of_ours_or_told(page: Path) -> None:
    known = {*options(get_command(cli.app)), *ours(BENCH), *ours(benchmarks.admin.parser())}
    named = {f"-{words[0]}" for words in snippets.within(page, "-") if words}
    named = {name for name in named if re.match("--?[a-z]", name)}  # no headers' ends

    assert named <= known.union(*OTHERS.values())


@pytest.mark.parametrize(
    "words", [["dmeo"], ["demo", "SNOG=x.mp3"], ["bench", "ARGS=--only soap"], ["test", "ARGS=a/b"]]
)
def test_what_make_cannot_do_is_found_out(words: list[str]) -> None:
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        taken(words)
