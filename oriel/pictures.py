"""A picture as pixels goes in; a PNG, JPEG or WebP file, whole or not at all, comes out."""

import os
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from oriel.errors import BadOutput

SUFFIXES = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}


def checked(path: Path) -> Path:
    """The path, if a picture can be written there; raises BadOutput."""
    if path.suffix.lower() not in SUFFIXES:
        raise BadOutput(f"{path} is no name for a picture: end it with {', '.join(SUFFIXES)}.")
    if path.is_dir():
        raise BadOutput(f"{path} is a folder; name a file in it.")
    if not path.parent.is_dir():
        raise BadOutput(f"There is no folder {path.parent} to write {path.name} into.")
    return path


def save(pixels: NDArray[np.uint8], path: Path) -> None:
    """Write (height, width, 3) sRGB; the file appears under its name only when it is whole."""
    from PIL import Image

    path = checked(path)
    part = None
    try:
        handle, part = tempfile.mkstemp(prefix=f".{path.stem[:40]}-", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            Image.fromarray(pixels).save(file, SUFFIXES[path.suffix.lower()], quality=95)
        Path(part).chmod(0o666 & ~_umask())
        Path(part).replace(path)
    except OSError as error:
        raise BadOutput(
            f"{path} cannot be written: {(error.strerror or str(error)).lower()}."
        ) from error
    finally:
        if part is not None:
            Path(part).unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
