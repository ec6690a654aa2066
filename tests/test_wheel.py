"""What the wheel carries, and that it renders where it is installed alone, far from the checkout."""

import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path
from typing import Any

import av
import pytest
from installed import names, narrowed

from oriel import demo

CHECKOUT = Path(__file__).parent.parent


def run(*command: str | Path, cwd: Path, **more: Any) -> str:
    done = subprocess.run(list(map(str, command)), cwd=cwd, capture_output=True, text=True, **more)
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


def test_installed_alone_it_renders_a_video(wheel: Path, tmp_path: Path) -> None:
    """Beside what its extra asks for, linked from where it lies here, and without one variable."""
    venv = tmp_path / "venv"
    python, pip = venv / "bin" / "python", [sys.executable, "-m", "pip", "--python"]
    demo.write(tmp_path / "song.wav", seconds=1)

    run(sys.executable, "-m", "venv", "--without-pip", venv, cwd=tmp_path)
    alone = ["--no-deps", "--no-index", "--no-compile"]
    run(*pip, python, "install", "--quiet", *alone, wheel, cwd=tmp_path)
    [place] = venv.glob("lib/python3*/site-packages")
    narrowed([place, Path(sysconfig.get_path("purelib"))], "render", place)
    rendering = ["render", "song.wav", "-o", "video.mp4", "--size", "64x36", "--frames", "0:3"]
    run(python, "-I", venv / "bin" / "oriel", *rendering, cwd=tmp_path, env={})

    with av.open(str(tmp_path / "video.mp4")) as video:
        assert video.streams.video[0].frames == 3
    assert not {"aiohttp", "arq", "pytest", "sqlalchemy"} & names(place)
    where = run(python, "-I", "-c", "import oriel; print(oriel.__file__)", cwd=tmp_path, env={})
    assert Path(where.strip()).is_relative_to(place)
