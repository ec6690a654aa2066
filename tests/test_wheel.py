"""The wheel as it reaches people: installed alone in an empty environment, far from the checkout.

This is the one test that asks a package index, as `pip install oriel[render]` does.
"""

import subprocess
import sys
import zipfile
from pathlib import Path

import av
import pytest

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


def test_the_wheel_alone_renders_a_video(wheel: Path, tmp_path: Path) -> None:
    song = demo.write(tmp_path / "song.wav", seconds=1)
    python = tmp_path / "venv" / "bin" / "python"
    lock = CHECKOUT / "requirements.lock"
    pip = ["-m", "pip", "install", "--quiet", "--no-compile", "--disable-pip-version-check"]
    run(sys.executable, "-m", "venv", tmp_path / "venv", cwd=tmp_path)
    run(python, *pip, "--constraint", lock, f"oriel[render] @ {wheel.as_uri()}", cwd=tmp_path)

    words = ["render", song, "-o", "video.mp4", "--size", "64x36"]
    run(python.parent / "oriel", *words, cwd=tmp_path)

    home = run(python, "-c", "import oriel; print(oriel.__file__)", cwd=tmp_path)
    assert home.startswith(str(tmp_path))
    with av.open(str(tmp_path / "video.mp4")) as video:
        assert video.streams.video[0].frames == 30
