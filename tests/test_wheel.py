"""What the wheel carries; tests/test_images.py installs what is in it, far from the checkout."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

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
