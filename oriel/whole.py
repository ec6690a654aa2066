"""A name goes in; a file to write comes out, which appears under the name whole or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from oriel import partial


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A file to write in the same folder, which becomes `path` when all went well.

    With an error nothing is left behind; a name that cannot be, no permission or a full disk is
    raised as BadOutput.
    """
    place = partial.check(path)
    try:
        file = partial.Partial(place)
    except OSError as error:
        raise partial.sentence(error, place) from error
    try:
        yield Path(file.name)
        file.keep()
    except OSError as error:
        raise partial.sentence(error, place) from error
    finally:
        file.discard()
        file.close()
