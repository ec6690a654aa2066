"""An import of what an install may lack goes in; a sentence that says how to add it comes out."""

from collections.abc import Iterator
from contextlib import contextmanager

from oriel.errors import BadOption


@contextmanager
def needed_for(what: str, extra: str, otherwise: str = "") -> Iterator[None]:
    """Import in the block; raises BadOption where a package is missing that the extra brings.

    `what` begins the sentence; `otherwise` ends it with what else may be done.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise BadOption(
            f"{what} needs {error.name}, which is not installed;"
            f" in a clone of Oriel: pip install '.[{extra}]'{otherwise}"
        ) from error
