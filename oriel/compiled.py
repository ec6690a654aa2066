"""Where numba keeps what it compiles for librosa, and that one process alone compiles it.

It takes a processor half a minute, once for all processes of a user.
"""

import fcntl
import hashlib
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

VARIABLE = "NUMBA_CACHE_DIR"
_NAME = "oriel-compiled"
_CPU = Path("/proc/cpuinfo")


def load() -> None:
    """Import what Oriel uses of librosa; where nothing was compiled yet, this compiles and keeps it."""
    if "librosa.beat" in sys.modules:
        return
    place = _writable(folder())
    os.environ[VARIABLE] = str(place)
    with once(place):
        import librosa.beat
        import librosa.feature.rhythm  # noqa: F401 - it is compiled when it is imported


def folder() -> Path:
    """Where it is kept: a folder of the user's own, where nobody has chosen one.

    Beside librosa's own files numba often may not write, and then librosa fails to import.  Where
    home cannot be written either, it is the same temporary folder in each run.
    """
    if chosen := os.environ.get(VARIABLE):
        return Path(chosen)
    own = next((place for place in (_cached(), _temporary()) if place and _is_own(place)), None)
    return own or Path(tempfile.mkdtemp(prefix=f"{_NAME}-"))


def _writable(place: Path) -> Path:
    """The folder, or a copy of one that may only be read, as in a container with a read-only root.

    numba begins with no folder that it cannot write in, though all that it wants be there.
    """
    if not place.is_dir() or os.access(place, os.W_OK):
        return place
    copy = _temporary()
    if not _is_own(copy):
        copy = Path(tempfile.mkdtemp(prefix=f"{_NAME}-"))
    with alone(copy):
        if not is_whole(copy):
            _fill(copy, place)
    return copy


def _fill(copy: Path, place: Path) -> None:
    """Have it hold what a folder does, and nothing of what somebody else compiled."""
    for own in copy.glob("*/"):
        shutil.rmtree(own)
    for one in place.glob("*/"):
        shutil.copytree(one, copy / one.name, copy_function=shutil.copyfile)
        (copy / one.name).chmod(0o700)
    if is_whole(place):
        mark(copy)


def is_whole(place: Path) -> bool:
    """Whether this librosa was compiled for this processor, and is kept in a folder."""
    return (place / _mark()).exists()


def mark(place: Path) -> None:
    """Say that all is there, and will not change."""
    with suppress(OSError):
        (place / _mark()).touch()


@contextmanager
def once(place: Path) -> Iterator[None]:
    """Compile into a folder within the block, while whoever wants the same waits."""
    if is_whole(place):
        yield
        return
    with alone(place):
        yield
        mark(place)


@contextmanager
def alone(place: Path) -> Iterator[None]:
    """Be the only one who writes in a folder.

    numba keeps a function and what calls it in two files, by names that differ from process to
    process: of two that compile at once the halves are mixed, and whoever loads them then dies by
    SIGSEGV, each time.
    """
    lock = _lock(place)
    try:
        yield
    finally:
        if lock is not None:
            os.close(lock)


def _lock(place: Path) -> int | None:
    """The lock, as soon as it is free; None where nobody can write, and nothing is ever mixed."""
    for flags in (os.O_RDWR | os.O_CREAT, os.O_RDONLY):
        with suppress(OSError):
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
            return _locked(os.open(place / "lock", flags | os.O_CLOEXEC, 0o600))
    return None


def _locked(file: int) -> int:
    """The same file, as soon as it is ours alone; raises OSError, with it closed, where none can be."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
    except OSError:
        os.close(file)
        raise
    return file


def _mark() -> str:
    """The name of the file that is there once all is: of these packages, for this processor."""
    told = [_processor()]
    for name in ("librosa", "numba"):
        spec = find_spec(name)
        if spec and spec.origin:
            # In whole seconds, as layers of an image keep times: no more is left once it was pulled.
            told += [spec.origin, str(int(Path(spec.origin).stat().st_mtime))]
    return f"whole-{hashlib.sha256(repr(told).encode()).hexdigest()[:16]}"


def _processor() -> str:
    """What of the first processor decides on the code for it."""
    with suppress(OSError):
        first = _CPU.read_text("utf-8", "replace").partition("\n\n")[0]
        kinds = ("model", "flags", "CPU", "Features")
        return "\n".join(line for line in first.splitlines() if line.startswith(kinds))
    return ""


def _temporary() -> Path:
    return Path(tempfile.gettempdir()) / f"{_NAME}-{os.getuid()}"


def _cached() -> Path | None:
    """The folder for it at home; None for a user who has no home."""
    try:
        cache = os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()
    except RuntimeError:
        return None
    return Path(cache) / _NAME


def _is_own(place: Path) -> bool:
    """Whether the folder is there, made if need be, and nobody else writes in it: it is code."""
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = place.lstat()
    except OSError:
        return False
    mine = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()
    return mine and not found.st_mode & 0o022 and os.access(place, os.W_OK | os.X_OK)
