"""The wheel as it reaches people: installed alone in an empty environment, far from the checkout.

These are the tests that ask a package index, as `pip install oriel[render]` does.
"""

import json
import re
import shlex
import subprocess
import sys
import zipfile
from pathlib import Path

import av
import pytest
from asking import ask
from serving import served

import oriel
from oriel import demo

CHECKOUT = Path(__file__).parent.parent

# The tables are made; a worker starts, is well as its image asks, and ends well when it is told to.
WORKING = """
{oriel} db upgrade
{oriel} worker --grace 1 &
until {health}; do kill -0 $!; sleep 0.2; done
kill $!
wait $!
"""


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(list(map(str, command)), cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--wheel", "--outdir", folder, ".", cwd=CHECKOUT)
    return next(folder.glob("*.whl"))


def test_the_wheel_carries_shaders_looks_types_and_licence(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())

    for kind in ("shaders/**/*.*", "looks/*.json", "py.typed"):
        for path in (CHECKOUT / "oriel").glob(kind):
            assert f"oriel/{path.relative_to(CHECKOUT / 'oriel')}" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not any(name.startswith(("tests/", "benchmarks/")) for name in names)


def installed(wheel: Path, image: str, folder: Path) -> Path:
    """The Python of a new environment that holds the wheel, with an image's extras, and no more.

    Made by the script that the image is made by.
    """
    [extras] = re.findall(r"install-oriel /opt/oriel (\S+)", (CHECKOUT / image).read_text("utf-8"))
    said = run(CHECKOUT / "scripts" / "install-oriel", folder / "venv", extras, wheel, cwd=folder)
    assert said == f"oriel {oriel.__version__}\n"
    return folder / "venv" / "bin" / "python"


def test_the_wheel_carries_the_page_and_the_licences_of_what_it_shows(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        files = {
            name.removeprefix("oriel/web/static/"): archive.read(name)
            for name in archive.namelist()
            if name.startswith("oriel/web/static/")
        }

    assert {"web/visualizer/index.html", "web/visualizer/main.js"} <= files.keys()
    assert b"The MIT License" in files["packages/three/LICENSE"]
    assert b"SIL Open Font License" in next(
        files[name] for name in files if name.endswith("instrument-sans/LICENSE")
    )
    assert not any(name.startswith("web/") and "test" in name for name in files)


def test_the_web_image_s_wheel_serves_all_of_oriel_without_what_draws_or_hears(
    wheel: Path, tmp_path: Path
) -> None:
    python = installed(wheel, "Dockerfile.web", tmp_path)
    home = {"HOME": str(tmp_path), "ORIEL_DATA": str(tmp_path / "data")}

    with served(cwd=tmp_path, python=python, environment=home, complete=True) as server:
        status = ask(server.url, "/status")
        page = ask(server.url)
        assets = {url: ask(server.url, url) for url in re.findall(r"/assets/[^\"]+", page.text)}
        mesh = ask(server.url, "/meshes/torusKnot")
        song = ask(server.url, "/demo/song.wav")
        beats = ask(server.url, "/demo/beats.json")

    told = {name: part["state"] for name, part in status.json["parts"].items()}
    assert (told["database"], told["queue"], told["storage"]) == ("ok", "ok", "ok"), told
    assert page.status == mesh.status == song.status == 200
    assert {url: answer.status for url, answer in assets.items()} == dict.fromkeys(assets, 200)
    assert any("three.module" in url for url in assets)
    assert beats.status == 404
    assert "render extra" in beats.json["error"]["message"]
    assert "link" not in song.headers
    assert not {"moderngl", "av", "librosa", "pip", "scipy", "setuptools"} & packages(python)


def packages(python: Path) -> set[str]:
    """What is installed beside a Python."""
    code = "import importlib.metadata as m; print(*(d.name.lower() for d in m.distributions()))"
    return set(run(python, "-c", code, cwd=python.parent).split())


def test_the_worker_image_s_wheel_renders_and_works_where_nothing_else_can_be_written(
    wheel: Path, tmp_path: Path
) -> None:
    """As in its container, whose file system is read-only, as its user."""
    work, data = tmp_path / "work", tmp_path / "data"
    work.mkdir()
    data.mkdir()
    song = demo.write(work / "song.wav", seconds=1)
    python = installed(wheel, "Dockerfile.gpu", tmp_path)
    within = ["bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"]
    within += ["--bind", str(work), str(work), "--chdir", str(work), "--unshare-user"]
    within += ["--tmpfs", "/var/lib", "--bind", str(data), "/var/lib/oriel"]
    within += [
        "--setenv",
        "ORIEL_DATA",
        "/var/lib/oriel",
        "--setenv",
        "PYTHONDONTWRITEBYTECODE",
        "1",
    ]
    within += ["--uid", "10001", "--setenv", "HOME", "/nowhere"]

    words = ["render", song, "-o", "video.mp4", "--size", "64x36"]
    run(*within, python.parent / "oriel", *words, cwd=work)
    working = WORKING.format(oriel=python.parent / "oriel", health=shlex.join(health()))
    run(*within, "sh", "-ec", working, cwd=work)

    home = run(python, "-c", "import oriel; print(oriel.__file__)", cwd=tmp_path)
    assert home.startswith(str(tmp_path))
    assert not {"aiohttp", "pip", "setuptools"} & packages(python)
    with av.open(str(work / "video.mp4")) as video:
        assert video.streams.video[0].frames == 30


def health() -> list[str]:
    """The words by which the worker's image asks whether it is well."""
    asked = re.findall(r"HEALTHCHECK .+\n +CMD (\[.+\])", (CHECKOUT / "Dockerfile.gpu").read_text())
    return list(json.loads(asked[0]))
