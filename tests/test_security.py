"""What the docs promise of security is proven by tests that are there."""

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from oriel.service import leases, limits, links, sessions, tokens
from oriel.service.models import Base
from oriel.web import runner
from oriel.web.api import patience

TESTS = Path(__file__).parent
DOCS = TESTS.parent / "docs"
OURS = [*(TESTS.parent / "oriel").rglob("*.py"), *(TESTS.parent / "migrations").rglob("*.py")]
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
    each = Counter(stands for numbered, _, stands, _ in lines for _ in numbered.split(", "))
    told = (
        f"Of 253, {each['met']} are met, {each['not met']} are not, and {each['not applicable']} do"
    )
    assert told in (DOCS / "asvs.md").read_text("utf-8")
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


def test_no_regular_expression_is_made_of_what_was_not_escaped() -> None:
    """It is text of ours, or constants of ours put together; what else there is was escaped."""
    ours_by_name = {"theirs"}  # of oriel/exits.py: the keys of a table there
    made = [
        ast.unparse(call.args[0])
        for path in (TESTS.parent / "oriel").rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call)
        and re.match(r"re\.(?!escape)\w+$", ast.unparse(call.func))
        and not isinstance(call.args[0], ast.Constant)
    ]
    ours = re.compile(r"_?[A-Z][A-Z0-9_]+|f'(?:[^{}]|\{\{|\}\}|\{_?[A-Z][A-Z0-9_]+\})*'")

    strange = {one for one in made if not ours.fullmatch(one) and "re.escape" not in one}
    assert strange == ours_by_name


def test_the_docs_tell_of_each_part_that_speaks_to_others() -> None:
    asks = (
        *("redis.asyncio", "arq.connections", "asyncpg", "sendgrid", "smtplib", "stripe"),
        *("requests", "google.cloud", "httpx", "aiohttp.client", "sentry_sdk"),
        *("opentelemetry.exporter", "urllib.request", "http.client"),
    )
    imported = f"(?:import|from) (?:{'|'.join(map(re.escape, asks))})\\b"
    by_itself = r"open_connection\(|create_connection\(|create_async_engine\(|ClientSession\("
    speaks = re.compile(rf"^\s*{imported}|{by_itself}", re.M)
    told = (DOCS / "services.md").read_text("utf-8").partition("## Whom Oriel talks to\n")[2]

    found = {
        path.relative_to(TESTS.parent).as_posix()
        for path in (TESTS.parent / "oriel").rglob("*.py")
        if speaks.search(path.read_text("utf-8"))
    }

    assert set(re.findall(r"`(oriel/[\w/]+\.py)`", told)) == found


def test_nothing_that_is_read_becomes_code_or_an_object_of_its_own_choice() -> None:
    """Neither by Python itself nor by what numpy and arq would unpickle unless told otherwise."""
    unpacking = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "yaml", "jsonpickle"}
    told = {
        "np.load": "allow_pickle=False",
        "ArqRedis": "job_deserializer=json.loads",
        "Worker": "job_deserializer=json.loads",
    }
    met: set[str] = set()

    for path in (TESTS.parent / "oriel").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                assert not unpacking & {one.name.partition(".")[0] for one in node.names}, path
            if isinstance(node, ast.ImportFrom):
                assert (node.module or "").partition(".")[0] not in unpacking, path
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                assert called not in ("eval", "exec", "compile", "__import__"), path
                called = called.removeprefix("_")  # arq's, or one that is made of it
                if called in told and (called != "Worker" or path.name == "queue.py"):
                    met.add(called)
                    assert told[called] in map(ast.unparse, node.keywords), (path, called)

    assert met == told.keys()


def test_no_shell_is_asked_and_no_certificate_let_through() -> None:
    """What is started gets its words one by one; whom we call has to be who they say."""
    careless = re.compile(
        r"shell=True|\bos\.(?:system|popen|spawn\w+)\(|subprocess_shell|getoutput\("
        r"|verify=False|CERT_NONE|check_hostname = False|_create_unverified_context|ssl=False"
    )

    assert [path for path in OURS if careless.search(path.read_text("utf-8"))] == []


def test_no_question_to_the_database_is_put_together_of_words() -> None:
    """What is SQL by itself is text of ours: a constant, or what an index of ours is limited to."""
    asks = {"text", "sa.text", "literal_column", "op.execute", "exec_driver_sql"}
    said = [
        call.args[0]
        for path in OURS
        if "sqlalchemy" in path.read_text("utf-8")
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call)
        and (ast.unparse(call.func) in asks or ast.unparse(call.func).endswith(".exec_driver_sql"))
    ]

    def plain(word: ast.expr) -> bool:
        if isinstance(word, ast.IfExp):
            return plain(word.body) and plain(word.orelse)
        return isinstance(word, ast.Constant)

    assert len(said) > 5
    assert {ast.unparse(one) for one in said if not plain(one)} == {"where", "condition"}


def test_no_script_of_ours_writes_markup_runs_words_or_hears_other_windows() -> None:
    sinks = re.compile(
        r"(?:inner|outer)HTML|insertAdjacentHTML|document\.write|srcdoc|\beval\(|new Function"
        r"|(?:window|globalThis)\.onmessage|window\.addEventListener\([\"']message|postMessage\([^)]*[\"']\*"
    )
    scripts = list((TESTS.parent / "web").rglob("*.js"))

    assert len(scripts) > 50
    assert [path for path in scripts if sinks.search(path.read_text("utf-8"))] == []


def test_the_numbers_that_the_pages_tell_are_those_that_are_kept() -> None:
    """Of the threat model, and of how long one stays signed in; tests elsewhere make them shorter."""
    assert limits.RATES["account"] == limits.Rate(minute=10, hour=60)
    assert limits.RATES["code"] == limits.Rate(minute=5, hour=20)
    assert limits.CROWD == 10
    assert (runner.HEAD_SECONDS, patience.PIECE_SECONDS, patience.WHOLE_SECONDS) == (20, 30, 3600)
    assert (sessions.IDLE.days, sessions.LONGEST.days) == (30, 180)
    assert (sessions.GRACE.seconds, tokens.LIFETIME.seconds, links.LIFETIME.seconds) == (
        *(10, 15 * 60),
        3600,
    )
    assert leases.MOST_STARTS == 3


def test_every_table_is_in_one_class_of_what_is_kept() -> None:
    page = (DOCS / "security.md").read_text("utf-8")
    section = page.partition("## What is kept, and how\n")[2].partition("\n## ")[0]
    cells = [line.split("|")[2] for line in section.splitlines() if line.startswith("|")]

    named = [name for cell in cells for name in re.findall(r"`(\w+)`", cell)]

    twice = "users"  # whose hashes are of another class
    assert sorted(named) == sorted([*Base.metadata.tables, twice])
