"""The folder of a child that is gone goes in; what in it could mislead us is removed.

Who reads or writes there next is the worker, which may do more than the child could: a link would have
it publish a file of ours as a video, or write over one, and a pipe would have it wait for ever. Folders
in folders without end, or locked, would stay there when the work is over, and end who removes them.
"""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

_DEEPEST = (
    8  # folders in one another; with names as long as may be they are a path that Linux takes
)


def clean(folder: Path) -> None:
    """Remove all that is neither a file nor a folder, at whatever depth, and unnest what lies deep.

    No link is followed.
    """
    waiting = [(folder, 0)]
    while waiting:
        place, depth = waiting.pop()
        for entry in _held(place):
            path = Path(entry.path)
            with suppress(FileNotFoundError):  # what outlived the child may still be at work
                if entry.is_dir(follow_symlinks=False):
                    path.chmod(0o700)
                    deep = depth == _DEEPEST
                    waiting.append((_lifted(path, folder), 1) if deep else (path, depth + 1))
                elif not entry.is_file(follow_symlinks=False):
                    path.unlink()


def _held(place: Path) -> list[os.DirEntry[str]]:
    with suppress(FileNotFoundError), os.scandir(place) as found:
        return list(found)
    return []


def _lifted(path: Path, folder: Path) -> Path:
    """The same folder, right in the other one."""
    return path.rename(tempfile.mkdtemp(prefix="deep-", dir=folder))
