"""The wheel as it reaches people: installed alone in an empty environment, far from the checkout.

These are the tests that ask a package index, as `pip install oriel[render]` does.
"""

import re
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


def installed(wheel: Path, extra: str, folder: Path) -> Path:
    """The Python of a new environment that holds the wheel, with one extra, and no more.

    The images are made by the same script.
    """
    said = run(CHECKOUT / "scripts" / "install-oriel", folder / "venv", extra, wheel, cwd=folder)
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


def test_the_wheel_alone_serves_the_studio_without_what_draws_or_hears(
    wheel: Path, tmp_path: Path
) -> None:
    python = installed(wheel, "web", tmp_path)
    home = {"HOME": str(tmp_path)}

    with served(cwd=tmp_path, python=python, environment=home) as server:
        page = ask(server.url)
        assets = {url: ask(server.url, url) for url in re.findall(r"/assets/[^\"]+", page.text)}
        mesh = ask(server.url, "/meshes/torusKnot")
        song = ask(server.url, "/demo/song.wav")
        beats = ask(server.url, "/demo/beats.json")

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


def test_the_wheel_alone_renders_a_video_where_nothing_else_can_be_written(
    wheel: Path, tmp_path: Path
) -> None:
    """As in a container whose file system is read-only."""
    work = tmp_path / "work"
    work.mkdir()
    song = demo.write(work / "song.wav", seconds=1)
    python = installed(wheel, "render", tmp_path)
    within = ["bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"]
    within += ["--bind", str(work), str(work), "--chdir", str(work), "--unshare-user"]
    within += ["--uid", "10001", "--setenv", "HOME", "/nowhere"]

    words = ["render", song, "-o", "video.mp4", "--size", "64x36"]
    run(*within, python.parent / "oriel", *words, cwd=work)

    home = run(python, "-c", "import oriel; print(oriel.__file__)", cwd=tmp_path)
    assert home.startswith(str(tmp_path))
    assert not {"aiohttp", "arq", "pip", "sqlalchemy"} & packages(python)
    with av.open(str(work / "video.mp4")) as video:
        assert video.streams.video[0].frames == 30
