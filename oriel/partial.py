"""A name goes in; a hidden file beside it comes out, which takes the name once it is whole."""

import errno
import os
import secrets
import stat
from pathlib import Path

from oriel.errors import TOO_LARGE_A_FILE, BadOutput

_FULL = {errno.ENOSPC, errno.EDQUOT}


def check(out: Path) -> Path:
    """The absolute path of `out`, links followed; raises BadOutput where no file can be written."""
    try:
        place = Path(out).resolve()
        kind = _kind(place)
        folder = _kind(place.parent)
    except (OSError, ValueError, RuntimeError) as error:  # the last: links in a circle, in 3.11
        raise BadOutput(
            f"{out} cannot be written: {_reason(error)}; name another place."
        ) from error
    if stat.S_ISDIR(kind):
        raise BadOutput(f"{out} is a folder: name a file in it.")
    if kind and not stat.S_ISREG(kind):
        raise BadOutput(f"{out} is not an ordinary file, so it cannot be replaced: name another.")
    if not stat.S_ISDIR(folder):
        raise BadOutput(
            f"There is no folder {place.parent} to write {place.name} into: make it first."
        )
    if not os.access(place.parent, os.W_OK | os.X_OK):
        raise BadOutput(f"The folder {place.parent} is not writable: choose another.")
    return place


def _kind(path: Path) -> int:
    """A file's mode, 0 if there is none."""
    try:
        return path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return 0


class Partial:
    """A file being written that FFmpeg's libraries can write and seek in, as `name`.

    Create it with a path that `check` returned. `close` it in any case, after `keep`, which gives
    it its name, or `discard`, which leaves nothing and makes every later write fail. Every error
    of the disk is raised as OSError and also stays in `error`.
    """

    def __init__(self, out: Path) -> None:
        self._out = out
        stem = out.name.encode(errors="surrogateescape")[:200].decode(errors="ignore")
        self._path = out.with_name(f".{stem}.{secrets.token_hex(4)}.part")
        self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
        self.name = str(self._path)
        self.closed = False
        self.error: OSError | None = None

    def write(self, data: bytes) -> int:
        """Write all of `data`, unlike the system's call, which may stop early on a full disk."""
        if self.closed:
            raise OSError(errno.ECANCELED, "the file was given up")
        left = memoryview(data)
        try:
            while left:
                left = left[os.write(self._descriptor, left) :]
        except OSError as error:
            self.error = error
            raise
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to `offset` bytes, as in any file."""
        return os.lseek(self._descriptor, offset, whence)

    def tell(self) -> int:
        """Where the next byte goes."""
        return os.lseek(self._descriptor, 0, os.SEEK_CUR)

    def keep(self) -> None:
        """Wait until every byte is on the disk, then give the file its name."""
        try:
            os.fsync(self._descriptor)
            self._path.replace(self._out)
        except OSError as error:  # some disks tell only now that they are full
            self.error = error
            raise

    def discard(self) -> None:
        """Remove the file, if it was not kept; it may be called from another thread."""
        self.closed = True
        self._path.unlink(missing_ok=True)

    def close(self) -> None:
        """Give the descriptor back."""
        self.closed = True
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = -1


def sentence(error: OSError, out: Path) -> BadOutput:
    """What to tell the user about a disk, or a limit, that refused to be written."""
    if error.errno == errno.EFBIG:  # by a limit of this process, or of the disk's format
        return BadOutput(TOO_LARGE_A_FILE)
    if error.errno in _FULL:
        return BadOutput(
            f"No space left in {out.parent} to write {out.name}: make room, or name another folder."
        )
    return BadOutput(f"{out} cannot be written: {_reason(error)}; name another place.")


def _reason(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()
