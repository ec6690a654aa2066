"""The folder of a child that is gone goes in; what in it could mislead us is removed.

Who reads or writes there next is the worker, which may do more than the child could: a link would have
it publish a file of ours as a video, or write over one, and a pipe would have it wait for ever.
"""

import os
import stat
from contextlib import suppress
from pathlib import Path


def clean(folder: Path) -> None:
    """Remove all that is neither a file nor a folder, at whatever depth; no link is followed."""
    for place, folders, names in os.walk(folder, followlinks=False):
        for name in [*folders, *names]:
            path = Path(place, name)
            with suppress(FileNotFoundError):  # another child of this folder is at work
                if not _is_plain(path.lstat().st_mode):
                    path.unlink()


def _is_plain(mode: int) -> bool:
    return stat.S_ISREG(mode) or stat.S_ISDIR(mode)
