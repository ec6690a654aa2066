"""What the docs promise of security is proven by tests that are there."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
DOCS = TESTS.parent / "docs"
NAMED = re.compile(r"`(test_\w+)`")


@cache
def known() -> frozenset[str]:
    """The names of all tests."""
    files = (ast.parse(path.read_text("utf-8")) for path in TESTS.rglob("test_*.py"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(
        node.name for file in files for node in file.body if isinstance(node, functions)
    )


def rows(page: str) -> list[list[str]]:
    """The rows of all tables of a page whose last column is for tests."""
    found, proven = [], False
    for line in (DOCS / page).read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("|"):
            proven = False
        elif cells[-1] in ("test", "test, or why"):
            proven = True
        elif proven and not set(line) <= set("|-: "):
            found.append(cells)
    return found


@pytest.mark.parametrize("page", ["security.md", "asvs.md"])
def test_every_test_that_a_page_names_is_there(page: str) -> None:
    named = NAMED.findall((DOCS / page).read_text("utf-8"))

    assert len(named) > 50
    assert [name for name in named if name not in known()] == []


def test_every_attack_of_the_threat_model_has_a_test() -> None:
    attacks = rows("security.md")

    assert len(attacks) > 40
    assert [attack for attack, *_, tests in attacks if not NAMED.search(tests)] == []


def test_each_requirement_of_asvs_is_met_by_tests_or_says_why_not() -> None:
    lines = [cells for cells in rows("asvs.md") if len(cells) == 4]
    numbers = [number for cells in lines for number in cells[0].split(", ")]

    assert len(numbers) == len(set(numbers)) == 253, "levels 1 and 2 of 5.0.0 have so many"
    for number, _, stands, proof in lines:
        assert stands in ("met", "not met", "not applicable"), number
        assert (stands == "met") == bool(NAMED.search(proof)), number
        assert proof, number


def test_whatever_nobody_may_guess_is_chance_of_the_system() -> None:
    waits = {"service/storage/upload.py", "service/backoff.py", "jobs/chores.py"}  # how long alone
    guessable = re.compile(
        r"^\s*(?:import|from) random\b|np\.random\.(?!default_rng\(1\))|uuid1", re.M
    )
    package = TESTS.parent / "oriel"

    found = {
        path.relative_to(package).as_posix()
        for part in ("service", "web", "jobs")
        for path in (package / part).rglob("*.py")
        if guessable.search(path.read_text("utf-8"))
    }

    assert found == waits
