"""A place for a file goes in; a file comes out that appears there whole, or not at all."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from oriel.errors import BadOutput


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A file to write in the same folder, which becomes `path` when all went well.

    With an error nothing is left behind; an OSError (no such folder, no permission, a full disk)
    becomes BadOutput.
    """
    part = None
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.stem[:40]}-", dir=path.parent)
        part = Path(name)
        os.fchmod(handle, 0o666 & ~_umask())
        os.close(handle)
        yield part
        part.replace(path)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise BadOutput(f"{path} cannot be written: {reason}.") from error
    finally:
        if part is not None:
            part.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
