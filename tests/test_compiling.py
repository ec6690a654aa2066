"""What numba compiles for librosa is kept in a folder of the user's own, and never mixed."""

import errno
import fcntl
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from oriel import compiled

COMPILES = """
import sys, time
from pathlib import Path
from oriel import compiled

place, log = map(Path, sys.argv[1:])
with compiled.once(place), log.open("a", buffering=1) as told:
    told.write("begun\\n")
    time.sleep(0.3)
    told.write("ended\\n")
"""


def test_numba_compiles_into_a_folder_of_the_users_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    chosen = compiled.folder()

    assert chosen.parent == tmp_path
    assert chosen.stat().st_mode & 0o777 == 0o700


def test_numbas_folder_is_left_as_it_was_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", "/chosen")

    assert compiled.folder() == Path("/chosen")


@pytest.fixture
def homeless(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files of a user whose cache cannot be written."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("NUMBA_CACHE_DIR", "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_where_home_cannot_be_written_numba_has_one_temporary_folder(
    homeless: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = [compiled.folder(), compiled.folder()]

    assert chosen == 2 * [homeless / f"oriel-compiled-{os.getuid()}"]
    assert chosen[0].stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("kind", ["a link", "open to all"])
def test_a_temporary_folder_that_others_may_have_filled_is_not_trusted(
    homeless: Path, kind: str
) -> None:
    expected = homeless / f"oriel-compiled-{os.getuid()}"
    if kind == "a link":
        (homeless / "elsewhere").mkdir(mode=0o700)
        expected.symlink_to(homeless / "elsewhere")
    else:
        expected.mkdir()
        expected.chmod(0o777)

    chosen = compiled.folder()

    assert chosen.parent == homeless
    assert chosen != expected
    assert chosen.stat().st_mode & 0o777 == 0o700


def test_a_user_without_a_home_has_a_folder_for_numba(
    homeless: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.setattr(pwd, "getpwuid", {}.__getitem__)  # an identity that has no name here

    assert compiled.folder().parent == homeless


def test_of_two_processes_one_waits_until_the_other_has_compiled(tmp_path: Path) -> None:
    command = [sys.executable, "-c", COMPILES, tmp_path / "new" / "code", tmp_path / "log"]
    both = [subprocess.Popen(command) for _ in range(2)]

    assert [one.wait(30) for one in both] == [0, 0]

    assert (tmp_path / "log").read_text().split() == ["begun", "ended"] * 2


def test_nobody_waits_where_all_was_compiled_by_whom_it_holds_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with compiled.once(tmp_path):
        before = compiled.is_whole(tmp_path)
    after = compiled.is_whole(tmp_path)
    other = tmp_path / "cpuinfo"
    other.write_text("processor: 0\nflags: sse2\n\nprocessor: 1\nflags: sse2 avx\n")

    monkeypatch.setattr(compiled, "_CPU", other)

    assert (before, after, compiled.is_whole(tmp_path)) == (False, True, False)


def test_what_fails_to_compile_is_not_held_for_whole(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), compiled.once(tmp_path):
        _ = 1 / 0

    assert not compiled.is_whole(tmp_path)


def test_where_nobody_can_write_nobody_waits(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with compiled.once(tmp_path / "file" / "code"):
        pass

    assert not compiled.is_whole(tmp_path / "file" / "code")


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_nothing_stays_open_where_files_cannot_be_locked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without_locks(*_: int) -> None:  # as a file system on a network may be
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", without_locks)
    before = open_files()

    with compiled.once(tmp_path):
        during = open_files()

    assert during == before
    assert compiled.is_whole(tmp_path)


def test_what_is_loaded_is_compiled_code_that_is_kept() -> None:
    """With the folder that all tests share; the first to come compiles for half a minute."""
    program = "from oriel import compiled; compiled.load(); print(compiled.folder())"

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    kept = Path(done.stdout.strip())
    assert compiled.is_whole(kept)
    assert any(path.name.startswith("beat.") for path in kept.rglob("*.nbi"))


def test_what_may_only_be_read_is_not_compiled_again(tmp_path: Path) -> None:
    """As in a container whose root is read-only: numba, which would write there, gets a copy."""
    if shutil.which("bwrap") is None:
        pytest.skip("lacks bwrap (Debian package bubblewrap)")
    compiles = "from oriel import compiled; compiled.load(); print(compiled.folder())"
    asked = [sys.executable, "-c", compiles]
    kept = Path(subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip())
    before = {path.relative_to(kept) for path in kept.rglob("*.nbc")}

    read_only = ["bwrap", "--dev-bind", "/", "/", "--ro-bind", str(kept), str(kept)]
    around = {**os.environ, "NUMBA_CACHE_DIR": str(kept), "TMPDIR": str(tmp_path)}
    done = subprocess.run([*read_only, *asked], env=around, capture_output=True, text=True)

    assert done.stderr == ""
    copy = Path(done.stdout.strip())
    assert copy.parent == tmp_path
    assert before
    assert {path.relative_to(copy) for path in copy.rglob("*.nbc")} == before
    assert compiled.is_whole(copy)
