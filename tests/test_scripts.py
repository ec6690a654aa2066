"""The scripts behind `make`, on machines that lack this or that."""

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parent.parent / "scripts"


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A folder of commands, to be the whole PATH, in which no library and no package is found."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("bash", "cat", "dirname", "env", "grep", "mktemp", "rm", "tail"):
        (folder / name).symlink_to(str(shutil.which(name)))
    command(folder, "ldconfig", "exit 0")
    command(folder, "id", "echo 1000")
    return folder


def command(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/bash\n{script}\n")
    (folder / name).chmod(0o755)


def run(script: str, *words: str, path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(SCRIPTS / script), *words], env={"PATH": str(path)}, capture_output=True, text=True
    )


def test_where_nothing_is_missing_nothing_is_done_or_said(bare: Path) -> None:
    command(bare, "ldconfig", "printf '\\tlibEGL.so.1 (a)\\n\\tlibOpenGL.so.0 (b)\\n'")

    done = run("debian-packages", "render", path=bare)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_library_is_found_whatever_else_there_is(bare: Path) -> None:
    many = "for n in {1..5000}; do printf '\\tlibother%d.so.1 (c)\\n' $n; done"
    first = "printf '\\tlibEGL.so.1 (a)\\n\\tlibOpenGL.so.0 (b)\\n'"
    command(bare, "ldconfig", f"printf '2 libs found\\n'; {first}; {many}")

    done = run("debian-packages", "render", path=bare)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_without_apt_get_one_sentence_says_what_is_missing_and_make_goes_on(bare: Path) -> None:
    done = run("debian-packages", "render", path=bare)

    assert done.returncode == 0
    assert done.stderr.count("\n") == 1
    assert "libegl1 libopengl0" in done.stderr


def test_the_page_needs_npm_alone(bare: Path) -> None:
    lacking = run("debian-packages", "page", path=bare)
    command(bare, "npm", "exit 0")
    having = run("debian-packages", "page", path=bare)

    assert "Missing here" in lacking.stderr
    assert ": npm. Going on" in lacking.stderr
    assert (having.returncode, having.stdout, having.stderr) == (0, "", "")


def test_without_root_and_sudo_one_sentence_says_what_to_run(bare: Path) -> None:
    command(bare, "apt-get", "exit 1")

    done = run("debian-packages", "render", path=bare)

    assert done.returncode == 0
    assert done.stderr.count("\n") == 1
    assert "apt-get install libegl1 libopengl0" in done.stderr


def test_sudo_installs_just_what_is_missing_and_says_why(bare: Path, tmp_path: Path) -> None:
    command(bare, "ldconfig", "printf '\\tlibEGL.so.1 (a)\\n'")
    command(bare, "sudo", f'echo "$@" >> {tmp_path}/asked')
    command(bare, "apt-get", "exit 1")

    done = run("debian-packages", "render", path=bare)

    asked = (tmp_path / "asked").read_text()
    assert done.returncode == 0
    assert "libopengl0: OpenGL itself" in done.stdout
    assert asked.count("apt-get") == 2
    assert asked.endswith("--no-install-recommends libopengl0\n")


def test_a_failing_apt_get_is_told_in_its_own_words(bare: Path) -> None:
    command(bare, "id", "echo 0")
    command(bare, "apt-get", "echo 'E: no such package'; exit 100")

    done = run("debian-packages", "render", path=bare)

    assert done.returncode == 1
    assert "E: no such package" in done.stderr
    assert "apt-get could not install libegl1" in done.stderr


def test_without_a_new_enough_python_one_sentence_says_so(bare: Path, tmp_path: Path) -> None:
    command(bare, "python3", "exit 1")

    done = subprocess.run(
        [str(SCRIPTS / "make-venv"), str(tmp_path / "venv")],
        env={"PATH": str(bare), "PYTHON": "python3"},
        capture_output=True,
        text=True,
    )

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "Python 3.11" in done.stderr


def test_an_image_is_settled_for_a_web_process_or_a_worker_and_nothing_else(bare: Path) -> None:
    command(bare, "useradd", "echo a user was made")

    done = run("settle-oriel", "wroker", path=bare)

    assert (done.returncode, done.stdout) == (2, "")
    assert "settle-oriel web|worker" in done.stderr
